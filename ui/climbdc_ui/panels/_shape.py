"""What a template needs to draw a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from climbdc_ui.panels._words import short

__all__ = ["SERIES", "Drawing", "middle_of", "names_of", "number_of"]

SERIES = ("before", "after", "third", "fourth")


@dataclass(frozen=True)
class Drawing:
    """A picture.

    Args:
        shape: Which template draws it: `bars`, `plot`, `grid`, `strips` or `table`.
        words: What it shows, for a screen reader.
        bars: Label and, for each series, class, length in percent and value as text.
        mark: Where a threshold lies, in percent.
        paths: Class and path of each line or area, in a box of 100 by 100.
        ticks: Texts below the axis, from left to right.
        top: Text at the top of the upright axis.
        names: Class and name of each series; empty for a single one.
        grid: A row of cells for each label: label, then class, strength from 0 to 1 and value as text.
        head: Head of the table of numbers.
        rows: The table of numbers.
        note: What is left out.
    """

    shape: str
    words: str
    bars: tuple[tuple[str, tuple[tuple[str, float, str], ...]], ...] = ()
    mark: float | None = None
    paths: tuple[tuple[str, str], ...] = ()
    ticks: tuple[str, ...] = ()
    top: str = ""
    names: tuple[tuple[str, str], ...] = ()
    grid: tuple[tuple[str, tuple[tuple[str, float, str], ...]], ...] = ()
    strips: tuple[tuple[str, str, str], ...] = ()
    width: int = 0
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = field(default=())
    note: str = ""


def number_of(value: Any) -> float:
    """A number; zero for what is none."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def names_of(series: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Class and name of each series; empty for a single one."""
    if len(series) < 2:
        return ()
    return tuple((name, short(text, 40)) for name, text in zip(SERIES, series, strict=False))


def middle_of(low: float, high: float) -> float:
    """The middle of an axis, as exact as a person needs it."""
    return float(f"{(low + high) / 2:.4g}")
