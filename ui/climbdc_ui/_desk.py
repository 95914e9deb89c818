"""What the page may ask for: sessions started, answered and looked at, by their id."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from climbdc.agents import Answer, Checkpoint
from climbdc.errors import InputError, StoreError
from climbdc_ui._edit import checked
from climbdc_ui._expert import BY_RULE
from climbdc_ui._work import EVERYTHING, TROUBLE, Work

if TYPE_CHECKING:
    from climbdc.copilot import Copilot, Session
    from climbdc.sdk import Goal

__all__ = ["Desk", "Preview"]

SESSION_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Preview:
    """A file that was looked into, before anything is decided."""

    rows: int
    columns: tuple[str, ...]
    guess: str | None
    because: str


class Desk:
    """One store and the work that goes on in it; keeps nothing that the store does not have but running threads.

    Args:
        copilot: The store's co-pilot.
    """

    def __init__(self, copilot: Copilot) -> None:
        self.copilot = copilot
        self.folder = copilot.store.folder / "page"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._works: dict[str, Work] = {}
        self._lock = threading.Lock()

    def session(self, session_id: str) -> Session:
        """A session by its whole id.

        Raises:
            StoreError: There is none.
        """
        if not SESSION_ID.fullmatch(session_id):
            raise StoreError("There is no such session.", fix="Start a new one.", code="session-not-found")
        return self.copilot.session(session_id)

    def preview(self, file: str | Path) -> Preview:
        """Read a file and guess what is to be predicted.

        Raises:
            InputError: The file cannot be read.
        """
        from climbdc.data import read
        from climbdc.describe import describe, guess_target

        reading = read([file])
        guesses = guess_target(reading.frame, describe(reading.frame, reading.labels))
        first = guesses[0] if guesses else None
        return Preview(
            rows=len(reading.frame),
            columns=tuple(map(str, reading.frame.columns)),
            guess=first.column if first else None,
            because=first.because if first else "",
        )

    def start(self, file: str | Path, goal: Goal, *, dictionary: str | Path | None = None, public: bool = False) -> str:
        """Keep the files, start a session on them in the background and return its id."""
        kept = self.folder / "uploads" / secrets.token_hex(8)
        kept.mkdir(parents=True)
        data = shutil.copyfile(file, kept / Path(file).name)
        told = None if dictionary is None else shutil.copyfile(dictionary, kept / f"dictionary-{Path(dictionary).name}")
        session = self.copilot.start([data], goal, dictionary=told, public=public, name=Path(file).name[:200])
        self._work(session)
        return session.id

    def start_sample(self) -> str:
        """Start a session on the bundled sample: 920 patients examined for heart disease in four hospitals."""
        from importlib.resources import as_file, files

        from climbdc.sdk import Goal

        demo = files("climbdc") / "demo"
        with as_file(demo / "heart_disease.csv") as data, as_file(demo / "dictionary.csv") as told:
            return self.start(data, Goal(target="num"), dictionary=told, public=True)

    def go_on(self, session_id: str, *, again: bool = False) -> None:
        """Work on where nothing but work is missing, as after a restart of the server.

        Args:
            session_id: The session.
            again: Also where the last try ended in trouble.
        """
        session = self.session(session_id)
        stored = session.stored
        waits = stored.pending() is not None and stored.get(BY_RULE) is None
        done = session.status == "finished" and self.results(session_id) is not None
        if not (waits or done) and (again or stored.get(TROUBLE) is None):
            self._work(session)

    def answer(self, session_id: str, question: str, choice: str, values: str = "") -> None:
        """Store an answer and go on.

        Raises:
            InputError: The question was answered meanwhile, or the choice or the values are not of the form wanted.
        """
        session = self.session(session_id)
        waiting = session.stored.pending()
        if waiting is None or waiting["id"] != question:
            raise InputError("This question was answered already.", fix="Look at the newest one.", code="answered")
        if choice == "stop":
            self._stop(session_id)
            return
        checkpoint = Checkpoint.model_validate(waiting["asked"])
        answer = checked(checkpoint, values) if choice == "change" else Answer(choice=choice)
        if answer.choice not in {option.value for option in checkpoint.options}:
            raise InputError(f"{choice!r} is not an answer to this question.", fix="Press one of the buttons.")
        session.stored.answer(question, answer.model_dump(mode="json"), "human")
        self._work(session)

    def by_rule(self, session_id: str) -> None:
        """Let rules decide what is still to be asked."""
        session = self.session(session_id)
        session.stored.put(BY_RULE, {"on": True})
        self._work(session)

    def working(self, session_id: str) -> bool:
        """Whether the session's thread is alive here."""
        work = self._works.get(session_id)
        return work is not None and work.alive

    def results(self, session_id: str) -> Path | None:
        """The folder of complete results; None before they are there."""
        folder = self.folder / "results" / session_id
        return folder if SESSION_ID.fullmatch(session_id) and (folder / EVERYTHING).is_file() else None

    def close(self) -> None:
        """Stop all work where it can be taken up again."""
        works = list(self._works.values())
        for work in works:
            work.stop()
        for work in works:
            work.stop(wait=5)
        self.copilot.close()

    def _work(self, session: Session) -> None:
        """Wake the session's thread, or start one."""
        with self._lock:
            work = self._works.get(session.id)
            if work is not None and work.alive and work.expert.wake():
                return
            if work is not None:
                work.stop(wait=30)
            work = self._works[session.id] = Work(session, self.folder / "results" / session.id)
            work.start()

    def _stop(self, session_id: str) -> None:
        work = self._works.get(session_id)
        if work is not None:
            work.stop(wait=5)
