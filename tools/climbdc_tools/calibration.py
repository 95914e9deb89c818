"""Whether predictions can be taken at their word: curves by groups of risk, slope, intercept and their intervals.

Slope and intercept are those of Cox's recalibration (Biometrika 1958;45:562; Van Calster et al., BMC Medicine
2019;17:230). The integrated calibration index is the mean distance between a prediction and a smooth curve of what was
seen (Austin and Steyerberg, Statistics in Medicine 2019;38:4051), here a restricted cubic spline of the logit with
Harrell's four knots, which at this size differs little from their loess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from climbdc_tools.kaplan_meier import kaplan_meier
from climbdc_tools.outcome import Array
from climbdc_tools.scores import Interval, interval

__all__ = ["Curve", "Predicted", "calibration_curve", "logit", "observed", "recalibrated", "smooth_gap"]

_TINY = 1e-6
_Z95 = 1.959963984540054
_LEAST = 30  # rows a group of the curve, so that its interval says something
_KNOTS = (0.05, 0.35, 0.65, 0.95)
_BOUND = 30.0


class Predicted(NamedTuple):
    """Predictions for rows that nothing was learnt from, and what happened.

    Args:
        kind: `risk` for 0 and 1, `number`, or `survival` for the risk until a time.
        told: The predicted risk or number.
        truth: 0 and 1, the number, or whether the event was seen.
        clusters: Patient of each row where patients have several.
        time: Follow-up in a survival study.
        horizon: The time until which risks are meant.
    """

    kind: str
    told: Array
    truth: Array
    clusters: Array | None = None
    time: Array | None = None
    horizon: float = 0.0

    def of(self, rows: Array) -> Predicted:
        """The same for some rows."""
        clusters = None if self.clusters is None else np.unique(self.clusters[rows], return_inverse=True)[1]
        time = None if self.time is None else self.time[rows]
        return Predicted(self.kind, self.told[rows], self.truth[rows], clusters, time, self.horizon)


@dataclass(frozen=True)
class Curve:
    """Groups of rows by what was predicted, with what was seen in each and its 95 % interval."""

    predicted: list[float]
    observed: list[float]
    low: list[float]
    high: list[float]
    counts: list[int]

    def as_data(self) -> dict[str, list[Any]]:
        """As a figure of the kind `calibration` takes it."""
        return {name: list(values) for name, values in vars(self).items()}


def observed(seen: Predicted, z: float = _Z95) -> Interval:
    """What happened in some rows: the share with Wilson's interval, the mean, or Kaplan-Meier's risk at the horizon."""
    count = len(seen.truth)
    if seen.kind == "number":
        mean = float(seen.truth.mean())
        half = z * float(seen.truth.std(ddof=1)) / count**0.5 if count > 1 else float("inf")
        return Interval(mean, mean - half, mean + half)
    if seen.kind == "survival":
        return _risk_seen(seen, z)
    return _wilson(float(seen.truth.mean()), count, z)


def _wilson(share: float, count: int, z: float) -> Interval:
    middle, spread = share + z**2 / (2 * count), z * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    return Interval(share, (middle - spread) / (1 + z**2 / count), (middle + spread) / (1 + z**2 / count))


def _risk_seen(seen: Predicted, z: float) -> Interval:
    """Kaplan-Meier's share with the event by the horizon; other levels than 95 % by widening on its own scale."""
    assert seen.time is not None
    curve = kaplan_meier(seen.time.astype("float64"), seen.truth.astype(bool))
    at = np.array([seen.horizon])
    share, low, high = (1 - curve.at(at, which)[0] for which in ("share", "high", "low"))
    if share in {0.0, 1.0}:  # Greenwood's variance is zero there
        return _wilson(share, max(1, int(((seen.time >= seen.horizon) | (seen.truth == 1)).sum())), z)
    wider = z / _Z95
    return Interval(share, max(0.0, share - wider * (share - low)), min(1.0, share + wider * (high - share)))


def calibration_curve(seen: Predicted, most: int) -> Curve:
    """Groups of nearly equal size by the prediction, ten as a rule; rows that were told the same stay together."""
    groups = max(2, min(most, len(seen.told) // _LEAST))
    codes = pd.qcut(pd.Series(seen.told).rank(method="min"), groups, labels=False, duplicates="drop")
    found = [seen.of(np.flatnonzero(codes.to_numpy() == code)) for code in sorted(codes.dropna().unique())]
    seen_each = [observed(part) for part in found]
    return Curve(
        predicted=[round(float(part.told.mean()), 6) for part in found],
        observed=[round(each.value, 6) for each in seen_each],
        low=[round(each.low, 6) for each in seen_each],
        high=[round(each.high, 6) for each in seen_each],
        counts=[len(part.told) for part in found],
    )


def logit(risk: Array) -> Array:
    """Log odds; certainty is cut at one in a million."""
    sure = np.clip(risk, _TINY, 1 - _TINY)
    return np.asarray(np.log(sure / (1 - sure)))


def recalibrated(seen: Predicted) -> dict[str, Interval]:
    """Slope (1 is right, less is too extreme) and intercept (0 is right, less is too high on the whole).

    Of risks on the scale of log odds, of numbers on their own, of survival the slope of a Cox model of the predicted
    log cumulative hazard. What cannot be estimated, as from equal predictions, is left out.
    """
    if np.ptp(seen.told) < 1e-9 or np.ptp(seen.truth) == 0:
        return {}
    if seen.kind == "survival":
        return _cox_slope(seen)
    number = seen.kind == "number"
    x = seen.told if number else logit(seen.told)
    slope, influence = _fit(np.column_stack([np.ones(len(x)), x]), seen.truth, np.zeros(len(x)), number=number)
    large, shift = _fit(np.ones((len(x), 1)), seen.truth, x, number=number)
    bound = float("inf")
    return {
        "calibration_slope": interval(float(slope[1]), influence[:, 1], seen.clusters, -bound, bound),
        "calibration_intercept": interval(float(large[0]), shift[:, 0], seen.clusters, -bound, bound),
    }


def _cox_slope(seen: Predicted) -> dict[str, Interval]:
    import warnings

    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning, StatisticalWarning

    hazard = np.log(-np.log1p(-np.clip(seen.told, _TINY, 1 - _TINY)))
    frame = pd.DataFrame({"x": hazard, "time": np.maximum(np.asarray(seen.time), 1e-9), "event": seen.truth})
    with warnings.catch_warnings():
        for kind in (ConvergenceWarning, StatisticalWarning):
            warnings.simplefilter("ignore", kind)
        try:
            told = CoxPHFitter().fit(frame, "time", "event").summary.loc["x"]
        except ConvergenceError:
            return {}
    value, error = float(told["coef"]), float(told["se(coef)"])
    return {"calibration_slope": Interval(value, value - _Z95 * error, value + _Z95 * error)}


def _fit(design: Array, truth: Array, offset: Array, *, number: bool, ridge: float = 0.0) -> tuple[Array, Array]:
    """Coefficients by Newton's method, and the influence of each row on each."""
    weights = np.zeros(design.shape[1])
    penalty = (ridge + 1e-9) * np.eye(design.shape[1])
    for _ in range(25):
        line = np.clip(design @ weights + offset, -_BOUND, _BOUND) if not number else design @ weights + offset
        told = line if number else 1 / (1 + np.exp(-line))
        spread = np.ones(len(line)) if number else told * (1 - told)
        curve = design.T @ (design * spread[:, None]) + penalty
        step = np.linalg.solve(curve, design.T @ (truth - told) - penalty @ weights)
        weights = weights + step
        if np.abs(step).max() < 1e-7:
            break
    line = design @ weights + offset
    told = line if number else 1 / (1 + np.exp(-np.clip(line, -_BOUND, _BOUND)))
    spread = np.ones(len(line)) if number else told * (1 - told)
    curve = design.T @ (design * spread[:, None]) + penalty
    return weights, (design * (truth - told)[:, None]) @ np.linalg.inv(curve)


def smooth_gap(seen: Predicted, seed: int, draws: int = 60) -> Interval:
    """The integrated calibration index, with a 95 % interval by the bootstrap of patients."""
    x = seen.told if seen.kind == "number" else logit(seen.told)
    basis = _spline(x)
    value = _gap(basis, seen, np.arange(len(x)))
    generator = np.random.default_rng(seed)
    clusters = np.arange(len(x)) if seen.clusters is None else seen.clusters
    members = np.split(np.argsort(clusters, kind="stable"), np.cumsum(np.bincount(clusters))[:-1])
    drawn = []
    for _ in range(draws):
        rows = np.concatenate([members[k] for k in generator.integers(0, len(members), len(members))])
        if np.ptp(seen.truth[rows]) > 0:
            drawn.append(_gap(basis, seen, rows))
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn else (value, value)
    return Interval(value, min(value, float(low)), max(value, float(high)))


def _gap(basis: Array, seen: Predicted, rows: Array) -> float:
    number = seen.kind == "number"
    design, truth = basis[rows], seen.truth[rows]
    weights, _ = _fit(design, truth, np.zeros(len(rows)), number=number, ridge=1e-3)
    line = design @ weights
    told = line if number else 1 / (1 + np.exp(-np.clip(line, -_BOUND, _BOUND)))
    return float(np.abs(told - seen.told[rows]).mean())


def _spline(x: Array) -> Array:
    """A restricted cubic spline: constant, the value itself, and two curved columns (Harrell 2015, section 2.4.5)."""
    knots = np.quantile(x, _KNOTS)
    columns = [np.ones(len(x)), x]
    if len(np.unique(knots)) == len(knots):
        first, *_, before, last = knots
        scale = (last - first) ** 2
        for knot in knots[:-2]:
            rest = (last - knot) / (last - before), (before - knot) / (last - before)
            cubes = [np.clip(x - at, 0, None) ** 3 for at in (knot, before, last)]
            columns.append((cubes[0] - rest[0] * cubes[1] + rest[1] * cubes[2]) / scale)
    return np.column_stack(columns)
