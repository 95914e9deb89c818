"""What happens when something on the page is pressed: plain functions from values to what the page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

from climbdc.errors import ClimbdcError, InputError
from climbdc.sdk import Goal
from climbdc_ui._render import render
from climbdc_ui._view import FIRST, View, fingerprint, view

if TYPE_CHECKING:
    from climbdc_ui._card import Option
    from climbdc_ui._desk import Desk

__all__ = ["Handlers", "Looked", "Shown"]

TASKS: Final = ("classification", "regression")
NO_TARGET = "none"
LABELS = {
    "climbdc-results.zip": ("Everything", "all of the files, and more, in one zip"),
    "data.csv": ("Dataset", "data.csv, the treated rows"),
    "test.csv": ("Test part", "test.csv, sealed and treated alike"),
    "recipe.json": ("Recipe", "does the same to new data"),
}


@dataclass(frozen=True)
class Looked:
    """A file that was looked into."""

    text: str
    columns: tuple[str, ...] = ()
    guess: str | None = None
    usable: bool = False


@dataclass(frozen=True)
class Shown:
    """The whole page in one value.

    Args:
        session: The session's id; empty on the start page.
        seen: The fingerprint of what is shown.
        error: What went wrong with the last thing pressed, as HTML.
        editing: What the person wrote that could not be used; the text box stays open with it.
    """

    session: str
    seen: str
    header: str
    talk: str = ""
    card: str = ""
    question: str = ""
    options: tuple[Option, ...] = ()
    example: str = ""
    prefilled: str = ""
    can_try_again: bool = False
    done: str = ""
    error: str = ""
    editing: str = ""


class Handlers:
    """The page's verbs.

    Args:
        desk: Where sessions are.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def show(self, session: str) -> Shown:
        """A session as it stands, or the start page."""
        if not session:
            return Shown("", "", render("header", view=None))
        seen = fingerprint(self.desk, session)
        now = view(self.desk, session)
        state, words = _state(now)
        trouble = now.trouble
        asking = now.card is not None and not now.finished
        card = now.card if asking else None
        busy = "Working …" if now.working and not asking and not now.finished else ""
        return Shown(
            session=session,
            seen=seen,
            header=render("header", view=now, state=state, words=words),
            talk=render("talk", talk=now.talk, busy=busy),
            card=render("card", card=card) if card else "",
            question=card.question if card else "",
            options=card.options if card else (),
            example=card.example if card else "",
            prefilled=card.prefilled if card else "",
            can_try_again=bool(trouble and trouble["again"]),
            done=_done(now),
            error=render("error", message=trouble["message"], fix=trouble["fix"]) if trouble else "",
        )

    def load(self, session: str) -> Shown:
        """Open the page; work that was cut off goes on."""

        def do() -> str:
            if session:
                self.desk.go_on(session)
            return session

        return self._plainly(session, do)

    def tick(self, session: str, seen: str) -> Shown | None:
        """What changed since, or None."""
        if not session:
            return None
        try:
            return None if fingerprint(self.desk, session) == seen else self.show(session)
        except ClimbdcError:
            return None

    def look(self, file: str | None) -> Looked:
        """Read an uploaded file before anything is decided."""
        if not file:
            return Looked("")
        try:
            preview = self.desk.preview(file)
        except ClimbdcError as error:
            return Looked(render("error", message=error.message, fix=error.fix))
        return Looked(
            render("looked", name=Path(file).name, preview=preview), preview.columns, preview.guess, usable=True
        )

    def start(self, session: str, file: str | None, target: str | None, task: str, dictionary: str | None) -> Shown:
        """Start a session on an uploaded file."""

        def do() -> str:
            if not file:
                raise InputError("There is no file yet.", fix="Drop one, or try it with the sample.", code="no-file")
            return self.desk.start(file, _goal(target, task), dictionary=dictionary)

        return self._plainly(session, do)

    def sample(self, session: str) -> Shown:
        """Start a session on the bundled sample."""
        return self._plainly(session, self.desk.start_sample)

    def choose(self, session: str, question: str, choice: str, values: str = "") -> Shown:
        """Answer the open question."""
        shown = self._plainly(session, lambda: self.desk.answer(session, question, choice, values))
        return replace(shown, editing=values) if shown.question == question and choice == "change" else shown

    def by_rule(self, session: str) -> Shown:
        """Let rules decide what is still to be asked."""
        return self._plainly(session, lambda: self.desk.by_rule(session))

    def again(self, session: str) -> Shown:
        """Try once more after trouble."""
        return self._plainly(session, lambda: self.desk.go_on(session, again=True))

    def _plainly(self, session: str, do: Callable[[], str | None]) -> Shown:
        """Do it and show what came of it; an error that a person can act on is shown on the page, others are bugs."""
        told = ""
        try:
            session = do() or session
        except ClimbdcError as error:
            told = render("error", message=error.message, fix=error.fix)
        try:
            now = self.show(session)
        except ClimbdcError:
            now = self.show("")
        return replace(now, error=told or now.error)


def _goal(target: str | None, task: str) -> Goal:
    """The goal as chosen on the start page; what was left open is asked later."""
    if task == NO_TARGET:
        return Goal(task="none")
    return Goal(
        target=target or None, task=cast("Literal['classification', 'regression']", task) if task in TASKS else None
    )


def _state(now: View) -> tuple[str, str]:
    """How it stands, as a colour's name and in words."""
    if now.finished:
        return "done", "Finished"
    if now.trouble:
        return "trouble", "Stopped by a problem"
    if now.card is not None:
        return "asks", "Waits for you" if now.working else "Rests until you answer; nothing is lost"
    return ("busy", "Working") if now.working else ("asks", "Rests")


def _done(now: View) -> str:
    if not now.finished:
        return ""
    return render(
        "done", id=now.id, files=[name for name in FIRST if name in now.files], labels=LABELS, summary=now.summary
    )
