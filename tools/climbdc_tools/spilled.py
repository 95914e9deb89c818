"""Two values written into one cell: the end of one column is the value that the next one lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.vocabulary import counts, distinct, is_text

__all__ = ["find_spilled", "spilled", "spilled_values"]

_MOST_VALUES: Final = 300
_LEAST_ROWS: Final = 5
_LEAST_SHARE: Final = 0.8  # of the rows in which the other column is empty
_MOST_ELSEWHERE: Final = 0.02  # of the rows in which it is not


def spilled_values(series: pd.Series[Any]) -> list[str]:
    """Values of a column that may stand at the end of another one, the longest first."""
    return sorted(
        (text for text, count in counts(series, _MOST_VALUES).items() if count >= 2), key=lambda x: (-len(x), x)
    )


def find_spilled(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Column -> the column whose value it holds at its end, and in how many rows.

    Nearly all rows in which the other column is empty must end so, and hardly any row in which it is filled.
    """
    texts = [name for name in names if is_text(frame[name])]
    found: dict[str, tuple[str, int]] = {}
    for into in texts:
        empty = frame[into].isna().to_numpy()
        if not _LEAST_ROWS <= empty.sum() <= 0.5 * len(frame) or not 2 <= distinct(frame[into]) <= _MOST_VALUES:
            continue
        values = spilled_values(frame[into])
        for name in texts:
            if name == into or not values:
                continue
            filled = frame[name].notna().to_numpy()
            asked, others = filled & empty, filled & ~empty
            if asked.sum() < _LEAST_ROWS or others.sum() < _LEAST_ROWS:
                continue
            if _ending(frame[name][asked], values).mean() < _LEAST_SHARE:
                continue
            if _ending(frame[name][others], values).mean() <= _MOST_ELSEWHERE:
                found.setdefault(name, (into, int(_ending(frame[name][asked], values).sum())))
    return found


def _ending(texts: pd.Series[Any], values: Sequence[str]) -> Any:
    return np.array([_split(str(text), values) is not None for text in texts], dtype=bool)


def _split(text: str, values: Sequence[str]) -> tuple[str, str] | None:
    """The text without the value at its end, and the value."""
    for value in values:
        head = text[: -len(value)]
        if text.endswith(value) and head and not head[-1].isalnum() and head.rstrip(" ,;/-"):
            return head.rstrip(" ,;/-"), value
    return None


def spilled(frame: pd.DataFrame, name: str, into: str, values: Sequence[str]) -> pd.DataFrame:
    """The frame with the value moved to its own column in rows where that is empty."""
    if not is_text(frame[name]) or not is_text(frame[into]):
        return frame
    asked = np.flatnonzero(frame[into].isna().to_numpy() & frame[name].notna().to_numpy())
    parts = {int(at): _split(str(frame[name].iloc[at]), values) for at in asked}
    moved = {at: part for at, part in parts.items() if part is not None}
    if not moved:
        return frame
    left, right = frame[name].copy(), frame[into].copy()
    at = list(moved)
    left.iloc[at] = [part[0] for part in moved.values()]
    right.iloc[at] = [part[1] for part in moved.values()]
    return frame.assign(**{name: left, into: right})
