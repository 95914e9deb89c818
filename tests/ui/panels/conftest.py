"""A session on the bundled sample that was run to its end, and sessions put together by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import AutoExpert
from climbdc.copilot import Copilot, Session
from climbdc.data import canonical
from climbdc.errors import Stopped
from climbdc.sdk import Column, Goal, Roles
from climbdc.settings import Settings
from climbdc_ui import Desk
from climbdc_ui._acts import Seat


@dataclass
class Wanted:
    """In place of a desk: keeps what was wanted of it."""

    changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def change(self, session: Session, kind: str, values: dict[str, Any]) -> None:
        """Keep it."""
        self.changes.append((kind, values))


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The bundled sample, cleaned by rule; look at it only."""
    desk = Desk(Copilot(Settings(data_dir=tmp_path_factory.mktemp("done"))))
    demo = Path(__file__).parents[3] / "climbdc" / "demo"
    session = desk.copilot.start(
        [demo / "heart_disease.csv"], Goal(target="num"), dictionary=demo / "dictionary.csv", public=True
    )
    for _ in session.run("auto"):
        pass
    yield session
    desk.close()


@pytest.fixture
def wanted() -> Wanted:
    """What the panels wanted to be changed."""
    return Wanted()


@pytest.fixture
def done_seat(done: Session, wanted: Wanted) -> Seat:
    """In front of the finished sample."""
    return Seat(cast("Desk", wanted), done)


@pytest.fixture
def made(tmp_path: Path, wanted: Wanted) -> Iterator[Callable[..., Seat]]:
    """Makes a session of versions: frames, each with the step that led to it."""
    copilot = Copilot(Settings(data_dir=tmp_path / "made"))

    def make(
        *frames: pd.DataFrame, steps: list[dict[str, Any] | None] | None = None, columns: list[Column] | None = None,
        roles: Roles | None = None,
    ) -> Seat:  # fmt: skip
        session = copilot.start([tmp_path / "none.csv"], Goal())
        stored, parent = session.stored, None
        for number, frame in enumerate(frames):
            step = (steps or [])[number - 1] if number and steps else None
            plain = {"id": f"S{number:02d}", "tool": "impute", "params": {}, "why": "", "answers": []}
            body = {
                "parent": parent,
                "step": {**plain, **(step or {})} if number else None,
                "state": {}, "state_tables": {}, "blobs": {}, "lineage": None,
                "frame": stored.objects.put_frame(canonical(frame)),
                "dictionary": [column.model_dump(mode="json") for column in columns or []],
                "roles": (roles or Roles()).model_dump(mode="json"),
            }  # fmt: skip
            name = f"{session.id}v{number}"
            stored.put_version(name, parent, body)
            parent = name
        if parent is not None:
            stored.put("head", {"version": parent})
        return Seat(cast("Desk", wanted), session)

    yield make
    copilot.close()


SCRIPT = "<script>window.hurt=1</script>"
TEMPLATE = "{{7*7}}${window.hurt=2}"
LONG = " ".join(["a name that goes on and on"] * 12)
ARABIC = "\u202eعمر المريض"
FORMULA = "=HYPERLINK(1)"


@dataclass
class At(Wanted):
    """A desk with a folder of results, or without one."""

    folder: Path | None = None

    def results(self, session: str) -> Path | None:
        """The folder that was given."""
        return self.folder

    def working(self, session: str) -> bool:
        """Nothing works here."""
        return False


class Until:
    """Answers by rule until a question of that name comes.

    Args:
        stop_at: How the name of that question begins; empty for never.
    """

    name = "human"

    def __init__(self, stop_at: str = "") -> None:
        self.stop_at = stop_at

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """As the rules say, or stop."""
        if self.stop_at and name.startswith(self.stop_at):
            raise Stopped("far enough")
        return AutoExpert().answer(checkpoint, name)


def _hostile(path: Path) -> Path:
    """A file whose column names and values are markup, templates, formulas, very long or right to left."""
    rows = range(160)
    frame = pd.DataFrame(
        {
            "id": list(rows),
            SCRIPT: [row % 7 if row % 5 else None for row in rows],
            TEMPLATE: ["=cmd|x" if row % 9 else "" for row in rows],
            LONG: [row * 7 % 13 if row % 5 else -9 for row in rows],
            ARABIC: [40 + row % 30 if row % 6 else None for row in rows],
            FORMULA: ["<img src=x onerror=window.hurt=1>" if row % 2 else "-ok" for row in rows],
            "died": [row % 2 for row in rows],
        }
    )
    frame.to_csv(path, index=False)
    return path


def _run(session: Session, until: str = "") -> None:
    try:
        for _ in session.run(Until(until)):
            pass
    except Stopped:
        assert until


@pytest.fixture(scope="session")
def hostile_done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session on the hostile table, run to its end; look at it only."""
    folder = tmp_path_factory.mktemp("hostile")
    copilot = Copilot(Settings(data_dir=folder / "data"))
    session = copilot.start([_hostile(folder / "hostile.csv")], Goal(target="died"))
    _run(session)
    assert session.status == "finished"
    yield session
    copilot.close()


@pytest.fixture(scope="session")
def halfway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The sample with the second part of its plan made, which waits for an answer; look at it only."""
    copilot = Copilot(Settings(data_dir=tmp_path_factory.mktemp("halfway")))
    demo = Path(__file__).parents[3] / "climbdc" / "demo"
    session = copilot.start([demo / "heart_disease.csv"], Goal(target="num"), dictionary=demo / "dictionary.csv")
    _run(session, "plan:5")
    assert len(session.plan.pending) > 2
    yield session
    copilot.close()


@pytest.fixture
def at() -> Callable[..., Seat]:
    """A seat in front of a session; what is wanted is taken down in its desk."""

    def make(session: Session, results: Path | None = None) -> Seat:
        return Seat(cast("Desk", At(folder=results)), session)

    return make
