"""Somebody who waits for a slow model is told so."""

from __future__ import annotations

import time

import pytest

from climbdc.models._client_waiting import told_while_waiting
from climbdc.store import SessionStore

from .asking import Verdict, client, messages
from .hostile.server import ModelServer, Reply


def test_a_slow_answer_is_told_of_while_it_is_waited_for(
    session: SessionStore, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("climbdc.models._client_waiting.FIRST", 0.3)
    monkeypatch.setattr("climbdc.models._client_waiting.EVERY", 0.1)
    server.play([lambda call: Reply(call.answer(), pause=0.25)])
    told: list[float] = []
    with client(session, server.url, waiting=told.append) as model:
        model.ask("assess", messages(), Verdict)
        slow = [*told]
        monkeypatch.setattr("climbdc.models._client_waiting.FIRST", 5.0)
        model.ask("assess", messages("Quick."), Verdict)
    assert len(slow) >= 3 and slow[-1] == 0.0 and slow[:-1] == sorted(slow[:-1]) and slow[0] >= 0.3
    assert told == slow, "nothing is told of what comes at once"


def test_it_ends_with_the_block_however_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("climbdc.models._client_waiting.FIRST", 0.01)
    monkeypatch.setattr("climbdc.models._client_waiting.EVERY", 0.01)
    told: list[float] = []
    with pytest.raises(ValueError, match="x"), told_while_waiting(told.append):
        time.sleep(0.1)
        raise ValueError("x")
    count = len(told)
    time.sleep(0.05)
    assert told[-1] == 0.0 and len(told) == count > 2
