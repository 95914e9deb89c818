"""A server that goes away in the middle of a run, and comes back."""

from __future__ import annotations

import time

import httpx2
import pytest

from climbdc.models._client_away import KNOCK_SECONDS
from climbdc.store import Ledger, SessionStore

from .asking import ask, client, failed
from .hostile.server import ModelServer, Reply


def test_a_server_that_is_away_is_knocked_at_once_and_heard_when_it_is_back(
    session: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("climbdc.models._client_away.SHARE", 0)
    waits: list[float] = []
    with ModelServer() as server:
        port, url = server.port, server.url
        model = client(session, url, pause=waits.append)
        ask(model, "Before.")
    first = failed(model, "0")
    assert "cannot be reached" in first.message and first.fix and first.away and len(waits) == 3
    for turn in range(1, 6):  # more than a server that answers nothing is asked
        error = failed(model, f"{turn}")
        assert str(error) == "The model's server is still away." and error.away and error.code == "unreachable"
    assert len(waits) == 3, "nobody waits any more"
    entries = Ledger(session).entries()
    assert len(entries) == 1 + 4 + 5 and all("cannot be reached" in entry.facts["why"] for entry in entries[1:])
    with ModelServer(port=port) as server:
        ask(model, "After.")
        assert len(server.calls) == 1
    assert failed(model, "Gone again.").fix and len(waits) == 6, "and it has its four attempts again"
    model.close()


def test_a_server_that_fails_is_not_away(session: SessionStore, server: ModelServer) -> None:
    server.play(lambda call: Reply(status=503))
    with client(session, server.url) as model:
        error = failed(model)
    assert error.code == "unreachable" and not error.away and len(server.calls) == 4


def test_a_computer_that_says_nothing_takes_little_of_a_run(session: SessionStore) -> None:
    limits: list[dict[str, float]] = []

    def silent(request: httpx2.Request) -> httpx2.Response:
        limits.append(request.extensions["timeout"])
        time.sleep(0.05)
        raise httpx2.ConnectTimeout("timed out", request=request)

    with client(session, "http://127.0.0.1:1/v1", timeout=60, transport=httpx2.MockTransport(silent)) as model:
        assert "cannot be reached" in failed(model, "0").message
        assert [failed(model, f"{turn}").message for turn in range(50)] == ["The model's server is still away."] * 50
        assert len(limits) == len(Ledger(session).entries()) == 1, "within a second nobody knocks again"
        model._away._until = 0.0  # a while later
        failed(model, "Later.")
    assert [limit["connect"] for limit in limits] == [10.0, KNOCK_SECONDS] and limits[1]["read"] == 60


def test_a_name_that_nobody_has_is_away(session: SessionStore) -> None:
    with client(session, "http://no-such-host.invalid/v1") as model:
        error = failed(model)
    assert error.away and "cannot be reached" in error.message
