"""Small pictures as numbers: where bars, bands and dots stand; templates draw them, so that no text is ever markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Band", "Bar", "Picture", "band", "picture"]

WIDTH, HEIGHT = 200.0, 34.0
LEAST_REACH = 0.005
"""An effect smaller than this is drawn small, not blown up to the whole width."""


class Bar(NamedTuple):
    """A rectangle in the picture."""

    x: float
    y: float
    width: float
    height: float


class Picture(NamedTuple):
    """One column before and after."""

    column: str
    kind: str
    before: list[Bar]
    after: list[Bar]
    low: str
    high: str
    levels: list[dict[str, Any]]
    notes: list[str]


class Band(NamedTuple):
    """A change with its interval, on an axis whose middle is no change; from 0 to 200."""

    low: float
    high: float
    at: float
    left: str
    right: str


def picture(told: Mapping[str, Any]) -> Picture:
    """How a column's counts are drawn."""
    notes = _notes(told)
    if told["kind"] == "levels":
        return Picture(told["column"], "levels", [], [], "", "", _levels(told), notes)
    edges = told["edges"]
    most = max([*told["before"], *told["after"], 1])
    return Picture(
        told["column"], "numbers", _bars(edges, told["before"], most), _bars(edges, told["after"], most),
        f"{edges[0]:g}", f"{edges[-1]:g}", [], notes,
    )  # fmt: skip


def _bars(edges: Sequence[float], counts: Sequence[int], most: int) -> list[Bar]:
    span = (edges[-1] - edges[0]) or 1.0
    found = []
    for left, right, number in zip(edges[:-1], edges[1:], counts, strict=False):
        if number:
            height = max(HEIGHT * number / most, 1.0)
            x, end = WIDTH * (left - edges[0]) / span, WIDTH * (right - edges[0]) / span
            found.append(
                Bar(round(x, 2), round(HEIGHT - height, 2), round(max(end - x - 0.6, 1.0), 2), round(height, 2))
            )
    return found


def _levels(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = list(zip(told["labels"], told["before"], told["after"], strict=True))
    if any(told["other"]):
        rows.append(("all others", *told["other"]))
    most = max([1, *(number for row in rows for number in row[1:])])
    return [
        {"label": label, "before": before, "after": after, "widths": (WIDTH * before / most, WIDTH * after / most)}
        for label, before, after in rows
    ]


def _notes(told: Mapping[str, Any]) -> list[str]:
    before, after = told["missing"]
    notes = [] if before == after else [f"missing: {before:,} before, {after:,} after"]
    if told["kind"] == "numbers" and told["other"][0]:
        notes.append(f"{told['other'][0]:,} values were text before")
    return notes


def band(item: Mapping[str, Any]) -> Band:
    """How an effect is drawn: to the right is better, whichever way the measure counts.

    >>> band({"low": -0.01, "high": 0.03, "change": 0.01, "better": "higher"})
    Band(low=72.22, high=183.33, at=127.78, left='worse', right='better')
    """
    sign = 1 if item["better"] == "higher" else -1
    low, high = sorted((sign * item["low"], sign * item["high"]))
    reach = 1.2 * max(abs(low), abs(high), LEAST_REACH)
    low, high, at = (round(WIDTH / 2 * (1 + value / reach), 2) for value in (low, high, sign * item["change"]))
    return Band(low, high, at, "worse", "better")
