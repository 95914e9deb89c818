"""Whole sessions in seconds: tools run once for the same work, and whatever else leaves the process is noted."""

from __future__ import annotations

import copy
import hashlib
import json
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partialmethod
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pytest

from climbdc.agents import Answer, Checkpoint, head
from climbdc.agents.experts import AutoExpert
from climbdc.copilot import Copilot, Session
from climbdc.errors import Stopped
from climbdc.events import Event
from climbdc.jobs import PRELOAD
from climbdc.models import ModelClient
from climbdc.plan import Plan
from climbdc.sandbox import Job, Outcome, Progress, Sandbox, open_sandbox
from climbdc.settings import Settings

from .clinic import Clinic
from .server import Behaviour, Call, ModelServer, well_behaved

if TYPE_CHECKING:
    from climbdc.sandbox import Cancellation

__all__ = ["HASTE", "Played", "Remembering", "behaves", "facts_of", "outgoing", "play", "remembering"]

PATIENCE, HASTE = 3.0, 0.4
"""Seconds that a model may be silent in these tests, and where silence is what is tried."""


class Remembering:
    """A sandbox that does each job once: tools are deterministic, so a second time has the same outcome."""

    def __init__(self, inner: Sandbox) -> None:
        self.inner = inner
        self.known: dict[str, Outcome] = {}
        self.asked = 0

    @property
    def name(self) -> str:
        """Of the one beneath."""
        return self.inner.name

    def run(self, job: Job, progress: Progress | None = None, cancel: Cancellation | None = None) -> Outcome:
        """The outcome, from before where there is one."""
        self.asked += 1
        frames = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(job.frames.items())}
        key = json.dumps([job.verb, job.payload, frames], sort_keys=True, default=str)
        if key not in self.known:
            self.known[key] = self.inner.run(job, progress, cancel)
        return copy.deepcopy(self.known[key])

    def close(self) -> None:
        """It stays open for the next session."""

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """It stays open."""


@contextmanager
def remembering() -> Iterator[Remembering]:
    """All sessions of the block work in one sandbox that remembers."""
    with (
        pytest.MonkeyPatch.context() as patch,
        open_sandbox("auto", handler="climbdc.jobs:handle", preload=PRELOAD, unsafe=True) as inner,
    ):
        one = Remembering(inner)
        patch.setattr("climbdc.runs.open_sandbox", lambda *arguments, **options: one)
        yield one


class _Outgoing:
    """What the interpreter tells of connections and programs started; Python lets nobody take a hook off again."""

    noted: list[tuple[str, str]] | None = None

    @classmethod
    def hear(cls, event: str, arguments: tuple[Any, ...]) -> None:
        if cls.noted is None:
            return
        if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
            cls.noted.append((event, f"{arguments[1][0]}:{arguments[1][1]}"))
        elif event in {"os.system", "os.exec", "subprocess.Popen", "urllib.Request", "webbrowser.open", "code.__new__"}:
            cls.noted.append((event, str(arguments[0])[:200]))
        elif event in {"pickle.find_class", "socket.getaddrinfo"} and "127.0.0.1" not in str(arguments[0]):
            cls.noted.append((event, str(arguments[:2])))


@contextmanager
def outgoing() -> Iterator[list[tuple[str, str]]]:
    """What leaves this process while the block runs."""
    platform.processor()  # starts a program, once, when it is first asked
    if not getattr(sys, "_climbdc_tests_hear", False):
        sys.addaudithook(_Outgoing.hear)
        sys._climbdc_tests_hear = True  # type: ignore[attr-defined]
    _Outgoing.noted = noted = list[tuple[str, str]]()
    try:
        yield noted
    finally:
        _Outgoing.noted = None


@dataclass
class Played:
    """A session that was played to its end, and what could be seen of it."""

    session: Session
    clinic: Clinic
    asked: dict[str, Checkpoint] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    port: int = 0
    calls: tuple[Call, ...] = ()
    stopped: str = ""
    folder: Path = Path()

    @property
    def sent(self) -> bytes:
        """Every byte that was sent to the model's server."""
        return b"\n".join(call.raw for call in self.calls)

    @property
    def told(self) -> list[str]:
        """What the session said of the model, in words."""
        return [str(event.data.get("text", "")) for event in self.events if event.kind == "mind"]

    def kinds(self, prefix: str) -> list[str]:
        """The names of the questions that begin so."""
        return [name for name in self.asked if name.startswith(prefix)]


@dataclass
class _Watching:
    """The automatic expert, or another, looked over the shoulder."""

    inner: Any
    played: Played
    name: str = "auto"

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The other's answer."""
        self.played.asked[name] = checkpoint
        answer: Answer = self.inner.answer(checkpoint, name)
        self.played.answers[name] = answer
        return answer


Script = Callable[[Callable[[], Mapping[str, Any]]], Behaviour]
"""Given what is true of the session, what the server is to do."""


def play(
    place: Clinic, folder: Path, script: Script | None = None, *, expert: Any = None, patch: pytest.MonkeyPatch,
    patience: float = PATIENCE, **more: Any,
) -> Played:  # fmt: skip
    """Run a session to its end.

    Args:
        place: The data.
        folder: Of its store.
        script: What the model does; under the rules alone where None.
        expert: The automatic one where None.
        patch: Takes the waits between attempts out.
        patience: Seconds that the model may be silent.
        more: As `Copilot.start` takes it.
    """
    with ModelServer() as mind:
        settings = Settings(data_dir=folder / "store", model_timeout=patience)
        if script is not None:
            more = {"policy": "llm", "model": "hostile", "base_url": mind.url, **more}
        session = Copilot(settings).start(
            [place.train], place.goal, test=place.test, dictionary=place.dictionary, unsafe=True, **more
        )
        played = Played(session, place, port=mind.port, folder=folder)
        if script is not None:
            without_waiting(patch, played.waits)
            mind.play(script(lambda: facts_of(played)))
        with outgoing() as played.left:
            _run(session, _Watching(expert or AutoExpert(), played), played)
        played.calls = tuple(mind.calls)
    return played


def without_waiting(patch: pytest.MonkeyPatch, waits: list[float]) -> None:
    """Note how long a client would wait between attempts, and wait no moment."""
    opened = ModelClient.__init__
    patch.setattr(ModelClient, "__init__", partialmethod(opened, pause=waits.append))


def _run(session: Session, expert: _Watching, played: Played) -> None:
    try:
        for event in session.run(expert):
            played.events.append(event)
    except Stopped as stopped:
        played.stopped = str(stopped)


def facts_of(played: Played) -> dict[str, Any]:
    """What is true of the session at this moment: a hostile model may know everything."""
    stored = played.session.stored
    newest = stored.newest_plan()
    plan = Plan() if newest is None else Plan.model_validate(newest)
    columns: list[str] = []
    if stored.get("head") is not None:
        columns = [name for name in stored.objects.table(head(stored).frame).schema.names if name != "_row"]
    features = [name for name in columns if name not in {"id", "num"}]
    return {
        "pending": [step.id for step in plan.pending], "applied": [step.id for step in plan.applied],
        "column": columns, "columns": columns, "features": features, "target": "num", "patient": "id",
        "elsewhere": f"http://127.0.0.1:{played.port + 1 if played.port < 65535 else 1}",
    }  # fmt: skip


def behaves(facts: Callable[[], Mapping[str, Any]]) -> Behaviour:
    """The script of a model that behaves."""
    return well_behaved
