"""What the page may ask for: sessions started, answered and looked at, by their id."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.agents import Answer, Checkpoint
from climbdc.errors import InputError, StoreError
from climbdc.shared import cores
from climbdc.turns import Turns
from climbdc_ui._access import Access, Alone
from climbdc_ui._expert import BY_RULE
from climbdc_ui._live import Watch
from climbdc_ui._minds import chosen
from climbdc_ui._talks import Talks
from climbdc_ui._view import fingerprints
from climbdc_ui._work import AT_PAGE, RESTS, TROUBLE, Work, complete

if TYPE_CHECKING:
    from climbdc.copilot import Copilot, Session
    from climbdc.sdk import Goal
    from climbdc_ui._view import View

__all__ = ["Desk"]

SESSION_ID = re.compile(r"[0-9a-f]{8}")


class Desk:
    """One store and the work that goes on in it; keeps nothing that the store does not have but running threads.

    Args:
        copilot: The store's co-pilot.
        access: Who may do what; one person alone, who may do everything, when None.
    """

    def __init__(self, copilot: Copilot, access: Access | None = None) -> None:
        self.copilot = copilot
        self.access: Access = access or Alone()
        self.folder = copilot.store.folder / "page"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.turns = Turns(cores())
        self.seen: dict[str, tuple[str, View]] = {}
        self._works: dict[str, Work] = {}
        self._lock = threading.Lock()
        self._answering = threading.Lock()
        self.live = Watch(self, fingerprints)
        self.talks = Talks(self.live.poke)

    def session(self, session_id: str) -> Session:
        """A session by its whole id.

        Raises:
            StoreError: There is none.
        """
        try:
            if SESSION_ID.fullmatch(session_id):
                return self.copilot.session(session_id)
        except StoreError as error:
            if error.code != "session-not-found":
                raise
        raise StoreError("There is no such session.", fix="Start a new one.", code="session-not-found")

    def start(
        self, files: Sequence[str | Path], goal: Goal, *, dictionary: str | Path | None = None, public: bool = False,
        sees: str = "",
    ) -> str:  # fmt: skip
        """Keep the files, start a session on them in the background and return its id.

        Args:
            files: The data.
            goal: What is to be predicted.
            dictionary: What the columns mean.
            public: The data is public.
            sees: What the language model of the settings may see, where it is to think along; else the rules plan
                alone.

        Raises:
            InputError: The settings have no language model, or do not let it see that much.
        """
        mind = chosen(self.copilot.settings, sees)
        kept = self.folder / "uploads" / secrets.token_hex(8)
        kept.mkdir(parents=True)
        data = [shutil.copyfile(file, kept / Path(file).name) for file in files]
        told = None if dictionary is None else shutil.copyfile(dictionary, kept / f"dictionary-{Path(dictionary).name}")
        session = self.copilot.start(data, goal, dictionary=told, public=public, name=_title(data), **mind)
        session.stored.put(AT_PAGE, {"on": True})
        self._work(session)
        return session.id

    def start_sample(self, *, sees: str = "") -> str:
        """Start a session on the bundled sample: 920 patients examined for heart disease in four hospitals."""
        from importlib.resources import as_file, files

        from climbdc.sdk import Goal

        demo = files("climbdc") / "demo"
        with as_file(demo / "heart_disease.csv") as data, as_file(demo / "dictionary.csv") as told:
            return self.start([data], Goal(target="num"), dictionary=told, public=True, sees=sees)

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

    def answer(self, session_id: str, question: str, answer: Answer | str, person: str | None = None) -> None:
        """Store an answer, or a choice that needs no more, and go on.

        Args:
            session_id: The session.
            question: Name of the open question.
            answer: What is answered.
            person: Who answers, where there are accounts.

        Raises:
            InputError: The question was answered meanwhile, or the choice is none of its options.
        """
        answer = Answer(choice=answer) if isinstance(answer, str) else answer
        session = self.session(session_id)
        with self._answering:  # of two who press at once, the second is told
            waiting = session.stored.pending()
            if waiting is None or waiting["id"] != question:
                raise InputError("This question was answered already.", fix="Look at the newest one.", code="answered")
            checkpoint = Checkpoint.model_validate(waiting["asked"])
            if answer.choice not in {"stop", *(option.value for option in checkpoint.options)}:
                fix = "Press one of the buttons."
                raise InputError(f"{answer.choice!r} is not an answer to this question.", fix=fix)
            if answer.choice != "stop":
                session.stored.answer(question, answer.model_dump(mode="json"), "human")
                session.stored.say("answered", {"checkpoint": question, "person": person or ""})
        if answer.choice == "stop":
            self.stop(session_id)
        else:
            self._work(session)

    def change(self, session: Session, kind: str, values: dict[str, Any]) -> None:
        """Want an edit, end what is done or asked just now, and let the background take it up.

        Raises:
            ClimbdcError: It cannot be done; nothing was changed.
        """
        session.want(kind, **values)
        session.stored.drop_results("out")
        with self._lock:
            work = self._works.get(session.id)
            if work is not None:
                work.stop()
        self._work(session)

    def by_rule(self, session_id: str, *, on: bool = True) -> None:
        """Let rules decide what is still to be asked, or a person again."""
        session = self.session(session_id)
        if not on:
            session.stored.drop_results(BY_RULE)
            return
        session.stored.put(BY_RULE, {"on": True})
        self._work(session)

    def stop(self, session_id: str) -> None:
        """Stop as soon as possible, a running tool too, where it can be taken up again; a restart leaves it so."""
        self.session(session_id).stored.put(RESTS, {"on": True})
        work = self._works.get(session_id)
        if work is not None:
            work.stop()
        self.live.poke()

    def progress(self, session_id: str) -> dict[str, Any] | None:
        """What is being done just now: `tool`, `fraction` and `text`; None where nothing is."""
        work = self._works.get(session_id)
        return work.progress if work is not None and work.alive else None

    def take_up(self) -> int:
        """Go on with all that a restart of the server cut off; how many sessions that were."""
        taken = 0
        for told in self.copilot.sessions():
            stored = self.session(told["id"]).stored
            if told["status"] in {"open", "stopped"} and stored.get(AT_PAGE) and not stored.get(RESTS):
                self.go_on(told["id"])
                taken += self.working(told["id"])
        return taken

    def working(self, session_id: str) -> bool:
        """Whether the session's thread is alive here."""
        work = self._works.get(session_id)
        return work is not None and work.alive

    def behind(self, session_id: str) -> int:
        """For how many other sessions its work waits; 0 where it does not wait."""
        work = self._works.get(session_id)
        return work.turn.behind if work is not None and work.alive else 0

    def results(self, session_id: str) -> Path | None:
        """The folder of complete results of the current branch; None before they are there."""
        return complete(self.session(session_id).stored, self.folder / "results")

    def close(self) -> None:
        """Stop all work where it can be taken up again."""
        self.live.close()
        self.talks.close()
        works = list(self._works.values())
        for work in works:
            work.stop()
        for work in works:
            work.stop(wait=5)
        self.copilot.close()

    def _work(self, session: Session) -> None:
        """Wake the session's thread, or start one after it."""
        with self._lock:
            work = self._works.get(session.id)
            if work is None or not work.alive or not work.expert.wake():
                session.stored.drop_results(RESTS)
                new = Work(session, self.folder / "results", self.live.poke, self.turns, after=work)
                self._works[session.id] = new
                new.start()
        self.live.poke()


def _title(files: Sequence[Path]) -> str:
    """What a session on these files is called.

    >>> _title([Path("a.csv"), Path("b.csv"), Path("c.csv")])
    'a.csv and 2 more'
    """
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return files[0].name[: 200 - len(more)] + more
