"""Whole sessions on real data, each made once and looked at by many tests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from climbdc.agents import Answer, Checkpoint, head, whole_columns
from climbdc.agents.experts import FileExpert
from climbdc.copilot import Copilot, Session
from climbdc.data import write_csv
from climbdc.errors import Stopped
from climbdc.sdk import Goal
from climbdc.settings import Settings

SEVERITY = Goal(target="num", task="regression")
"""How severe the heart disease is, 0 to 4, taken as a number."""


@dataclass
class Asked:
    """Answers as another expert would, writes down what it was asked, and stops where it is told to."""

    inner: Any
    stop_at: Callable[[Checkpoint], bool] = lambda checkpoint: False
    names: list[str] = field(default_factory=list)
    name: str = "file"

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The other's answer."""
        if self.stop_at(checkpoint):
            raise Stopped("Far enough for this test.")
        self.names.append(name)
        answer: Answer = self.inner.answer(checkpoint, name)
        return answer


@dataclass(frozen=True)
class Made:
    """A session, what its expert was asked and what it told."""

    session: Session
    asked: list[str]
    told: list[str]

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        """Every verdict of every revision, in order, with the revision it led to."""
        return [
            {**verdict, "revision": plan["revision"]}
            for plan in self.session.stored.plans()
            for verdict in (plan["assessment"] or {"verdicts": []})["verdicts"]
        ]


def answers(folder: Path, text: str = "otherwise: approve\n") -> FileExpert:
    """An expert that answers as the text of an answers file says."""
    path = folder / "answers.yaml"
    path.write_text(text, "utf-8")
    return FileExpert(path)


def at_finish(checkpoint: Checkpoint) -> bool:
    """Stop before the last measurements, which many tests do not need."""
    return checkpoint.kind == "finish"


def make(
    folder: Path, file: Path, goal: Goal, expert: Any = None, *,
    stop_at: Callable[[Checkpoint], bool] = lambda checkpoint: False, **more: Any,
) -> Made:  # fmt: skip
    """Run a session in a store of its own."""
    pilot = Copilot(Settings(data_dir=folder / "store"))
    session = pilot.start([file], goal, **more)
    return go_on(session, expert or answers(folder), stop_at)


def go_on(session: Session, expert: Any, stop_at: Callable[[Checkpoint], bool] = lambda checkpoint: False) -> Made:
    """Run a session to its end, or to where the test wants it to stop."""
    asked, told = Asked(expert, stop_at), list[str]()
    try:
        for event in session.run(asked):
            told.append(event.kind)
    except Stopped:
        pass
    return Made(session, asked.names, told)


def leavings(session: Session, folder: Path) -> dict[str, str]:
    """The hash of each file of the recipe and of the treated rows."""
    folder.mkdir(parents=True, exist_ok=True)
    session.recipe.save(folder / "recipe.json")
    version = head(session.stored)
    write_csv(version.load(), folder / "data.csv", whole_columns(version.dictionary))
    if session.dataset.test is not None:
        write_csv(session.dataset.test, folder / "test.csv", whole_columns(version.dictionary))
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def severity(heart: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All changes approved, on the heart data: a leak turns up late, and a trial takes a step back."""
    return make(tmp_path_factory.mktemp("severity"), heart, SEVERITY)
