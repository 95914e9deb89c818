"""The line that says what is waited for."""

from __future__ import annotations

import io
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from climbdc.cli._console import SafeConsole
from climbdc.cli._waiting import Waiting
from climbdc.copilot import Copilot
from climbdc.events import Event
from climbdc.sdk import Goal
from climbdc.settings import Settings

from ..models.hostile.server import Call, ModelServer, Reply

SAYS = "Waiting for the model a[b]c (7 s)"


def terminal() -> tuple[SafeConsole, io.StringIO]:
    shown = io.StringIO()
    return SafeConsole(file=shown, force_terminal=True, width=80), shown


def test_beside_work_the_line_says_what_is_waited_for_and_then_what_it_said_before() -> None:
    console, shown = terminal()
    with Waiting(console, "Working ...") as line:
        line.tell("impute", 0.5, "the gaps")
        line.tell("", 0.0, SAYS)
        time.sleep(0.3)  # it is drawn some times a second
        line.tell("", 0.0, "")
        assert line._line is not None and line._line.status == "Working ..."
    text = shown.getvalue()
    assert SAYS in text and "Working ..." in text and "the gaps" not in text


def test_beside_somebody_who_is_asked_there_is_a_line_only_while_one_waits() -> None:
    console, shown = terminal()
    with Waiting(console) as line:
        assert line._line is None
        line.tell("", 0.0, SAYS)
        assert line._line is not None
        line.tell("", 0.0, "")
        assert line._line is None
    assert SAYS in shown.getvalue()


def test_a_file_is_told_nothing() -> None:
    shown = io.StringIO()
    with Waiting(SafeConsole(file=shown), "Working ...") as line:
        line.tell("", 0.0, SAYS)
    assert shown.getvalue() == ""


def test_a_session_with_a_slow_model_tells_its_name_and_the_seconds(
    heart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("climbdc.models._client_waiting.FIRST", 0.2)

    def slow(call: Call) -> Reply:
        return Reply(call.answer(), pause=0.2 if call.number == 1 else 0)

    told: list[tuple[str, float, str]] = []
    copilot = Copilot(Settings(data_dir=tmp_path))
    with ModelServer(slow) as server:
        session = copilot.start(
            [heart], Goal(target="num"), unsafe=True, policy="llm", model="slow-one", base_url=server.url
        )
        with closing(cast("Generator[Event]", session.run(progress=lambda *words: told.append(words)))) as running:
            for _ in running:
                if ("", 0.0, "") in told:
                    break
    copilot.close()
    said = [words[2] for words in told if not words[0]]
    assert said[0].startswith("Waiting for the model slow-one (") and said[0].endswith(" s)") and said[-1] == ""
