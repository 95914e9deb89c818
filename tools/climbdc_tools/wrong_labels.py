"""Outcomes that are made wrong on purpose, in rows that are learnt from only."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array

__all__ = ["Way", "ways", "with_wrong"]

Way = Literal["either way", "missed", "noise"]
"""Any outcome taken for another; outcomes other than the commonest (or events) not seen; noise on a number."""

_WAYS: Final[dict[str, tuple[Way, ...]]] = {
    "binary": ("either way", "missed"),
    "multiclass": ("either way", "missed"),
    "numeric": ("noise",),
    "survival": ("either way", "missed"),
}


def ways(kind: str) -> tuple[Way, ...]:
    """How outcomes of a kind of target go wrong."""
    return _WAYS[kind]


def with_wrong(
    column: pd.Series, way: Way, share: float, draw: np.random.Generator, *, event: bool = False
) -> pd.Series:
    """An outcome column in which a share of what can go wrong that way is wrong.

    The same draw with a larger share makes the same rows wrong and more: steps from share to share are paired.

    Args:
        column: Known outcomes.
        way: How they go wrong.
        share: For `either way`, of all rows; for `missed`, of those that can be missed; for `noise`, of the variance.
        draw: Decides which rows.
        event: The column says whether an event was seen, so it is the last level that can be missed.
    """
    chance, normal = draw.random(len(column)), draw.standard_normal(len(column))
    if way == "noise":
        numbers = pd.to_numeric(column).astype("float64")
        spread = float(numbers.std(ddof=0)) * float(np.sqrt(share / (1 - share)))
        return numbers + spread * normal
    codes, levels = pd.factorize(column, sort=True)
    if len(levels) < 2:
        return column
    others = (codes + 1 + np.floor(chance_of(draw, len(column)) * (len(levels) - 1)).astype("int64")) % len(levels)
    if way == "either way":
        codes = np.where(chance < share, others, codes)
    else:
        usual = 0 if event else int(np.argmax(np.bincount(codes, minlength=len(levels))))
        codes = np.where((chance < share) & (codes != usual), usual, codes)
    return pd.Series(levels.take(codes).array, index=column.index, name=column.name).astype(column.dtype)


def chance_of(draw: np.random.Generator, count: int) -> Array:
    """Numbers from 0 up to 1."""
    return np.asarray(draw.random(count))
