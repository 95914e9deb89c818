"""A run may be interrupted or killed at any moment: it goes on, asks nothing twice and ends with the same bytes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from climbdc.copilot import Copilot, Session
from climbdc.errors import StoreError
from climbdc.sdk import Goal
from climbdc.settings import Settings
from climbdc.store import SessionStore

from .conftest import SEVERITY, Made, answers, go_on, leavings, make

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Started:
    """A session whose runs are processes of their own."""

    session: Session
    folder: Path

    @property
    def asked(self) -> list[str]:
        """Every question any of the processes put to its expert."""
        return [line.split()[1] for line in (self.folder / "log").read_text("utf-8").splitlines()]

    def process(self) -> subprocess.Popen[str]:
        """A process that goes on with the session."""
        command = [
            sys.executable, str(Path(__file__).with_name("run_for_tests.py")), str(self.session.store.folder),
            self.session.id, str(self.folder / "answers.yaml"), str(self.folder / "log"),
        ]  # fmt: skip
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def until(self, kind: str, times: int, how: signal.Signals) -> int:
        """Run until something was told this often, then send a signal; the exit code."""
        with self.process() as process:
            assert process.stdout is not None
            for line in process.stdout:
                times -= line.strip() == kind
                if not times:
                    process.send_signal(how)
                    break
            process.communicate()
            return process.returncode


def start(heart: Path, folder: Path) -> Started:
    """A session that has not begun."""
    answers(folder)
    return Started(Copilot(Settings(data_dir=folder / "store")).start([heart], SEVERITY), folder)


def check_the_same(started: Started, severity: Made) -> None:
    """The end is that of a run nobody interrupted."""
    assert leavings(started.session, started.folder / "mine") == leavings(severity.session, started.folder / "theirs")
    assert started.session.plan == severity.session.plan
    assert sorted(started.asked) == sorted(severity.asked), "no question is asked twice, and none is left out"
    assert started.session.status == "finished"


def test_interrupted_then_killed_it_goes_on_in_another_process(severity: Made, heart: Path, tmp_path: Path) -> None:
    started = start(heart, tmp_path)
    assert started.until("applied", 2, signal.SIGINT) != 0
    assert started.session.status == "stopped"
    answered = len(started.session.stored.decisions())
    assert started.until("previewed", 2, signal.SIGKILL) == -signal.SIGKILL
    assert len(started.session.stored.decisions()) > answered
    with started.process() as process:
        assert process.stdout is not None and process.stdout.readline()
        with pytest.raises(StoreError, match=f"by process {process.pid}"):
            next(started.session.run())
        process.communicate()
        assert process.returncode == 0
    check_the_same(started, severity)


@pytest.mark.full
@pytest.mark.parametrize(
    ("kind", "times"),
    [("read", 1), ("asked", 2), ("found", 3), ("planned", 3), ("applied", 4), ("tried", 1), ("backtracked", 1)],
)
def test_killed_at_any_moment_it_ends_alike(severity: Made, heart: Path, tmp_path: Path, kind: str, times: int) -> None:
    started = start(heart, tmp_path)
    assert started.until(kind, times, signal.SIGKILL) == -signal.SIGKILL
    with started.process() as process:
        process.communicate()
        assert process.returncode == 0
    check_the_same(started, severity)


WRITES = (
    "put", "put_plan", "put_version", "put_attempt", "add_findings", "set_finding", "refresh_finding", "ask", "answer",
    "drop_results", "set_status",
)  # fmt: skip


class Killed(BaseException):
    """The process would have been killed here."""


def dying(patch: pytest.MonkeyPatch, after: int) -> None:
    """Let the store write this often, and then never again."""
    left = Counter(writes=after)

    def counted(name: str) -> Any:
        real = getattr(SessionStore, name)

        def write(self: SessionStore, *args: Any, **kwargs: Any) -> Any:
            left["writes"] -= 1
            if left["writes"] < 0:
                raise Killed
            return real(self, *args, **kwargs)

        return write

    for name in WRITES:
        patch.setattr(SessionStore, name, counted(name))


def few_patients(heart: Path, folder: Path) -> Path:
    """Patients of one hospital, which has a gap of every kind."""
    lines = heart.read_text("utf-8").splitlines()
    path = folder / "heart.csv"
    path.write_text("\n".join([lines[0], *(line for line in lines if ",Hungary," in line)]) + "\n", "utf-8")
    return path


def killed_again_and_again(heart: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, every: int) -> int:
    """Run with a death after so many writes, again and again, and compare with a run that lives; the deaths."""
    file = few_patients(heart, folder)
    goal = Goal(target="num")
    (folder / "whole").mkdir()
    whole = make(folder / "whole", file, goal)
    session = Copilot(Settings(data_dir=folder / "store")).start([file], goal)
    asked: list[str] = []
    deaths = 0
    while session.status != "finished" and deaths < 400:
        with monkeypatch.context() as patch:
            dying(patch, every + deaths)  # ever later, so that the longest node is passed in the end
            try:
                asked += go_on(session, answers(folder)).asked
            except Killed:
                deaths += 1
    assert leavings(session, folder / "mine") == leavings(whole.session, folder / "theirs")
    assert [step.id for step in session.plan.applied] == [step.id for step in whole.session.plan.applied]
    ids = {item["id"].partition(":")[0] for item in session.stored.decisions()}
    assert ids == {name.partition(":")[0] for name in whole.asked}, "every kind of question was put"
    for step in session.plan.applied:
        stored = session.stored.checkpoint(f"change:{step.id}:{step.attempt}")
        assert stored is not None and stored["answer"]["choice"] == "approve"
    added = [p["revision"] for p in session.stored.plans() if (p["assessment"] or {}).get("added")]
    assert {f"plan:{revision}" for revision in added} == {
        item["id"] for item in session.stored.decisions() if item["id"].startswith("plan:")
    }
    return deaths


def test_death_between_two_writes_loses_nothing(heart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert killed_again_and_again(heart, tmp_path, monkeypatch, every=29) > 3


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("every", [3, 14])
def test_death_between_any_two_writes_loses_nothing(
    heart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    assert killed_again_and_again(heart, tmp_path, monkeypatch, every) >= 8
