"""An entry of the ledger, read."""

from __future__ import annotations

import json

from climbdc.models import exchange_of

REPLY = (
    b'data: {"choices": [{"delta": {"content": "Ye"}}]}\r\n\r\n: ping\n\n'
    b'data: {"choices": [{"delta": {"content": "s\\u202e"}}]}\n'
)


def test_messages_form_and_answer_are_taken_out() -> None:
    form = {"name": "Verdict", "schema": {"type": "object"}}
    body = {"messages": [{"role": "user", "content": "a\u202eb"}], "response_format": {"json_schema": form}}
    said = exchange_of(json.dumps(body).encode(), REPLY + b"data: [DONE]\n\n")
    assert said.messages == (("user", "ab"),) and said.form == "Verdict" and said.answer == "Yes"
    assert json.loads(said.schema) == {"type": "object"}


def test_plain_text_has_no_form() -> None:
    said = exchange_of(b'{"messages": [], "response_format": {"type": "json_object"}}', b"")
    assert (said.form, said.schema, said.answer, said.messages) == ("", "", "", ())


def test_replies_in_one_piece_and_errors() -> None:
    assert exchange_of(b"{}", b'{"choices": [{"message": {"content": "Yes"}}]}').answer == "Yes"
    for odd in (b"<html>", b'{"error": 1}', b"data: {", b'data: {"choices": 7}', b"\xff\xfe", b'[{"choices": 1}]'):
        assert exchange_of(b"{}", odd).answer == ""


def test_bytes_that_are_no_request_are_shown_as_they_are() -> None:
    for odd in (b"\xff\x1b[2J", b"[1]", b"7"):
        ((role, text),) = exchange_of(odd, b"").messages
        assert role == "request" and text and "\x1b" not in text


def test_an_example_of_the_prompt_is_not_taken_for_the_own_data() -> None:
    said = [("system", "Rules."), ("user", "Made up?"), ("assistant", "Made up."), ("user", "Real?")]
    body = {"messages": [{"role": role, "content": text} for role, text in said]}
    roles = [role for role, _ in exchange_of(json.dumps(body).encode(), b"").messages]
    assert roles == ["system", "made-up example", "made-up answer", "user"]
