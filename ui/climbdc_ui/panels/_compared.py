"""Two versions beside each other, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from climbdc_ui.panels._sheet import Kept
from climbdc_ui.panels._words import counted, figure, short, spoken, words

if TYPE_CHECKING:
    from climbdc.copilot import Session

__all__ = ["Compared", "compared"]

MOST_COLUMNS = 40
MOST_NAMES = 60

_MADE: Kept[dict[str, Any]] = Kept(16)


@dataclass(frozen=True)
class Compared:
    """What differs between two versions.

    Args:
        a: What the first is, how many rows and columns.
        b: The second, likewise.
        same: Whether nothing differs.
        lines: Differences in one sentence each.
        only: Columns that only one has: its letter and their names.
        columns: Columns with other values: name, cells, mappings (before, after, times), further kinds of change.
        more_columns: How many further columns.
        metrics: Measure, first, second, change with interval, verdict.
    """

    a: tuple[str, str, str]
    b: tuple[str, str, str]
    same: bool
    lines: tuple[str, ...]
    only: tuple[tuple[str, tuple[str, ...], int], ...]
    columns: tuple[tuple[str, str, tuple[tuple[str, str, str], ...], int], ...]
    more_columns: int
    metrics: tuple[tuple[str, str, str, str, str], ...]


def compared(session: Session, a: str, b: str) -> Compared:
    """Compare two versions; the same two are compared once, as versions never change.

    Raises:
        ClimbdcError: There is no such version.
    """
    key = (session.id, a, b, session.store.event_count(session.id))
    told = _MADE.get(key, lambda: session.compare(a, b))
    columns = told["by_column"]
    lines = _lines(told)
    only = tuple(
        (letter, tuple(names[:MOST_NAMES]), max(0, len(names) - MOST_NAMES))
        for letter, names in (("A", told["columns"]["a_only"]), ("B", told["columns"]["b_only"]))
        if names
    )
    return Compared(
        a=_side(told["a"]),
        b=_side(told["b"]),
        same=not (lines or only or columns),
        lines=tuple(lines),
        only=only,
        columns=tuple(_column(item) for item in columns[:MOST_COLUMNS]),
        more_columns=max(0, len(columns) - MOST_COLUMNS),
        metrics=tuple(_metric(item) for item in told["metrics"]),
    )


def _side(side: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(side["label"]), counted(side["rows"], "row"), counted(side["columns"], "column")


def _lines(told: Mapping[str, Any]) -> list[str]:
    rows, steps = told["rows"], told["steps"]
    said = []
    for letter, key in (("A", "a_only"), ("B", "b_only")):
        if rows[key]:
            said.append(f"{counted(rows[key], 'row')} only in {letter}.")
    if told["cells"]:
        said.append(f"{counted(told['cells'], 'cell')} of the rows and columns that both have differ.")
    for item in told["columns"]["types"]:
        kinds = [_kind(item[side]) for side in ("a", "b")]
        if kinds[0] != kinds[1]:
            said.append(f"{short(item['column'])} holds {kinds[0]} in A and {kinds[1]} in B.")
    for letter, key in (("A", "a_only"), ("B", "b_only")):
        if steps[key]:
            named = [f"{step['id']} ({step['title']})" for step in steps[key]]
            said.append(f"Steps only in {letter}: {', '.join(named)}.")
    return said


def _kind(stored: str) -> str:
    """What a column holds, by how it is stored.

    >>> _kind("double"), _kind("timestamp[us]"), _kind("large_string")
    ('numbers', 'dates', 'text')
    """
    kinds = {"double": "numbers", "int64": "numbers", "timestamp": "dates", "large_string": "text", "string": "text"}
    return kinds.get(stored.partition("[")[0], stored)


def _column(item: Mapping[str, Any]) -> tuple[str, str, tuple[tuple[str, str, str], ...], int]:
    mappings = tuple((_value(one["before"]), _value(one["after"]), figure(one["count"])) for one in item["mappings"])
    return str(item["column"]), counted(item["cells"], "cell"), mappings, int(item["more"])


def _value(value: object) -> str:
    """A cell's value; empty where it is missing, which the template says in its own way."""
    return "" if value in (None, "") else short(figure(value), 60)


def _metric(item: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    clear = item["low"] > 0 or item["high"] < 0
    better = (item["low"] > 0) == (item["better"] == "higher")
    verdict = "no clear difference" if not clear else "B is better" if better else "A is better"
    change = f"{item['change']:+.3f} ({item['low']:+.3f} to {item['high']:+.3f})".replace("-", "−")
    name = str(words()["measures"].get(item["metric"], spoken(item["metric"])))
    return name, f"{item['before']:.3f}", f"{item['after']:.3f}", change, verdict
