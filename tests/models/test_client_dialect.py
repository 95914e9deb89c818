"""Servers that can do less than OpenAI's: what they can do is found out, and remembered."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel, ConfigDict, Field

from climbdc.store import Ledger, SessionStore

from .asking import Verdict, ask, client, failed, messages, says
from .hostile.server import Behaviour, Call, ModelServer, Reply, well_behaved


def picky(*words: str) -> Behaviour:
    """A server that refuses requests in which one of these words stands, and names it."""

    def behave(call: Call) -> Reply:
        found = next((word for word in words if f'"{word}"' in call.body.decode()), "")
        if not found:
            return well_behaved(call)
        return Reply(status=400, body=b'{"error": {"message": "Unsupported: ' + found.encode() + b'"}}')

    return behave


@pytest.mark.parametrize(
    ("refused", "mode", "calls"),
    [
        ((), "schema", 1),
        (("json_schema",), "json", 2),
        (("response_format",), "text", 3),
        (("seed",), "schema", 2),
        (("stream_options", "temperature", "json_schema"), "json", 4),
    ],
)
def test_what_a_server_can_do_is_found_out_once(
    refused: tuple[str, ...], mode: str, calls: int, session: SessionStore, server: ModelServer
) -> None:
    server.play(picky(*refused))
    for turn in range(2):
        with client(session, server.url) as model:
            ask(model, f"First of {turn}.")
            ask(model, f"Second of {turn}.")
    entries = Ledger(session).entries()
    assert len(entries) == calls + 3, "a later client knows from the ledger"
    assert [entry.facts["mode"] for entry in entries if entry.status == "ok"] == [mode] * 4
    assert [entry.status for entry in entries[: calls - 1]] == ["refused"] * (calls - 1)
    wants_form = b"exactly one JSON object" in server.calls[-1].body
    assert wants_form == (mode != "schema")


def test_newer_models_want_another_name_for_the_limit(session: SessionStore, server: ModelServer) -> None:
    said = b'{"error": {"message": "max_tokens is not supported with this model. Use max_completion_tokens instead."}}'
    server.play(lambda call: Reply(status=400, body=said) if "max_tokens" in call.json else well_behaved(call))
    with client(session, server.url) as model:
        model.ask("talk", messages(), Verdict, max_tokens=77)
        model.ask("talk", messages("More."), Verdict, max_tokens=500)
    assert [call.json.get("max_completion_tokens") for call in server.calls] == [None, 6077, 6500]


class Bounded(BaseModel):
    """A form with a length."""

    model_config = ConfigDict(extra="forbid")

    told: str = Field(max_length=9)


def test_lengths_are_left_out_where_they_are_not_taken(session: SessionStore, server: ModelServer) -> None:
    server.play(picky("maxLength"))
    with client(session, server.url) as model:
        model.ask("assess", messages(), Bounded)
    assert [entry.facts["mode"] for entry in Ledger(session).entries()] == ["schema", "schema"]
    assert b"maxLength" in server.calls[0].body and b"maxLength" not in server.calls[1].body


def test_a_server_that_does_not_heed_a_schema_is_told_the_form(session: SessionStore, server: ModelServer) -> None:
    def deaf(call: Call) -> Reply:
        plain = "exactly one JSON object" in call.prompt
        return Reply(f"Sure!\n```json\n{call.answer()}\n```" if plain else "Let me think about the steps.")

    server.play(deaf)
    with client(session, server.url) as model:
        assert ask(model) == Verdict(observations=[])
        ask(model, "More.")
    modes = [(entry.facts["mode"], entry.status) for entry in Ledger(session).entries()]
    assert modes == [("schema", "bad-answer"), ("json", "ok"), ("json", "ok")]


def test_a_bad_answer_in_the_right_form_is_no_reason_to_ask_otherwise(
    session: SessionStore, server: ModelServer
) -> None:
    server.play(says('{"observations": 7, "told": "x"}'))
    with client(session, server.url) as model:
        error = failed(model)
        assert error.message.endswith("observations: Input should be a valid list.")
    assert [entry.facts["mode"] for entry in Ledger(session).entries()] == ["schema"]


def test_another_way_is_looked_for_once(session: SessionStore, server: ModelServer) -> None:
    server.play(says("I would rather talk."))
    with client(session, server.url) as model:
        assert failed(model).code == "bad-answer" and len(server.calls) == 3
        assert failed(model, "More.").code == "bad-answer" and len(server.calls) == 4


def test_a_chosen_mode_stands(session: SessionStore, server: ModelServer) -> None:
    server.play(picky("response_format"))
    with client(session, server.url, mode="schema") as model:
        assert failed(model).code == "refused"
    with client(session, server.url, mode="text") as model:
        ask(model)
    assert [call.json.get("response_format", {}).get("type") for call in server.calls] == ["json_schema", None]


def test_a_server_that_does_not_stream_is_understood(session: SessionStore, server: ModelServer) -> None:
    told: list[str] = []
    choice = {"message": {"content": '{"observations": [], "told": ""}'}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 40, "completion_tokens": 12}
    body = json.dumps({"choices": [choice], "usage": usage}).encode()
    server.play(lambda call: Reply(body=body))
    with client(session, server.url) as model:
        assert model.ask("assess", messages(), Verdict, on_text=told.append) == Verdict(observations=[])
    (entry,) = Ledger(session).entries()
    assert (entry.tokens_in, entry.tokens_out, Ledger(session).reply(1)) == (40, 12, body) and len(told) == 1


def test_a_mode_that_was_chosen_says_nothing_of_the_server(session: SessionStore, server: ModelServer) -> None:
    with client(session, server.url, mode="text") as model:
        ask(model)
    with client(session, server.url) as model:
        ask(model, "More.")
    assert [entry.facts["mode"] for entry in Ledger(session).entries()] == ["text", "schema"]


@pytest.mark.parametrize("thoughts", ["", "<think>Let me see. First"])
def test_a_model_that_thinks_is_given_room(thoughts: str, session: SessionStore, server: ModelServer) -> None:
    def thinks(call: Call) -> Reply:
        enough = int(call.json["max_tokens"]) > 2000
        return Reply(f"{thoughts}</think>{call.answer()}") if enough else Reply(thoughts, finish="length")

    server.play(thinks)
    with client(session, server.url) as model:
        assert ask(model) == ask(model, "More.") == Verdict(observations=[])
    assert [call.json["max_tokens"] for call in server.calls] == [800, 6800, 6800]


def test_an_answer_that_is_too_long_is_no_thought(session: SessionStore, server: ModelServer) -> None:
    server.play([lambda call: Reply(call.answer()[:20], finish="length"), says(" \n" * 400, finish="length")])
    with client(session, server.url) as model:
        assert failed(model).code == failed(model, "More.").code == "cut" and len(server.calls) == 2
