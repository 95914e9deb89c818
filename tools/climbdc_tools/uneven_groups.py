"""Groups of rows, cut by one column, in which something is more common than in the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array

__all__ = ["Group", "uneven"]

_LEAST_ROWS = 30
_LEAST_CASES = 5
_MOST_LEVELS = 10
_MATTERS = 0.1
_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Group:
    """A level of a column and the share in it and outside.

    Args:
        column: The column.
        level: The value.
        inside: Share within.
        outside: Share among the others that have a value.
        low: Lower end of the 95 % interval of the difference.
        high: Upper end.
        chance: Of so large a difference, adjusted for all groups that were looked at.
        rows: Rows within.
        tests: How many groups were looked at.
    """

    column: str
    level: str
    inside: float
    outside: float
    low: float
    high: float
    chance: float
    rows: int
    tests: int


def uneven(
    frame: pd.DataFrame, columns: list[str], marked: Array, people: Array | None, chance: float
) -> tuple[list[Group], int]:
    """Groups with a share at least a tenth above the others', the largest difference first, and how many were compared.

    Columns with more than ten values are passed over. The difference is tested by its standard error, rows of one
    patient taken together, and adjusted for all groups looked at (Benjamini and Hochberg, JRSS B 1995;57:289).

    Args:
        frame: Rows.
        columns: Columns to cut by.
        marked: Which rows count.
        people: Patient of each row.
        chance: Largest adjusted chance that is told.
    """
    from scipy.stats import false_discovery_control, norm

    looked: list[_Looked] = []
    for name in columns:
        cut = _levels(frame[name])
        for level, inside in _each(cut):
            looked.append(_Looked(name, level, *_compared(inside, cut.notna().to_numpy() & ~inside, marked, people)))
    if not looked:
        return [], 0
    z = np.array([abs(one.inside - one.outside) / one.error if one.error > 0 else 0.0 for one in looked])
    adjusted = false_discovery_control(2 * norm.sf(z))
    pairs = zip(looked, adjusted.tolist(), strict=True)
    found = [one.told(p, len(looked)) for one, p in pairs if p < chance and one.inside - one.outside >= _MATTERS]
    found.sort(key=lambda one: (-(one.inside - one.outside), one.column, one.level))
    return found, len(looked)


class _Looked(NamedTuple):
    """A group before chances are adjusted."""

    column: str
    level: str
    inside: float
    outside: float
    error: float
    rows: int

    def told(self, chance: float, tests: int) -> Group:
        gap, half = self.inside - self.outside, _Z95 * self.error
        ends = gap - half, gap + half
        return Group(self.column, self.level, self.inside, self.outside, *ends, chance, self.rows, tests)


def _levels(column: pd.Series[Any]) -> pd.Series[Any]:
    """Levels as text where they are few; nothing of columns with many values, which cut no group."""
    if column.nunique() > _MOST_LEVELS:
        return pd.Series(np.nan, index=column.index, dtype="object")
    return column.map(lambda value: f"{value:g}" if isinstance(value, float) else str(value), na_action="ignore")


def _each(cut: pd.Series[Any]) -> Iterator[tuple[str, Array]]:
    present = int(cut.notna().sum())
    for level in sorted(cut.dropna().unique(), key=str):
        inside = (cut == level).to_numpy(dtype=bool, na_value=False)
        if _LEAST_ROWS <= inside.sum() <= present - _LEAST_ROWS:
            yield str(level), inside


def _compared(here: Array, other: Array, marked: Array, people: Array | None) -> tuple[float, float, float, int]:
    """Both shares, the standard error of their difference (0 where too few rows count), and the rows of the group."""
    left, right = float(marked[here].mean()), float(marked[other].mean())
    few = min(marked[here | other].sum(), (~marked[here | other]).sum()) < _LEAST_CASES
    part = np.where(here, (marked - left) / here.sum(), 0.0) - np.where(other, (marked - right) / other.sum(), 0.0)
    if people is not None:
        part = np.bincount(np.unique(people, return_inverse=True)[1], weights=part)
    return left, right, 0.0 if few else float(np.sqrt((part**2).sum())), int(here.sum())
