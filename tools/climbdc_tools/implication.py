"""Values after which the outcome is always the same, and pairs of columns that agree for one outcome only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from climbdc_tools.association import levels
from climbdc_tools.outcome import Array, Outcome

__all__ = ["Implication", "Tie", "implication", "ties"]

_EXPECTED = 20.0  # rows of other outcomes that chance would put there; e^-20 of seeing none
_TOLERANCE = 0.01  # exceptions, as a share of what chance would put there: slips of the pen
_LEVEL_SHARE = 0.05  # a value met more rarely than this gives little away
_TAIL_SHARE = 0.25  # honest measurements have pure tails, but not as long as this
_TIE_ROWS = 2000
_TIE_COLUMNS = 120
_TIE_VALUES = 10


@dataclass(frozen=True)
class Implication:
    """Where the column is `value`, the outcome is `outcome`, in `rows` rows with `exceptions` exceptions.

    `tail` tells a range at one end of a measurement from a value of its own.
    """

    value: str
    outcome: str
    rows: int
    exceptions: int
    expected: float
    share: float
    tail: bool = False


@dataclass(frozen=True)
class Tie:
    """Two columns of which the first is never the smaller and which are equal for one outcome only."""

    larger: str
    smaller: str
    equal: int
    agreement: float
    rows: int


def implication(column: pd.Series[Any], target: Outcome, weight: float = 1.0) -> Implication | None:
    """The strongest one-sided implication of a column for a class, or None.

    Args:
        column: Values of all rows of train.
        target: Anything but a number.
        weight: What one row counts, below 1 where a patient has several rows.
    """
    if target.kind == "numeric" or (target.kind == "survival" and len(target.classes) > 2):
        return None
    column = column[target.known]
    cut = levels(column)
    present = cut.codes >= 0
    if not present.any():
        return None
    found = _tails(column, target, weight) if cut.ranges else _by_level(cut.codes, cut.names, target, weight)
    return max(found, key=lambda one: one.expected, default=None)


def _by_level(codes: Array, names: tuple[str, ...], target: Outcome, weight: float) -> list[Implication]:
    present = codes >= 0
    counts = np.zeros((len(names), len(target.classes)))
    np.add.at(counts, (codes[present], target.values[present]), 1)
    rows = counts.sum(axis=1, keepdims=True)
    shares = np.bincount(target.values, minlength=len(target.classes)) / max(len(target.values), 1)
    expected, exceptions = rows * (1 - shares), rows - counts
    sure = (
        (expected * weight >= _EXPECTED)
        & (exceptions <= _TOLERANCE * expected)
        & (rows >= _LEVEL_SHARE * len(target.values))
    )
    return [
        Implication(
            names[i],
            target.classes[k],
            int(rows[i, 0]),
            int(exceptions[i, k]),
            float(expected[i, k]),
            float(rows[i, 0] / len(target.values)),
        )
        for i, k in np.argwhere(sure)
    ]


def _tails(column: pd.Series[Any], target: Outcome, weight: float) -> list[Implication]:
    numbers = column.to_numpy(dtype="float64")
    known = ~np.isnan(numbers)
    order = np.argsort(numbers[known], kind="stable")
    numbers, classes = numbers[known][order], target.values[known][order]
    found = []
    for k, name in enumerate(target.classes):
        for words, values, other in (("up to", numbers, classes != k), ("from", numbers[::-1], (classes != k)[::-1])):
            one = _tail(words, values, other, name, weight)
            if one is not None:
                found.append(one)
    return found


def _tail(words: str, values: Array, other: Array, name: str, weight: float) -> Implication | None:
    expected = np.arange(1, len(values) + 1) * float(other.mean())
    exceptions = np.cumsum(other)
    ends = np.append(values[1:] != values[:-1], True)
    sure = ends & (exceptions <= _TOLERANCE * expected) & (expected * weight >= _EXPECTED)
    if not sure.any():
        return None
    last = int(np.flatnonzero(sure)[-1])
    share = (last + 1) / len(values)
    if share < _TAIL_SHARE:
        return None
    text = f"{words} {values[last]:g}"
    return Implication(text, name, last + 1, int(exceptions[last]), float(expected[last]), share, tail=True)


def ties(frame: pd.DataFrame, target: Outcome) -> list[Tie]:
    """Pairs of numeric columns, one never below the other, whose equality tells a binary outcome."""
    if target.kind not in {"binary", "survival"}:
        return []
    known = frame[target.known]
    names = [name for name in known.columns if known[name].dtype.kind in "if" and known[name].nunique() > _TIE_VALUES]
    names = names[:_TIE_COLUMNS]
    step = max(1, len(known) // _TIE_ROWS)
    values = known[names].to_numpy(dtype="float64")
    found = []
    for i, left in enumerate(names):
        for j in _candidates(values[::step], i):
            tie = _tie(left, names[j], values[:, i], values[:, j], target.values)
            if tie is not None:
                found.append(tie)
    return found


def _candidates(values: Array, i: int) -> list[int]:
    """Columns that are never above column i and equal to it in some rows but not in all."""
    with np.errstate(invalid="ignore"):
        above = (values > values[:, [i]]).sum(axis=0)
        equal = (values == values[:, [i]]).sum(axis=0)
        below = (values < values[:, [i]]).sum(axis=0)
    fits = (above <= 0.001 * len(values)) & (equal >= 0.02 * len(values)) & (below >= 0.02 * len(values))
    return [int(j) for j in np.flatnonzero(fits) if j != i]


def _tie(larger: str, smaller: str, a: Array, b: Array, wanted: Array) -> Tie | None:
    both = ~(np.isnan(a) | np.isnan(b))
    equal, wanted = (a == b)[both], wanted[both].astype(bool)
    if min(equal.sum(), wanted.sum(), (~wanted).sum()) < _EXPECTED:
        return None
    agreement = 0.5 * float(equal[wanted].mean() + (~equal)[~wanted].mean())
    agreement = max(agreement, 1 - agreement)
    return Tie(larger, smaller, int(equal.sum()), agreement, int(both.sum())) if agreement >= 0.98 else None
