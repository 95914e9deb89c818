"""What goes wrong between a client and a server, and that it ends in time and in a code."""

from __future__ import annotations

import threading
import time

import pytest

from climbdc.models import ModelError
from climbdc.sandbox import Cancellation
from climbdc.store import Ledger, SessionStore

from .asking import Verdict, ask, client, failed, says
from .hostile.behaviours import BEHAVIOURS, played
from .hostile.server import ModelServer, Reply, well_behaved

ELSEWHERE = "http://127.0.0.1:9"

ENDS = {
    "truncated-json": ("bad-answer", 3), "empty": ("empty", 3), "empty-object": ("bad-answer", 1),
    "no-choices": ("bad-answer", 1), "html": ("bad-answer", 1), "not-json": ("bad-answer", 1),
    "bad-bytes": ("bad-answer", 1), "bad-gateway": ("unreachable", 4), "error-500": ("unreachable", 4),
    "error-503-once": ("", 2), "unauthorised": ("no-key", 1), "no-such-model": ("refused", 1),
    "storm-of-429": ("rate-limited", 4), "nonsense-retry-after": ("rate-limited", 4), "no-schemas-here": ("", 3),
    "hang-up-before": ("unreachable", 4), "hang-up-mid-stream": ("cut", 4), "silent-end": ("cut", 4),
    "no-done": ("", 1), "no-reason-to-end": ("cut", 4), "huge-output": ("too-long", 1), "huge-line": ("too-long", 1),
    "gzip-bomb": ("bad-answer", 1), "elsewhere-307": ("refused", 1), "elsewhere-308": ("refused", 1),
    "noise-in-stream": ("bad-answer", 1), "error-in-stream": ("unreachable", 4), "cut-by-length": ("cut", 1),
    "content-filter": ("refused", 1), "refusal": ("refused", 1), "unasked-tool-calls": ("bad-answer", 3),
    "two-answers": ("bad-answer", 3), "duplicate-keys": ("bad-answer", 3), "not-a-number": ("bad-answer", 3),
    "deep-inside": ("bad-answer", 3), "endless-number": ("bad-answer", 3), "fenced": ("", 1),
    "wrapped-in-prose": ("", 1), "thinking-aloud": ("", 1), "null-bytes": ("", 1), "half-signs": ("", 1),
}  # fmt: skip
"""Behaviour -> code of the error, nothing where it is answered, and how many requests that took."""


@pytest.mark.parametrize("name", ENDS)
def test_bad_behaviours_end_in_a_code(name: str, session: SessionStore, server: ModelServer) -> None:
    server.play(played(BEHAVIOURS[name], lambda: {"pending": ["S01"], "elsewhere": ELSEWHERE, "target": "num"}))
    with client(session, server.url) as model:
        try:
            ask(model)
            code = ""
        except ModelError as error:
            code = error.code
            assert error.message.endswith((".", "?", "!")) and "\n" not in error.message
    entries = Ledger(session).entries()
    assert (code, len(entries)) == ENDS[name] and entries[-1].status == (code or "ok")
    assert len(server.calls) == len(entries) and all(entry.status != "sent" for entry in entries)


@pytest.mark.parametrize("name", ["huge-output", "huge-line", "gzip-bomb", "noise-in-stream", "html", "refusal"])
def test_a_bad_reply_is_let_go_before_the_next_call(name: str, session: SessionStore, server: ModelServer) -> None:
    server.play([played(BEHAVIOURS[name], dict)])
    with client(session, server.url, timeout=3) as model:
        error = failed(model)
        began = time.monotonic()
        assert ask(model) == Verdict(observations=[]) and time.monotonic() - began < 2, error


def test_waits_grow_and_heed_the_server_up_to_a_minute(session: SessionStore, server: ModelServer) -> None:
    waits: list[float] = []
    asked = [{}, {"retry-after": "7"}, {"retry-after-ms": "3600000"}]
    server.play([lambda call, how=how: Reply(status=429, headers=how) for how in asked])  # type: ignore[misc]
    with client(session, server.url, pause=waits.append) as model:
        ask(model)
    assert 0.5 <= waits[0] <= 0.75 and 7 <= waits[1] <= 7.5 and waits[2] == 60.0
    server.play(says("", status=500))
    with client(session, server.url, pause=waits.append) as model:
        failed(model)
    assert [1, 2, 4] == [round(seconds / 0.5 / 1.25) for seconds in waits[3:]] or 0.5 <= waits[3] <= waits[4] <= waits[
        5
    ] <= 3


def test_no_money_is_not_waited_for(session: SessionStore, server: ModelServer) -> None:
    body = b'{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}'
    server.play(lambda call: Reply(status=429, body=body))
    with client(session, server.url) as model:
        error = failed(model)
    assert error.code == "refused" and "exceeded your current quota" in str(error) and len(server.calls) == 1


def test_a_prompt_that_is_too_long_is_said(session: SessionStore, server: ModelServer) -> None:
    server.play(lambda call: Reply(status=400, body=b'{"error": {"message": "exceeds the available context size"}}'))
    with client(session, server.url) as model:
        assert failed(model).code == "too-long" and len(server.calls) == 1


def test_nobody_there(session: SessionStore) -> None:
    with client(session, "http://127.0.0.1:9/v1") as model:
        error = failed(model)
    assert error.code == "unreachable" and "cannot be reached" in error.message and "base URL" in error.fix
    assert Ledger(session).total().tokens == 0


def test_a_client_gives_up_after_three_silent_calls(session: SessionStore, server: ModelServer) -> None:
    server.play(says("", status=503))
    with client(session, server.url) as model:
        for turn in range(3):
            failed(model, f"{turn}")
        assert len(server.calls) == 12 and "not asked again" in str(failed(model, "3")) and len(server.calls) == 12


def test_an_answer_in_between_gives_new_patience(session: SessionStore, server: ModelServer) -> None:
    down = says("", status=401)
    server.play([down, down, well_behaved, down, down, well_behaved])
    with client(session, server.url) as model:
        for turn in "xxoxxo":
            failed(model, f"{turn}{len(server.calls)}") if turn == "x" else ask(model, f"{len(server.calls)}")


def test_the_budget_of_a_session_is_kept(session: SessionStore, server: ModelServer) -> None:
    with client(session, server.url, tokens=1500) as model:
        ask(model)
        error = failed(model, "word " * 2000)
        assert error.code == "budget" and "1,500 tokens" in error.message and "CLIMBDC_MODEL_TOKENS" in error.fix
        ask(model)
    with client(session, server.url, tokens=850) as model:
        assert failed(model, "More.").code == "budget", "what was used before counts"
    assert len(server.calls) == 1 and Ledger(session).total().calls == 1


def test_silence_and_a_slow_drip_end(session: SessionStore, server: ModelServer) -> None:
    server.play([lambda call: Reply(call.answer(), stall=0), lambda call: Reply(" " * 4000, piece=1, pause=0.02)])
    with client(session, server.url, timeout=0.4) as model:
        began = time.monotonic()
        assert "silent for too long" in str(failed(model))
        assert "far too long" in str(failed(model)) and time.monotonic() - began < 6
    assert [entry.status for entry in Ledger(session).entries()] == ["unreachable"] * 2
    assert Ledger(session).entries()[1].tokens_out > 3


@pytest.mark.parametrize("stall", [0, 2])
def test_a_person_can_stop_a_call_that_is_silent(stall: int, session: SessionStore, server: ModelServer) -> None:
    server.play(lambda call: Reply(call.answer(), stall=stall, piece=3))
    wish = Cancellation()
    threading.Timer(0.3, wish.cancel).start()
    with client(session, server.url, cancel=wish, timeout=60) as model:
        began = time.monotonic()
        assert failed(model).code == "cancelled" and time.monotonic() - began < 5
        assert failed(model).code == "cancelled" and len(server.calls) == 1, "and asks nothing more"
    assert Ledger(session).entries()[0].status == "cancelled"


def test_a_person_can_stop_a_wait(session: SessionStore, server: ModelServer) -> None:
    server.play(says("", status=429, headers={"retry-after": "50"}))
    wish = Cancellation()
    threading.Timer(0.3, wish.cancel).start()
    with client(session, server.url, cancel=wish, pause=None) as model:
        began = time.monotonic()
        assert failed(model).code == "cancelled" and time.monotonic() - began < 5
