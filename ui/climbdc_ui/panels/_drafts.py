"""What a person decided about single rows and has not applied yet; kept in the store, so that every tab agrees."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from climbdc.store import SessionStore

__all__ = ["Verdict", "decide", "decisions_of", "drafts", "take_back"]

NAME = "review/drafts"
"""Stored result with all decisions of the branch that were made, in the order they were made."""
Do = Literal["keep", "correct", "drop"]
_LOCK = Lock()


@dataclass(frozen=True)
class Verdict:
    """One decision.

    Args:
        about: What the row was put up for.
        row: Its number in the file.
        do: `correct` with a value of None makes the cell missing.
        why: The reason in words.
        column: Which cell, for `correct`.
        value: What is true.
    """

    about: str
    row: int
    do: Do
    why: str
    column: str = ""
    value: str | None = None

    @property
    def item(self) -> tuple[str, int]:
        """What it is about; one decision each."""
        return self.about, self.row

    def decision(self) -> dict[str, Any]:
        """As the session takes it."""
        told: dict[str, Any] = {"do": self.do, "row": self.row, "why": self.why, "about": self.about}
        return {**told, "column": self.column, "value": self.value} if self.do == "correct" else told


def drafts(stored: SessionStore, done: Collection[tuple[str, int]] = ()) -> list[Verdict]:
    """Decisions in the order they were made, without those that were carried out."""
    return [verdict for verdict in _read(stored) if verdict.item not in done]


def decide(stored: SessionStore, verdict: Verdict) -> None:
    """Keep a decision in place of an earlier one about the same."""
    with _LOCK:
        _write(stored, [*(other for other in _read(stored) if other.item != verdict.item), verdict])


def take_back(stored: SessionStore, item: tuple[str, int]) -> None:
    """Forget a decision."""
    with _LOCK:
        _write(stored, [other for other in _read(stored) if other.item != item])


def decisions_of(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """What is to be carried out: of two decisions about one cell the later, and none about cells of dropped rows.

    >>> first = Verdict("a", 5, "correct", "typed wrongly", "age", "40")
    >>> [told["value"] for told in decisions_of([first, Verdict("b", 5, "correct", "really", "age", "41")])]
    ['41']
    >>> [told["do"] for told in decisions_of([first, Verdict("b", 5, "drop", "twice")])]
    ['drop']
    """
    told = list(verdicts)
    gone = {verdict.row for verdict in told if verdict.do == "drop"}
    last = {(verdict.row, verdict.column, verdict.do): verdict for verdict in told if verdict.do != "keep"}
    kept = [
        verdict
        for verdict in told
        if verdict.do == "keep"
        or (
            last[verdict.row, verdict.column, verdict.do] is verdict
            and (verdict.do == "drop" or verdict.row not in gone)
        )
    ]
    return [verdict.decision() for verdict in kept]


def _read(stored: SessionStore) -> list[Verdict]:
    body: Mapping[str, Any] = stored.get(NAME) or {}
    return [Verdict(**told) for told in body.get("verdicts", [])]


def _write(stored: SessionStore, verdicts: list[Verdict]) -> None:
    stored.put(NAME, {"verdicts": [asdict(verdict) for verdict in verdicts]})
