"""What somebody typed or unticked on a card and has not sent: kept in the store, so that a reload loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from climbdc.store import SessionStore

__all__ = ["Draft", "forget", "load", "save"]

PREFIX = "draft/"


@dataclass(frozen=True)
class Draft:
    """An unfinished answer.

    Args:
        values: What stands in the fields, by their name in the form.
        errors: What is wrong with which field; under an empty name what is wrong with the whole.
        off: Numbers of the rows that are not ticked.
    """

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    off: frozenset[int] = frozenset()


def load(stored: SessionStore, question: str) -> Draft:
    """The unfinished answer to a question; an empty one where there is none."""
    kept = stored.get(PREFIX + question) or {}
    return Draft(kept.get("values", {}), kept.get("errors", {}), frozenset(kept.get("off", ())))


def save(stored: SessionStore, question: str, draft: Draft) -> None:
    """Keep it."""
    body = {"values": draft.values, "errors": draft.errors, "off": sorted(draft.off)}
    stored.put(PREFIX + question, body)


def forget(stored: SessionStore) -> None:
    """All of them: the question was answered."""
    stored.drop_results(PREFIX)
