"""Work in the background: it goes on when a tab is closed."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from climbdc.errors import ClimbdcError, InputError, Stopped
from climbdc.sandbox import Cancellation
from climbdc.turns import Turns
from climbdc_ui._expert import PageExpert
from climbdc_ui._turn import Turn

if TYPE_CHECKING:
    from rich.table import Table

    from climbdc.copilot import Session
    from climbdc.events import Event
    from climbdc.store import SessionStore

__all__ = ["AT_PAGE", "EVERYTHING", "RESTS", "TROUBLE", "Work", "complete"]

AT_PAGE = "page"
"""Stored result that says that the session is worked on by the page, which goes on with it after a restart."""

RESTS = "rests"
"""Stored result that says that a person stopped it: a restart does not go on by itself."""

TROUBLE = "trouble"
"""Stored result that says why the work ended before its end."""

EVERYTHING = "climbdc-results.zip"
"""All results in one file; it is written last, so that its being there says that they are complete."""

log = logging.getLogger(__name__)


def complete(stored: SessionStore, root: Path) -> Path | None:
    """The folder of results of the current branch, if it has all of them as the branch is now."""
    folder = _folder(stored, root)
    out, finished = stored.get("out"), stored.get("finished")
    fresh = out is not None and finished is not None and out.get("version") == finished["version"]
    return folder if fresh and (folder / EVERYTHING).is_file() else None


def _folder(stored: SessionStore, root: Path) -> Path:
    return root / stored.id / stored.branch


class Work:
    """One session's thread: runs it to its end or to a rest, then writes the results.

    Args:
        session: What to work on.
        root: Folder for the results of all sessions.
        poke: Called whenever something changed.
        turns: Lets so many sessions work at once; a session that waits for an answer leaves its turn to others.
        after: Work on the same session that is ending; this one begins when it has.
    """

    def __init__(
        self, session: Session, root: Path, poke: Callable[[], None], turns: Turns, *, after: Work | None = None
    ) -> None:
        self.session = session
        self.root = root
        self.poke = poke
        self.after = after
        self.cancel = Cancellation()
        self.progress: dict[str, Any] | None = None
        self.turn = Turn(turns, session.id, self.cancel)
        self.expert = PageExpert(session.stored, resting=self.turn.resting)
        self.thread = threading.Thread(target=self._run, name=f"climbdc-{session.id}", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it is at work or waits for an answer."""
        return self.thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def stop(self, *, wait: float = 0) -> None:
        """Stop now, in the middle of a tool too, where it can be taken up again."""
        self.expert.stop()
        self.cancel.cancel()
        if wait:
            self.thread.join(wait)

    def _tell(self, tool: str, fraction: float, text: str) -> None:
        self.progress = {"tool": tool, "fraction": fraction, "text": text}
        self.poke()

    def _run(self) -> None:
        if self.after is not None:
            self.after.thread.join()
            self.after = None
        self.session.stored.drop_results(TROUBLE)
        try:
            if self.turn.take():
                self._do()
        finally:
            self.turn.give_back()
            self.progress = None
            self.poke()

    def _do(self) -> None:
        stored = self.session.stored
        try:
            running = self.session.run(self.expert, progress=self._tell, cancel=self.cancel)
            events = cast("Generator[Event]", running)
            for _ in events:
                self.progress = None
                self.poke()
                self.turn.pass_on()
                if self.expert.stopping.is_set():
                    events.throw(Stopped("The page was closed."))
            self._leave()
        except Stopped:
            log.debug("Session %s rests.", stored.id)
        except ClimbdcError as error:
            stored.put(
                TROUBLE, {"message": error.message, "fix": error.fix, "again": not isinstance(error, InputError)}
            )
        except Exception as error:
            log.exception("Session %s ended by a mistake of ours.", stored.id)
            told = (
                f"Something went wrong that is not your fault ({type(error).__name__}). Nothing that was done is lost."
            )
            fix = "Try once more; if it happens again, please report it."
            stored.put(TROUBLE, {"message": told, "fix": fix, "again": True})

    def _leave(self) -> None:
        """Write results, their summary and everything in one file."""
        from climbdc.report import prepare_out, short_answers, write_results

        stored = self.session.stored
        if complete(stored, self.root) is not None:
            return
        folder = _folder(stored, self.root)
        shutil.rmtree(folder, ignore_errors=True)
        prepare_out(folder, force=True)
        with self.session.context() as context:
            facts = write_results(context, folder)
        stored.put("out", {"folder": str(folder.absolute()), "version": stored.need("finished")["version"]})
        stored.put("summary", {"told": _told(facts), "answers": short_answers(facts)})
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        part = folder.with_suffix(".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as bundle:
            for path in files:
                bundle.write(path, path.relative_to(folder))
        os.replace(part, folder / EVERYTHING)


def _told(facts: dict[str, Any]) -> list[list[str]]:
    """The summary as pairs of a heading and its lines."""
    from climbdc.report import summary

    heads, texts = cast("Table", summary(facts)).columns
    return [[str(head), str(text)] for head, text in zip(heads.cells, texts.cells, strict=True)]
