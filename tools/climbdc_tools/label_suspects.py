"""How far the recorded outcome of each row contradicts what models say that learnt from other rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from climbdc_tools.cross_fit import LEARNERS, Fold, cross_fit, risks
from climbdc_tools.outcome import Array, Outcome

__all__ = ["Suspects", "class_suspects", "time_suspects", "value_suspects"]

UNLIKELY = 0.1


@dataclass(frozen=True)
class Suspects:
    """What is thought of each row with a known target.

    Args:
        score: How suspect it is; the larger, the more.
        flagged: Whether it is put up for review.
        told: What the models say instead: a probability a class, a value, or nothing in a survival study.
        surprises: Rows that the models, having learnt from all other rows, hold for unlikely.
        expected: How many of those they expect themselves, as chance alone makes some.
    """

    score: Array
    flagged: Array
    told: Array
    surprises: int
    expected: float


def class_suspects(folds: Sequence[Fold], target: Outcome, seed: int) -> Suspects:
    """Confident learning of two learners that have to agree, then margins of both, fitted again without suspects.

    Confident learning is that of Northcutt et al. (JAIR 2021;70:1373), both filters of cleanlab. Fitting again on what
    is left is its own remedy for models that learnt the errors. The score is one minus the mean probability of the
    recorded class, which orders rows as the margin does where there are two classes.
    """
    classes, own = len(target.classes), np.arange(len(target.values))
    first = [cross_fit(folds, target.values, classes, learner, seed) for learner in LEARNERS]
    doubted = np.logical_and.reduce([_doubted(target.values, told) for told in first])
    again = [cross_fit(folds, target.values, classes, learner, seed, trusted=~doubted) for learner in LEARNERS]
    told, before = np.mean(again, axis=0), np.mean(first, axis=0)
    given = told[own, target.values]
    unlikely = before < UNLIKELY
    return Suspects(
        score=1 - given,
        flagged=doubted & (given < UNLIKELY),
        told=told,
        surprises=int(unlikely[own, target.values].sum()),
        expected=float(before[unlikely].sum()),
    )


def value_suspects(folds: Sequence[Fold], target: Outcome, seed: int, limit: float) -> Suspects:
    """Distance from the mean of two learners in robust standard deviations.

    Values above zero whose logarithms are less skewed are taken as these, as costs and times are by habit.
    The learners are fitted again without the rows beyond the limit, as these pull the fit towards themselves. The
    spread is 1.4826 times the median distance (Rousseeuw and Croux, JASA 1993;88:1273).
    """
    logged = _is_skewed(target.values)
    values = np.log(target.values) if logged else target.values
    first = np.mean([cross_fit(folds, values, 0, learner, seed) for learner in LEARNERS], axis=0)
    trusted = np.abs(_standard(values, first)) <= limit
    told = np.mean([cross_fit(folds, values, 0, learner, seed, trusted) for learner in LEARNERS], axis=0)
    score = np.abs(_standard(values, told))
    flagged = score > limit
    return Suspects(score, flagged, np.exp(told) if logged else told, int(flagged.sum()), float(flagged.sum()))


def time_suspects(folds: Sequence[Fold], target: Outcome, seed: int, chance: float) -> Suspects:
    """Deviance residuals of a Cox model that learnt from other rows (Therneau et al., Biometrika 1990;77:147).

    By the model the cumulative hazard of a row at its time is a draw from the unit exponential distribution (Cox and
    Snell, JRSS B 1968;30:248), which gives the chance of an event so early, or of none for so long. Rows are put up
    where that is below `chance`: that share of the rows is so by chance alone.
    """
    assert target.duration is not None
    event = target.values.astype(bool)
    hazard = np.zeros(len(event))
    for fold in folds:
        left, right = risks(fold, target.duration, event, seed)
        hazard[fold.held] = _baseline(target.duration[fold.learn], event[fold.learn], left, target.duration[fold.held])
        hazard[fold.held] *= np.exp(right)
    early, late = -np.expm1(-hazard), np.exp(-hazard)
    rare = np.where(event, np.minimum(2 * np.minimum(early, late), 1.0), late)
    size = np.where(event, 2 * (hazard - 1 - np.log(np.maximum(hazard, 1e-300))), 2 * hazard)
    score = np.sqrt(np.maximum(size, 0.0))
    flagged = rare < chance
    return Suspects(score, flagged, np.sign(event - hazard), int(flagged.sum()), chance * len(rare))


def _doubted(values: Array, told: Array) -> Array:
    """Rows that both filters of confident learning hold for wrong."""
    from cleanlab.filter import find_label_issues

    return np.asarray(find_label_issues(values.astype("int64"), told, filter_by="both", n_jobs=1), dtype=bool)


def _is_skewed(values: Array) -> bool:
    """Whether the middle half is nearer to symmetric on a log scale, by Bowley's skewness, which no slip can move."""
    if values.min() <= 0:
        return False
    return bool(_lopsided(np.log(values)) < _lopsided(values))


def _lopsided(values: Array) -> float:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(abs(high + low - 2 * middle) / (high - low)) if high > low else 0.0


def _standard(values: Array, told: Array) -> Array:
    """Residuals in robust standard deviations; zero where more than half of them are."""
    residual = values - told
    residual = residual - np.median(residual)
    spread = 1.4826 * float(np.median(np.abs(residual)))
    return np.asarray(residual / spread if spread > 0 else np.zeros(len(values)))


def _baseline(duration: Array, event: Array, risk: Array, wanted: Array) -> Array:
    """Breslow's cumulative hazard of a patient of log risk zero, at the times wanted."""
    order = np.argsort(duration, kind="stable")
    times, weights = duration[order], np.exp(risk[order])
    at_risk = np.cumsum(weights[::-1])[::-1][np.searchsorted(times, times, side="left")]
    hazard = np.cumsum(event[order] / at_risk)
    place = np.searchsorted(times, wanted, side="right")
    before = hazard[:1] if hazard[0] > 0 else hazard[hazard > 0][:1]
    start = before / 2 if len(before) else np.zeros(1)  # before the first event seen, half of what one adds
    return np.asarray(np.maximum(np.concatenate([start, hazard])[place], start))
