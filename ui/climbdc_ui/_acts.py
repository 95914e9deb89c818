"""Parts of the page, what may be done in each, and by whom: all that is pressed comes through `perform`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from climbdc.errors import InputError

if TYPE_CHECKING:
    from climbdc.copilot import Session
    from climbdc.store import SessionStore
    from climbdc_ui._desk import Desk

__all__ = ["Panel", "Seat", "State", "Values", "perform", "read_state", "write_state"]

State = dict[str, Any]
"""A part's own small state, kept by the browser and therefore never trusted."""
Values = dict[str, Any]
"""What was pressed or typed: texts, lists of texts, or what a button carried."""

LONGEST_STATE = 20_000


@dataclass(frozen=True)
class Seat:
    """Somebody in front of a session.

    Args:
        desk: Where the session is worked on.
        session: The session.
        person: Name of the account; None where there are no accounts.
    """

    desk: Desk
    session: Session
    person: str | None = None

    @property
    def stored(self) -> SessionStore:
        """The session's part of the store."""
        return self.session.stored

    @property
    def id(self) -> str:
        """The session's id."""
        return self.session.id

    def change(self, kind: str, **values: Any) -> None:
        """Want an edit of the session; it is stored at once and carried out in the background.

        Raises:
            ClimbdcError: It cannot be done; nothing was changed.
        """
        self.desk.change(self.session, kind, {**values, "person": self.person})


def _nothing(seat: Seat) -> str:
    return ""


@dataclass(frozen=True)
class Panel:
    """A part of the page.

    Args:
        id: Its name in state, templates and the address.
        title: What its tab says.
        show: Renders it, as HTML.
        acts: What may be done in it: each takes the seat, the part's state and the values, and returns the new state,
            or None where it stays.
        badge: A short text on its tab, such as a count.
        looks: Those of its acts that only change its own state, such as turning a page: who may look may do them.
    """

    id: str
    title: str
    show: Callable[[Seat, State], str]
    acts: Mapping[str, Callable[[Seat, State, Values], State | None]] = field(default_factory=dict)
    badge: Callable[[Seat], str] = _nothing
    looks: frozenset[str] = frozenset()


def perform(parts: Sequence[Panel], seat: Seat, state: State, told: Mapping[str, Any]) -> State:
    """Do what was pressed and return the state of all parts.

    Args:
        parts: All parts that are there.
        seat: Who, where.
        state: State of all parts by their id, and under `open` the panel that is shown.
        told: `part`, `do` and `values` as the browser sent them.

    Raises:
        InputError: There is no such part or no such thing to do.
        ClimbdcError: What was wanted cannot be done.
    """
    by_id = {part.id: part for part in parts}
    part, values = by_id.get(str(told.get("part"))), told.get("values")
    name = str(told.get("do"))
    if not isinstance(values, dict):
        raise InputError("The page sent something that is not understood.", fix="Reload the page.", code="bad-act")
    if name == "open" and str(values.get("panel")) in by_id:
        wanted = str(values["panel"])
        given = values.get("state")
        return {**state, "open": wanted, **({wanted: given} if isinstance(given, dict) else {})}
    if part is None or name not in part.acts:
        raise InputError("This page is older than the program.", fix="Reload the page.", code="bad-act")
    changed = part.acts[name](seat, own_state(state, part.id), values)
    if changed is None:
        return state
    wanted = changed.pop("open-panel", None)
    state = {**state, part.id: changed}
    return perform(parts, seat, state, {"part": part.id, "do": "open", "values": wanted}) if wanted else state


def own_state(state: State, part: str) -> State:
    """A part's own state; empty where the browser sent something strange."""
    own = state.get(part)
    return dict(own) if isinstance(own, dict) else {}


def read_state(text: str) -> State:
    """The state of all parts as the browser sent it.

    >>> read_state('{"open": "plan"}'), read_state("[1"), read_state("3")
    ({'open': 'plan'}, {}, {})
    """
    if len(text) > LONGEST_STATE:
        return {}
    try:
        state = json.loads(text or "{}")
    except ValueError:
        return {}
    return state if isinstance(state, dict) else {}


def write_state(state: State) -> str:
    """The state of all parts for the browser; one that grew too long starts anew."""
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= LONGEST_STATE else json.dumps({"open": state.get("open", "")})
