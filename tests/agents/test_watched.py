"""Following the tools of a run, and stopping one in the middle: it has not failed, and runs again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from climbdc.copilot import Copilot
from climbdc.errors import Stopped
from climbdc.sandbox import Cancellation
from climbdc.sdk import Goal
from climbdc.settings import Settings

from .conftest import answers, go_on
from .test_resume import few_patients

pytestmark = pytest.mark.timeout(200)


def test_a_tool_is_stopped_in_the_middle_and_runs_again(heart: Path, tmp_path: Path) -> None:
    session = Copilot(Settings(data_dir=tmp_path / "store")).start([few_patients(heart, tmp_path)], Goal(target="num"))
    go_on(session, answers(tmp_path), lambda checkpoint: checkpoint.kind == "plan")
    wish, told, lock = Cancellation(), list[tuple[str, float, str]](), threading.Lock()

    def follow(tool: str, fraction: float, text: str) -> None:
        with lock:
            told.append((tool, fraction, text))
        if tool == "split_data":
            wish.cancel()

    with pytest.raises(Stopped):
        list(session.run(answers(tmp_path), progress=follow, cancel=wish))
    assert told[-1] == ("split_data", 0.0, ""), "nothing is told of what was stopped"
    assert {fraction for tool, fraction, _ in told if tool == "drop_duplicates"} >= {0.0, 1.0}
    [split] = [step for step in session.plan.steps if step.tool == "split_data"]
    assert (session.status, split.status, split.attempt) == ("stopped", "pending", 1), "it has not failed"
    assert session.stored.runs()[-1]["outcome"] == "cancelled"
    with pytest.raises(Stopped):
        list(session.run(answers(tmp_path), cancel=wish))
    go_on(session, answers(tmp_path), lambda checkpoint: checkpoint.kind == "plan")
    assert session.plan.get(split.id).status == "applied"
