"""What happens when something on the page is pressed: plain functions from values to what the page shows."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from climbdc.errors import ClimbdcError, InputError, StoreError
from climbdc.sdk import Goal
from climbdc_ui._acts import Panel, Seat, State, own_state, perform, read_state, write_state
from climbdc_ui._home import HOME_ACTS, home
from climbdc_ui._once import read_once
from climbdc_ui._render import render, trusted
from climbdc_ui._view import View, view
from climbdc_ui.chat import CARD, TALK, say
from climbdc_ui.panels import PANELS

if TYPE_CHECKING:
    from climbdc.store import Right
    from climbdc_ui._desk import Desk

__all__ = ["PARTS", "Handlers", "Shown"]

PARTS: Final = ("header", "home", "talk", "card", "panel", "notice")
"""What the page renders, in the order of its components."""
TASKS: Final = ("classification", "regression")
NO_TARGET = "none"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown:
    """The whole page in one value.

    Args:
        session: The session's id; empty on the start page.
        parts: HTML of each of `PARTS`.
        state: What the browser keeps of the parts' state.
    """

    session: str
    parts: Mapping[str, str]
    state: str = "{}"
    marks: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Mark each part, so that one that stayed the same need not be sent again."""
        marks = {name: hashlib.blake2b(html.encode(), digest_size=6).hexdigest() for name, html in self.parts.items()}
        object.__setattr__(self, "marks", marks)


class Handlers:
    """The page's verbs.

    Args:
        desk: Where sessions are.
        panels: Those beside the chat.
    """

    def __init__(self, desk: Desk, panels: Sequence[Panel] = PANELS) -> None:
        self.desk = desk
        self.access = desk.access
        self.panels = {panel.id: panel for panel in panels}
        self.all = (TALK, CARD, *panels)
        self._looks = {part.id: part.looks for part in self.all}

    def show(self, session: str = "", state: State | None = None, person: str | None = None, told: str = "") -> Shown:
        """A session as it stands, or the start page.

        Args:
            session: Its id; empty for the start page.
            state: Of the parts.
            person: Who looks.
            told: What went wrong with the last thing pressed, as HTML.

        Raises:
            StoreError: There is none of that id for this person.
        """
        state = state or {}
        if not session:
            parts = {"header": render("header", view=None, person=person), "home": home(self.desk, person)}
            return Shown("", {**dict.fromkeys(PARTS, ""), **parts, "notice": told}, write_state(state))
        seat = self._seat(session, person, "view")
        seat.session.stored = read_once(seat.stored)
        now = view(self.desk, session, seat.stored)
        parts = {
            "header": render("header", view=now, person=person),
            "home": "",
            "talk": self._part(TALK, seat, state),
            "card": self._card(seat, now, state),
            "panel": self._panel(seat, state),
            "notice": told,
        }
        return Shown(session, parts, write_state(state))

    def load(self, session: str, person: str | None = None) -> Shown:
        """Open the page; work that was cut off goes on."""

        def do() -> str:
            if session and self.access.may(person, session, "edit"):
                self.desk.go_on(session)
            return session

        return self._plainly(session, {}, person, do)

    def refresh(self, session: str, state: str, person: str | None = None) -> Shown | None:
        """The page as it is now; None where it cannot be had just now."""
        try:
            return self.show(session, read_state(state), person)
        except ClimbdcError:
            return None

    def act(self, session: str, state: str, told: Mapping[str, Any], person: str | None = None) -> Shown:
        """Do what was pressed in a part."""
        now = read_state(state)
        if told.get("part") == "home":
            return self._plainly("", now, person, lambda: self._at_home(person, told))
        right: Right = "view" if told.get("do") in {"open", *self._looks.get(str(told.get("part")), ())} else "edit"

        def do() -> str:
            seat = self._seat(session, person, right)
            if told.get("part") == "header":
                self._whole(seat, str(told.get("do")))
                return session
            changed = perform(self.all, seat, now, told)
            if changed is not now:
                now.clear()
                now.update(changed)
            return session

        return self._plainly(session, now, person, do)

    def say(self, session: str, state: str, text: str, person: str | None = None) -> Shown:
        """Take what was typed."""
        now = read_state(state)

        def do() -> str:
            if text.strip():
                say(self._seat(session, person, "edit"), text.strip(), now)
            return session

        return self._plainly(session, now, person, do)

    def start(
        self, files: Sequence[str] | None, target: str | None, task: str, dictionary: str | None,
        person: str | None = None, sees: str = "",
    ) -> Shown:  # fmt: skip
        """Start a session on uploaded files; with the language model where it is said what that may see."""

        def do() -> str:
            if not files:
                raise InputError("There is no file yet.", fix="Drop one, or try it with the sample.", code="no-file")
            self.access.room(person)
            started = self.desk.start(files, _goal(target, task), dictionary=dictionary, sees=sees)
            self.access.own(person, started)
            return started

        return self._plainly("", {}, person, do)

    def sample(self, person: str | None = None, sees: str = "") -> Shown:
        """Start a session on the bundled sample."""

        def do() -> str:
            self.access.room(person)
            started = self.desk.start_sample(sees=sees)
            self.access.own(person, started)
            return started

        return self._plainly("", {}, person, do)

    def _whole(self, seat: Seat, verb: str) -> None:
        """Do what concerns the whole session: buttons of the header."""
        verbs: dict[str, Callable[[], None]] = {
            "by-rule": lambda: self.desk.by_rule(seat.id),
            "by-hand": lambda: self.desk.by_rule(seat.id, on=False),
            "again": lambda: self.desk.go_on(seat.id, again=True),
            "stop": lambda: self.desk.stop(seat.id),
        }
        if verb in verbs:
            verbs[verb]()

    def _at_home(self, person: str | None, told: Mapping[str, Any]) -> str:
        act, values = HOME_ACTS.get(str(told.get("do"))), told.get("values")
        if act is None or not isinstance(values, dict):
            raise InputError("This page is older than the program.", fix="Reload the page.", code="bad-act")
        act(self._seat(str(values.get("session")), person, "own"), values)
        return ""

    def _seat(self, session: str, person: str | None, right: Right) -> Seat:
        if not self.access.may(person, session, "view"):
            raise StoreError("There is no such session.", fix="Start a new one.", code="session-not-found")
        if not self.access.may(person, session, right):
            raise InputError(
                "This session is shared with you to look at.",
                fix="Ask its owner to let you change it.",
                code="only-look",
            )
        return Seat(self.desk, self.desk.session(session), person)

    def _part(self, part: Panel, seat: Seat, state: State) -> str:
        """Render a part; one that fails must not take the others with it."""
        try:
            return part.show(seat, own_state(state, part.id))
        except ClimbdcError as error:
            return render("error", message=error.message, fix=error.fix)
        except Exception:
            log.exception("The part %s of session %s cannot be shown.", part.id, seat.id)
            return render("error", message=f"“{part.title}” cannot be shown just now.", fix="Nothing is lost.")

    def _card(self, seat: Seat, now: View, state: State) -> str:
        if now.finished:
            return render("done", view=now)
        return self._part(CARD, seat, state) if now.asks else ""

    def _panel(self, seat: Seat, state: State) -> str:
        shown = self.panels.get(str(state.get("open", ""))) or next(iter(self.panels.values()))
        tabs = [{"id": panel.id, "title": panel.title, "badge": panel.badge(seat)} for panel in self.panels.values()]
        return render("side", tabs=tabs, shown=shown.id, body=trusted(self._part(shown, seat, state)))

    def _plainly(self, session: str, state: State, person: str | None, do: Callable[[], str]) -> Shown:
        """Do it and show what came of it; an error that a person can act on is shown, others are bugs."""
        told = ""
        try:
            session = do()
        except ClimbdcError as error:
            told = render("error", message=error.message, fix=error.fix)
        try:
            return self.show(session, state, person, told)
        except ClimbdcError as error:
            return self.show("", {}, person, told or render("error", message=error.message, fix=error.fix))


def _goal(target: str | None, task: str) -> Goal:
    """The goal as chosen on the start page; what was left open is asked later."""
    if task == NO_TARGET:
        return Goal(task="none")
    return Goal(
        target=target or None, task=cast("Literal['classification', 'regression']", task) if task in TASKS else None
    )
