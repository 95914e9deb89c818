"""A model's server that is killed in the middle of a session and started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.agents.experts import AutoExpert
from climbdc.copilot import Copilot
from climbdc.settings import Settings
from climbdc.store import Ledger

from .clinic import Clinic
from .server import ModelServer
from .sessions import without_waiting

TURNS = 3
"""Turns without the server."""


def test_the_rules_go_on_without_the_server_and_the_model_comes_back_with_it(
    place: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    without_waiting(monkeypatch, waits)
    monkeypatch.setattr("climbdc.models._client_away.SHARE", 0)
    first = ModelServer()
    copilot = Copilot(Settings(data_dir=tmp_path / "store"))
    session = copilot.start(
        [place.train], place.goal, test=place.test, dictionary=place.dictionary, unsafe=True, policy="llm",
        model="gone", base_url=first.url,
    )  # fmt: skip
    second: ModelServer | None = None
    said: list[str] = []
    for event in session.run(AutoExpert()):
        if event.kind == "mind":
            said.append(str(event))
        if event.kind == "planned" and not first.closing.is_set():
            first.close()
        if second is None and sum("still away" in text for text in said) == TURNS:
            second = ModelServer(port=first.port)
    assert second is not None
    second.close()
    assert session.status == "finished" and first.calls and len(second.calls) > 1
    assert sum("cannot be reached" in text for text in said) == 1 and not any(
        "not asked again" in text for text in said
    )
    short = "The rules decide here instead of the language model. The model's server is still away."
    assert said.count(short) == TURNS and len(waits) == 3
    assert said.count("The language model is back and takes part again.") == 1
    ends = [entry.status for entry in Ledger(session.stored).entries()]
    assert ends.count("unreachable") == 4 + TURNS and set(ends) == {"ok", "unreachable"}
    copilot.close()
