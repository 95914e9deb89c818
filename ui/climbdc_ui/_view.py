"""What the page shows of one session, read from the store alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from climbdc_ui._card import Card, card_of
from climbdc_ui._expert import BY_RULE
from climbdc_ui._talk import Message, messages
from climbdc_ui._work import EVERYTHING, TROUBLE

if TYPE_CHECKING:
    from climbdc_ui._desk import Desk

__all__ = ["View", "fingerprint", "view"]

FIRST = (EVERYTHING, "report.html", "data.csv", "test.csv", "recipe.json")


@dataclass(frozen=True)
class View:
    """One session as it stands."""

    id: str
    name: str
    status: str
    working: bool
    by_rule: bool
    talk: tuple[Message, ...]
    card: Card | None
    trouble: dict[str, Any] | None
    summary: tuple[tuple[str, str], ...]
    files: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Whether the results are there."""
        return bool(self.files)


def fingerprint(desk: Desk, session_id: str) -> str:
    """A short text that changes whenever the view does; cheap enough to ask for all the time."""
    session = desk.session(session_id)
    stored = session.stored
    waiting = stored.pending()
    marks = (
        session_id,
        session.store.event_count(session_id),
        "" if waiting is None else waiting["id"],
        session.status,
        desk.working(session_id),
        stored.get(BY_RULE) is not None,
        stored.get(TROUBLE) is not None,
        desk.results(session_id) is not None,
    )
    return "|".join(map(str, marks))


def view(desk: Desk, session_id: str) -> View:
    """Look at a session.

    Raises:
        StoreError: There is none of that id.
    """
    session = desk.session(session_id)
    stored = session.stored
    waiting = stored.pending()
    results = desk.results(session_id)
    there = {path.name for path in results.iterdir() if path.is_file()} if results else set()
    by_rule = stored.get(BY_RULE) is not None
    return View(
        id=session.id,
        name=stored.name,
        status=session.status,
        working=desk.working(session_id),
        by_rule=by_rule,
        talk=tuple(messages(stored)),
        card=None if waiting is None or by_rule else card_of(waiting["id"], waiting["asked"]),
        trouble=stored.get(TROUBLE),
        summary=tuple((head, text) for head, text in (stored.get("summary") or {"told": []})["told"]),
        files=tuple(name for name in FIRST if name in there),
    )
