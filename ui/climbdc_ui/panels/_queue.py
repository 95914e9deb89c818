"""Rows to be looked at one by one: those that findings point at and that are still in the data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from climbdc.agents import identity
from climbdc.registry import registry, sentence
from climbdc_ui.panels._sheet import Kept, Sheet

if TYPE_CHECKING:
    from climbdc.store import SessionStore

__all__ = ["MOST", "Topic", "done", "topics"]

MOST = 500
"""Rows of one finding that are put up; more are better treated by a rule."""
Kind = Literal["pair", "outcome", "cell", "row"]
_TOPICS: Kept[tuple[Topic, ...]] = Kept(32)


@dataclass(frozen=True)
class Topic:
    """A finding and its rows.

    Args:
        about: What the rows are put up for: challenge, kind and columns; the same in every screening.
        key: A short name for the browser.
        finding: As it is stored.
        told: It in plain words.
        kind: `pair` of rows that look alike, an `outcome` or another `cell` that looks wrong, or a `row`.
        column: The column that looks wrong, where there is one.
        rows: Their numbers in the file, in the order to look at them.
        more: How many further rows there are.
    """

    about: str
    key: str
    finding: Mapping[str, Any]
    told: str
    kind: Kind
    column: str
    rows: tuple[int, ...]
    more: int


def topics(stored: SessionStore, sheet: Sheet) -> tuple[Topic, ...]:
    """All that can be looked at row by row, in the order of the findings."""
    findings = [one for one in stored.findings() if one["status"] == "open" and one["rows"]]
    marks = tuple((one["id"], one["rows"], one["screening"]) for one in findings)
    return _TOPICS.get((stored.id, stored.branch, sheet.now.id, marks), lambda: _topics(stored, sheet, findings))


def _topics(stored: SessionStore, sheet: Sheet, findings: Iterable[Mapping[str, Any]]) -> tuple[Topic, ...]:
    newest = {_about(finding): finding for finding in findings}
    settled = done(sheet)
    found = []
    for about, finding in newest.items():
        rows = stored.finding_rows(str(finding["id"]))
        if rows is not None:
            there = rows[np.isin(rows, sheet.rows)]
            left = [row for row in there.tolist() if (about, row) not in settled]
            if left:
                found.append(_topic(about, finding, sheet, left))
    return tuple(found)


def _topic(about: str, finding: Mapping[str, Any], sheet: Sheet, rows: list[int]) -> Topic:
    columns = [name for name in finding["columns"] if name in sheet.names]
    column = columns[0] if len(finding["columns"]) == 1 and columns else ""
    kind: Kind = "cell" if column else "row"
    if finding["tool"] == "find_duplicates":
        kind, column = "pair", ""
    elif finding["challenge"].startswith("labels/") and column:
        kind = "outcome"
    key = hashlib.blake2b(about.encode(), digest_size=5).hexdigest()
    told = sentence(finding, registry())
    return Topic(about, key, finding, told, kind, column, tuple(rows[:MOST]), max(0, len(rows) - MOST))


def _about(finding: Mapping[str, Any]) -> str:
    challenge, kind, columns = identity(dict(finding))
    return f"{challenge} {kind} {', '.join(columns)}".strip()


def done(sheet: Sheet) -> set[tuple[str, int]]:
    """What was decided and carried out, by what it was about and the row."""
    settled = set()
    for version in sheet.chain:
        if version.step is not None and version.step.tool == "apply_review":
            for part in ("cells", "drop", "kept"):
                settled |= {(one.get("about", ""), one["row"]) for one in version.step.params.get(part, [])}
    return settled
