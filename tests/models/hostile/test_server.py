"""The server itself: the protocol as the openai package reads it, the bytes kept, the scripts played."""

from __future__ import annotations

import json
import time
from typing import Any, Literal

import httpx2
import pytest
from openai import APIConnectionError, APIStatusError, OpenAI
from pydantic import BaseModel, ConfigDict

from .answers import filled
from .server import ModelServer, Reply, well_behaved


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tool: str
    columns: list[str]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdict: Literal["keep", "remove"]
    steps: list[Inner]
    back: str | None
    share: float


FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "form", "schema": Form.model_json_schema()}}


def client(server: ModelServer, **more: Any) -> OpenAI:
    """A client without patience."""
    return OpenAI(base_url=server.url, api_key="none", max_retries=0, timeout=5, **more)


def ask(server: ModelServer, stream: bool, **more: Any) -> str:
    """One question; the text of the answer."""
    with client(server) as mind:
        told: Any = mind.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Grüße"}], stream=stream, **more
        )
        if not stream:
            return str(told.choices[0].message.content)
        return "".join(chunk.choices[0].delta.content or "" for chunk in told if chunk.choices)


@pytest.mark.parametrize("stream", [False, True])
def test_the_smallest_answer_fits_the_form(stream: bool) -> None:
    with ModelServer() as server:
        told = Form.model_validate_json(ask(server, stream, response_format=FORMAT))
        assert ask(server, stream) == "Understood."
    assert told == Form(verdict="keep", steps=[], back=None, share=0)


def test_what_is_to_be_said_is_completed_to_fit_the_form() -> None:
    says = {"steps": [{"tool": "impute"}], "back": "S01", "verdict": "remove", "unknown": 1}
    told = Form.model_validate(filled(Form.model_json_schema(), says))
    assert told == Form(verdict="remove", steps=[Inner(tool="impute", columns=[])], back="S01", share=0)
    assert filled(Form.model_json_schema(), says, loose=True)["unknown"] == 1


def test_a_form_told_in_words_is_found_in_the_prompt() -> None:
    with ModelServer() as server, client(server) as mind:
        text = f"First {{this}}. Answer as {json.dumps(Form.model_json_schema())}, please."
        told = mind.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
    assert Form.model_validate_json(str(told.choices[0].message.content)).verdict == "keep"


def test_every_byte_sent_is_kept() -> None:
    with ModelServer() as server:
        with httpx2.Client() as plain:
            plain.post(f"{server.url}/chat/completions", content=b'{"\xc3\xa4": 1}', headers={"X-Odd": "canary-7"})
            assert plain.get(f"{server.url}/models?leak=canary-8").status_code == 404
    first, second = server.calls
    assert first.raw.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n") and first.raw.endswith(first.body)
    assert b"canary-7" in first.raw and first.json == {"ä": 1} and b"canary-8" in second.raw
    assert b"canary-7" in server.sent and b"canary-8" in server.sent


def test_a_script_is_played_call_by_call_and_then_it_behaves() -> None:
    with ModelServer([lambda call: Reply("one"), lambda call: Reply("two")]) as server:
        assert [ask(server, True) for _ in range(3)] == ["one", "two", "Understood."]
        server.play(lambda call: Reply(f"call {call.number}"))
        assert ask(server, False) == "call 4"


def test_faults_are_faults_to_the_client() -> None:
    with ModelServer(
        [lambda call: Reply(status=429), lambda call: Reply("x" * 999, cut=2), lambda call: Reply(cut=0)]
    ) as server:
        with pytest.raises(APIStatusError):
            ask(server, True)
        with pytest.raises((httpx2.RemoteProtocolError, APIConnectionError)):
            ask(server, True)
        with pytest.raises(APIConnectionError):
            ask(server, True)
        server.play(lambda call: Reply("x" * 900, cut=2, framing="close"))
        assert ask(server, True) == "x" * 400, "an end that nobody notices who does not look for it"


def test_a_stall_ends_with_the_clients_patience_and_not_with_the_servers() -> None:
    start = time.monotonic()
    with (
        ModelServer(lambda call: Reply("x" * 900, stall=2)) as server,
        client(
            server,
        ) as mind,
    ):
        with pytest.raises(Exception, match=r"[Tt]imed? ?out"):
            told = mind.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "?"}], stream=True, timeout=0.3
            )
            list(told)
    assert time.monotonic() - start < 3


def test_a_call_takes_milliseconds() -> None:
    with ModelServer(well_behaved) as server, client(server) as mind:
        start = 0.0
        for number in range(11):
            start = time.monotonic() if number == 1 else start
            mind.chat.completions.create(model="m", messages=[{"role": "user", "content": "?"}])
    assert (time.monotonic() - start) / 10 < 0.03
