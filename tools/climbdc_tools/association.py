"""How strongly one column alone tells the target, on one scale for all kinds of columns and targets."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array, Outcome

__all__ = ["FEW_ROWS", "Levels", "Strength", "auc", "levels", "strength"]

FEW_ROWS = 30
"""With fewer rows than this nothing is said of an association."""

_BINS = 20
_MOST_LEVELS = 50
_FOLDS = 5
_SHRINK = 3.0


@dataclass(frozen=True)
class Strength:
    """How well the column alone orders the target.

    Args:
        value: 0.5 (says nothing) to 1 (says everything): the area under the ROC curve (mean of one class against the
            rest where there are several), for numbers (1 + |Spearman's rho|) / 2, in a survival study the larger of
            concordance and area for the event.
        measure: Name of the measure.
        rows: Rows with a value and a target.
        balanced: Share of each class that the column's levels tell rightly out of fold, averaged; 0 for numbers.
        explained: Share of the variance of a numeric target that the column's levels explain out of fold.
    """

    value: float
    measure: str
    rows: int
    balanced: float = 0.0
    explained: float = 0.0


@dataclass(frozen=True)
class Levels:
    """A column cut into levels: its values where they are few, ranges otherwise; `codes` are -1 where missing."""

    codes: Array
    names: tuple[str, ...]
    ranges: bool


def auc(scores: Array, positive: Array) -> float:
    """Area under the ROC curve; 0.5 where a class is empty.

    >>> auc(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1]))
    1.0
    """
    from scipy.stats import rankdata

    positive = positive.astype(bool)
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return 0.5
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def levels(column: pd.Series[Any]) -> Levels:
    """The levels of a column; text with many values keeps its commonest, the others are one level."""
    if column.dtype.kind in "ifM":
        numbers = _numbers(column)
        distinct = np.unique(numbers[~np.isnan(numbers)])
        if len(distinct) > _MOST_LEVELS:
            return _cut(numbers)
        codes = np.searchsorted(distinct, numbers)
        codes[np.isnan(numbers)] = -1
        return Levels(codes, tuple(f"{value:g}" for value in distinct), False)
    common = column.value_counts().index[: _MOST_LEVELS - 1]
    codes = np.asarray(pd.Categorical(column, categories=common).codes, dtype="int64").copy()
    codes[(codes < 0) & column.notna().to_numpy()] = len(common)
    return Levels(codes, (*(str(name) for name in common), "(other)"), False)


def strength(column: pd.Series[Any], target: Outcome, groups: Array | None = None, seed: int = 0) -> Strength:
    """How strongly a column tells the target; rows without a value are left out.

    Args:
        column: Values of all rows of train.
        target: What is to be told.
        groups: Patient of each row, kept in one fold when levels are judged.
        seed: For the folds.
    """
    column = column[target.known]
    cut = levels(column)
    present = cut.codes >= 0
    rows = int(present.sum())
    if rows < FEW_ROWS or len(np.unique(cut.codes[present])) < 2:
        return Strength(0.5, _measure(target), rows)
    wanted = target.columns[present]
    fold = _folds(None if groups is None else groups[target.known][present], rows, seed)
    fitted = _cross_fitted(cut.codes[present], wanted, fold)
    raw = _numbers(column)[present] if column.dtype.kind in "ifM" else None
    if target.kind == "numeric":
        return _with_numbers(raw, wanted[:, 0], fitted[:, 0])
    value = _area(raw, wanted, fitted)
    if target.kind == "survival" and raw is not None and target.duration is not None:
        value = max(value, _concordance(raw, target.duration[present], target.values[present]))
    return Strength(value, _measure(target), rows, balanced=_balanced(wanted, fitted))


def _measure(target: Outcome) -> str:
    return {"numeric": "Spearman", "survival": "concordance"}.get(target.kind, "AUC")


def _numbers(column: pd.Series[Any]) -> Array:
    if column.dtype.kind == "M":
        dates = column.to_numpy().astype("datetime64[us]").astype("int64").astype("float64")
        return np.where(column.isna().to_numpy(), np.nan, dates)
    return column.to_numpy(dtype="float64")


def _cut(numbers: Array) -> Levels:
    present = ~np.isnan(numbers)
    edges = np.unique(np.quantile(numbers[present], np.linspace(0, 1, _BINS + 1)))
    codes = np.clip(np.searchsorted(edges, numbers, side="left") - 1, 0, len(edges) - 2)
    codes[~present] = -1
    return Levels(codes, tuple(f"{a:g} to {b:g}" for a, b in pairwise(edges)), True)


def _folds(groups: Array | None, rows: int, seed: int) -> Array:
    generator = np.random.default_rng(seed)
    if groups is None:
        return generator.permutation(rows) % _FOLDS
    _, number = np.unique(groups, return_inverse=True)
    return (generator.permutation(int(number.max()) + 1) % _FOLDS)[number]


def _cross_fitted(codes: Array, wanted: Array, fold: Array) -> Array:
    """Mean of the target at the row's level in the other folds, drawn a little towards the overall mean."""
    count = int(codes.max()) + 1
    cell = codes * _FOLDS + fold
    number = np.bincount(cell, minlength=count * _FOLDS).reshape(count, _FOLDS)
    fitted = np.empty_like(wanted)
    for k in range(wanted.shape[1]):
        total = np.bincount(cell, weights=wanted[:, k], minlength=count * _FOLDS).reshape(count, _FOLDS)
        others = total.sum(axis=1, keepdims=True) - total
        seen = number.sum(axis=1, keepdims=True) - number
        fitted[:, k] = ((others + _SHRINK * wanted[:, k].mean()) / (seen + _SHRINK))[codes, fold]
    return fitted


def _area(raw: Array | None, wanted: Array, fitted: Array) -> float:
    areas = []
    for k in range(wanted.shape[1]):
        area = auc(fitted[:, k], wanted[:, k])
        if raw is not None:
            straight = auc(raw, wanted[:, k])
            area = max(area, straight, 1 - straight)
        areas.append(max(area, 0.5))
    return float(np.mean(areas))


def _balanced(wanted: Array, fitted: Array) -> float:
    if wanted.shape[1] == 1:
        wanted, fitted = np.hstack([1 - wanted, wanted]), np.hstack([1 - fitted, fitted])
    told = np.argmax(fitted, axis=1) == np.argmax(wanted, axis=1)
    sizes = wanted.sum(axis=0)
    return float(np.mean(((told[:, None] * wanted).sum(axis=0) / np.maximum(sizes, 1))[sizes > 0]))


def _with_numbers(raw: Array | None, wanted: Array, fitted: Array) -> Strength:
    from scipy.stats import rankdata

    def rho(values: Array) -> float:
        if np.ptp(values) == 0 or np.ptp(wanted) == 0:
            return 0.0
        return float(np.corrcoef(rankdata(values), rankdata(wanted))[0, 1])

    best = max(rho(fitted), abs(rho(raw)) if raw is not None else 0.0, 0.0)
    spread = float(((wanted - wanted.mean()) ** 2).sum())
    explained = 1 - float(((wanted - fitted) ** 2).sum()) / spread if spread > 0 else 0.0
    return Strength((1 + best) / 2, "Spearman", len(wanted), explained=max(explained, 0.0))


def _concordance(raw: Array, duration: Array, event: Array) -> float:
    """Harrell's concordance, at most 2,000 rows: its standard error is then below 0.01."""
    from lifelines.utils import concordance_index

    step = max(1, len(raw) // 2000)
    if not event[::step].any():
        return 0.5
    try:
        value = float(concordance_index(duration[::step], raw[::step], event[::step]))
    except ZeroDivisionError:  # no two rows can be compared
        return 0.5
    return max(value, 1 - value)
