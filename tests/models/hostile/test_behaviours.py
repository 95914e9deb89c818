"""The bad behaviours do what they say: each is played against a bare client, and what is sent is looked at."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from .behaviours import BEHAVIOURS, played, spelled
from .server import ModelServer

FACTS = {
    "pending": ["S01", "S02"], "applied": ["S03"], "column": ["age", "sex"], "columns": ["age", "sex", "num"],
    "features": ["age", "sex"], "target": "num", "patient": "id", "elsewhere": "http://127.0.0.1:9",
}  # fmt: skip
FORM: Any = {
    "type": "object",
    "properties": {
        "observations": {"type": "array", "items": {"type": "string"}},
        "verdicts": {"type": "array", "items": {"type": "object", "properties": {
            "step": {"type": "string"}, "verdict": {"enum": ["keep", "remove"]}, "reason": {"type": "string"}}}},
        "added": {"type": "array", "items": {"type": "object", "properties": {
            "tool": {"type": "string"}, "columns": {"type": "array", "items": {"type": "string"}}}}},
        "reveal": {"type": "array", "items": {"type": "object", "properties": {"column": {"type": "string"}}}},
    },
}  # fmt: skip
QUICK = sorted(name for name, entry in BEHAVIOURS.items() if not entry.slow)


def said(name: str, **more: Any) -> tuple[int, bytes]:
    """Status and body of one reply, not unpacked."""
    body = {"model": "m", "messages": [], "response_format": {"json_schema": {"schema": FORM}}, **more}
    with ModelServer(played(BEHAVIOURS[name], lambda: FACTS)) as server, httpx2.Client(timeout=20) as client:
        with client.stream("POST", f"{server.url}/chat/completions", json=body) as answer:
            return answer.status_code, b"".join(answer.iter_raw())


def content(name: str) -> str:
    """What the model says."""
    return str(json.loads(said(name)[1])["choices"][0]["message"]["content"])


@pytest.mark.parametrize("name", QUICK)
def test_a_behaviour_sends_something_or_hangs_up(name: str) -> None:
    try:
        status, _ = said(name)
    except httpx2.RemoteProtocolError:
        assert BEHAVIOURS[name].reply.get("cut") is not None
        return
    reply = BEHAVIOURS[name].reply or (BEHAVIOURS[name].turns or (BEHAVIOURS[name],))[0].reply
    assert status == (reply or BEHAVIOURS[name].unless_plain or {}).get("status", 200)


def test_there_are_many_and_each_says_what_it_tries() -> None:
    assert len(BEHAVIOURS) >= 100
    assert all(entry.tries.endswith(".") and entry.ends for entry in BEHAVIOURS.values())
    assert len({entry.tries for entry in BEHAVIOURS.values()}) == len(BEHAVIOURS)


def test_what_holds_is_spelled_out() -> None:
    told = json.loads(content("remove-everything"))
    assert [(item["step"], item["verdict"]) for item in told["verdicts"]] == [("S01", "remove"), ("S02", "remove")]
    assert json.loads(content("drop-target"))["added"][0]["columns"] == ["num"]
    assert json.loads(content("drop-all-columns"))["added"][0]["columns"] == ["age", "sex"]
    assert [item["column"] for item in json.loads(content("endless-reveals"))["reveal"]] == ["age", "sex"]
    assert len(json.loads(content("same-step-twice"))["added"]) == 5
    assert json.loads(content("approve-its-own"))["added"][0]["confidence"] == 1.0
    assert spelled({"step": "$first_pending"}, {"pending": []}) == {"step": None}


def test_what_is_spoilt_is_spoilt() -> None:
    with pytest.raises(ValueError, match=r"."):
        json.loads(content("truncated-json"))
    assert json.loads(content("not-a-number"))["inf"] == float("-inf")
    assert content("duplicate-keys").count('"added"') == 2
    assert "\\ud83d" in content("half-signs")
    with pytest.raises(RecursionError):
        json.loads(content("deep-nesting"))
    assert len(said("huge-output", stream=True)[1]) > 30_000_000 > 100_000 > len(said("gzip-bomb")[1])
    assert b"http://127.0.0.1:9/?d=" in said("leaking-image", stream=True)[1]
