"""What a model was sent and answered, as the page shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast, get_args

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from starlette.requests import Request

from climbdc.models._errors import ModelCode
from climbdc.store import Ledger
from climbdc_ui._acts import Seat
from climbdc_ui._ledger_routes import ledger_routes
from climbdc_ui.panels._ledger import A_PAGE, LONGEST, _words
from climbdc_ui.panels._model import MODEL

MARKUP = "<script>1</script> <img src=x onerror=hurt()> {{ 7*7 }} ![x](http://192.0.2.1/x.png)"
HOSTILE = f"{MARKUP} \u202e\x1b[2J"


def request(text: str) -> bytes:
    """As it is sent."""
    schema = {"name": "Verdict", "strict": True, "schema": {"type": "object", "title": HOSTILE}}
    messages = [{"role": "system", "content": "You are careful."}, {"role": "user", "content": text}]
    body = {"messages": messages, "response_format": {"type": "json_schema", "json_schema": schema}}
    return json.dumps(body, ensure_ascii=False).encode()


def reply(text: str) -> bytes:
    """As it streams in."""
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode()


@pytest.fixture
def seat(made: Callable[..., Seat]) -> Seat:
    """In front of a session in which a model was asked thrice."""
    seat = made()
    ledger = Ledger(seat.stored)
    ledger.add(
        "assess", "small", request("The plan."), reply('{"keep": true}'), tokens_in=1500, tokens_out=20, cost=0.25,
        facts={"seed": 3, "server": "http://127.0.0.1:1/v1", "estimated": False},
    )  # fmt: skip
    ledger.add(MARKUP, MARKUP, request(HOSTILE), reply(HOSTILE), "bad-answer", facts={"why": MARKUP})
    ledger.begin("strange-thing", "small", request("x" * (LONGEST + 1)))
    return seat


def opened(seat: Seat, number: Any) -> str:
    """The panel after a message was pressed."""
    return MODEL.show(seat, MODEL.acts["entry"](seat, {}, {"number": number}) or {})


def test_messages_are_listed_with_the_total(seat: Seat) -> None:
    html = MODEL.show(seat, {})
    assert "No language model was used" not in html
    assert "3 messages to" in html and "1,500 tokens sent, 20 received, partly estimated." in html
    assert "That cost 0.2500" in html and "2 had no answer that could be used." in html and "never a row" in html
    for words in ("Judge the plan", "Strange thing", "an answer that could not be used", "under way", "1,500 + 20"):
        assert words in html
    assert html.index(">3</th>") < html.index(">1</th>") and f'href="ledger/{seat.id}"' in html
    assert "The plan." not in html, "texts come when they are asked for"


def test_a_message_is_shown_in_full_when_pressed(seat: Seat) -> None:
    html = opened(seat, 1)
    for words in ("You are careful.", "The plan.", "{&#34;keep&#34;: true}", "Instructions", "http://127.0.0.1:1/v1"):
        assert words in html
    assert f'href="ledger/{seat.id}/1/request"' in html and f'href="ledger/{seat.id}/1/reply"' in html
    assert MODEL.acts["entry"](seat, {"entry": 1}, {"number": 1}) == {"entry": 0}
    long = opened(seat, 3)
    assert (
        "Long texts are cut" in long
        and "x" * LONGEST in long
        and "x" * (LONGEST + 1) not in long
        and "No text." in long
    )


def test_words_of_a_model_are_never_markup(seat: Seat) -> None:
    html = opened(seat, 2)
    assert "&lt;script&gt;" in html and "<script" not in html and "<img" not in html
    assert "\u202e" not in html and "\x1b" not in html and "{{ 7*7 }}" in html


@pytest.mark.parametrize("odd", [{"entry": "x"}, {"entry": 99}, {"entry": True}, {"page": 7}, {"entry": [1]}])
def test_a_strange_state_does_no_harm(seat: Seat, odd: dict[str, Any]) -> None:
    assert "3 messages to" in MODEL.show(seat, odd) and "The plan." not in MODEL.show(seat, odd)


def test_many_messages_come_a_page_at_a_time(made: Callable[..., Seat]) -> None:
    seat = made()
    for number in range(A_PAGE + 1):
        Ledger(seat.stored).add("talk", "small", request(str(number)), reply("Yes."))
    first, second = MODEL.show(seat, {}), MODEL.show(seat, MODEL.acts["page"](seat, {}, {"to": 2}) or {})
    assert first.count('data-do="entry"') == A_PAGE and second.count('data-do="entry"') == 1
    assert "Page 2 of 2" in second and ">1</th>" in second and ">1</th>" not in first


def test_looking_changes_nothing(seat: Seat) -> None:
    assert MODEL.looks == {"page", "entry"}


def test_every_end_of_a_message_has_words() -> None:
    assert {"ok", "sent", *get_args(ModelCode)} == set(_words()["ends"])


class _Desk:
    """In place of a desk: one session."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat

    def session(self, session: str) -> Any:
        return self.seat.session


def test_raw_bytes_and_the_whole_can_be_taken_away(seat: Seat) -> None:
    def known(request: Request, session: str) -> str:
        if session != seat.id:
            raise HTTPException(404)
        return session

    app = FastAPI()
    app.include_router(ledger_routes(cast("Any", _Desk(seat)), known))
    with TestClient(app) as client:
        sent = client.get(f"/ledger/{seat.id}/2/request")
        assert sent.content == request(HOSTILE) and client.get(f"/ledger/{seat.id}/2/reply").content == reply(HOSTILE)
        assert (
            sent.headers["content-type"].startswith("text/plain")
            and sent.headers["x-content-type-options"] == "nosniff"
        )
        assert "sandbox" in sent.headers["content-security-policy"]
        lines = [json.loads(line) for line in client.get(f"/ledger/{seat.id}").text.splitlines()]
        assert [line["number"] for line in lines] == [1, 2, 3] and lines[1]["reply"].encode() == reply(HOSTILE)
        paths = (f"{seat.id}/9/reply", f"{seat.id}/1/other", "other", "other/1/reply")
        assert [client.get(f"/ledger/{path}").status_code for path in paths] == [404] * 4
        assert client.get(f"/ledger/{seat.id}/x/reply").status_code == 422
