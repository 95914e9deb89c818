"""Measures of predictions with 95 % intervals that know of patients with several rows.

Every measure comes with the influence of each row on it. The variance is the sum of squared influences, summed per
patient first (infinitesimal jackknife: Efron, JRSS B 1992;54:83). For the area under the ROC curve that is the method
of DeLong et al. (Biometrics 1988;44:837), with patients that of Obuchowski (Biometrics 1997;53:567).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from climbdc_tools.outcome import Array

__all__ = ["Interval", "Score", "delong", "interval", "scores"]

_Z95 = 1.959963984540054
_PAIRS = 5000  # rows among which concordance is counted
_TINY = 1e-6


class Interval(NamedTuple):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Score:
    """A measure, what each row adds to it, and the range it can have."""

    name: str
    value: float
    influence: Array
    better: Literal["higher", "lower"]
    least: float = 0.0
    most: float = 1.0


def interval(value: float, influence: Array, clusters: Array | None, least: float, most: float) -> Interval:
    """The 95 % interval of a measure from its influences, rows of one cluster taken together."""
    if clusters is not None:
        influence = np.bincount(clusters, weights=influence)
        influence = influence * _unbiased(len(influence))
    half = _Z95 * float(np.sqrt((influence**2).sum()))
    return Interval(value, max(value - half, least), min(value + half, most))


def _unbiased(count: int) -> float:
    """What turns deviations from a fitted mean into an unbiased spread."""
    return float(np.sqrt(count / (count - 1))) if count > 1 else 1.0


def delong(scores: Array, positive: Array) -> Interval:
    """Area under the ROC curve with its 95 % interval, by midranks.

    >>> [round(float(x), 2) for x in delong(np.arange(8.0), np.array([0, 0, 1, 0, 1, 0, 1, 1]))]
    [0.81, 0.48, 1.0]
    """
    positive = positive.astype(bool)
    if positive.all() or not positive.any():
        return Interval(0.5, 0.0, 1.0)
    return interval(*_area(scores, positive), None, 0.0, 1.0)


def scores(kind: str, truth: Array, predicted: Array, event: Array | None = None) -> list[Score]:
    """All measures for a kind of target, the most telling first.

    Args:
        kind: binary, multiclass, numeric or survival.
        truth: Class numbers, values, or durations in a survival study.
        predicted: Probability of the second class, of each class, the value, or a risk (higher dies sooner).
        event: In a survival study, whether the event was seen.
    """
    if kind == "binary":
        return _binary(truth.astype(bool), predicted)
    if kind == "multiclass":
        return _multiclass(truth.astype("int64"), predicted)
    if kind == "numeric":
        return _numeric(truth, predicted)
    return [_concordance(truth, np.ones(len(truth), dtype=bool) if event is None else event.astype(bool), predicted)]


def _area(values: Array, positive: Array) -> tuple[float, Array]:
    from scipy.stats import rankdata

    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return 0.5, np.zeros(len(values))
    ranks = rankdata(values)
    above = (ranks[positive] - rankdata(values[positive])) / zeros
    below = 1 - (ranks[~positive] - rankdata(values[~positive])) / ones
    area = float(above.mean())
    influence = np.empty(len(values))
    influence[positive] = (above - area) / ones * _unbiased(ones)
    influence[~positive] = (below - area) / zeros * _unbiased(zeros)
    return area, influence


def _mean(name: str, losses: Array, most: float) -> Score:
    value = float(losses.mean())
    return Score(name, value, (losses - value) / len(losses) * _unbiased(len(losses)), "lower", 0.0, most)


def _binary(truth: Array, predicted: Array) -> list[Score]:
    area, influence = _area(predicted, truth)
    sure = np.clip(predicted, _TINY, 1 - _TINY)
    return [
        Score("auc", area, influence, "higher"),
        _mean("brier", (predicted - truth) ** 2, 1.0),
        _mean("log_loss", -np.where(truth, np.log(sure), np.log1p(-sure)), float("inf")),
    ]


def _multiclass(truth: Array, predicted: Array) -> list[Score]:
    present = np.unique(truth)
    areas = [_area(predicted[:, k], truth == k) for k in present]
    hit = truth[:, None] == np.arange(predicted.shape[1])[None, :]
    sure = np.clip(predicted[np.arange(len(truth)), truth], _TINY, 1.0)
    return [
        Score("auc", float(np.mean([a for a, _ in areas])), np.mean([i for _, i in areas], axis=0), "higher"),
        _mean("brier", ((predicted - hit) ** 2).sum(axis=1), 2.0),
        _mean("log_loss", -np.log(sure), float("inf")),
    ]


def _numeric(truth: Array, predicted: Array) -> list[Score]:
    squares, spread = (truth - predicted) ** 2, (truth - truth.mean()) ** 2
    total = float(spread.sum()) or 1.0
    ratio = float(squares.sum()) / total
    explained = Score("r2", 1 - ratio, -(squares - ratio * spread) / total, "higher", -float("inf"), 1.0)
    return [explained, _mean("mae", np.abs(truth - predicted), float("inf"))]


def _concordance(duration: Array, event: Array, risk: Array) -> Score:
    """Harrell's concordance; above 5,000 rows each is compared with every so-manieth of the others."""
    step = max(1, -(-len(duration) // _PAIRS))
    others = np.arange(0, len(duration), step)
    right, pairs = np.zeros(len(duration)), np.zeros(len(duration))
    for start in range(0, len(duration), 512):
        here = np.arange(start, min(start + 512, len(duration)))
        comparable, concordant = _pairs(here, others, duration, event, risk)
        right[here], pairs[here] = concordant.sum(axis=1), comparable.sum(axis=1)
    total = float(pairs.sum())
    if not total:
        return Score("concordance", 0.5, np.zeros(len(duration)), "higher")
    value = float(right.sum()) / total
    return Score("concordance", value, 2 * (right - value * pairs) / total, "higher")


def _pairs(here: Array, others: Array, duration: Array, event: Array, risk: Array) -> tuple[Array, Array]:
    """Which pairs can be compared, and how rightly they are ordered (1, 0.5 or 0)."""
    later = duration[others][None, :] - duration[here][:, None]
    worse = np.sign(risk[here][:, None] - risk[others][None, :])
    first = event[here][:, None] & ((later > 0) | ((later == 0) & ~event[others][None, :]))
    second = event[others][None, :] & ((later < 0) | ((later == 0) & ~event[here][:, None]))
    comparable = (first | second).astype("float64")
    return comparable, np.where(first, (1 + worse) / 2, np.where(second, (1 - worse) / 2, 0.0))
