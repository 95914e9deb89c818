"""Split conformal prediction: sets and intervals that hold the truth with a chance that was asked for.

Vovk et al., Algorithmic Learning in a Random World, 2005; by the package crepes (Bostrom, COPA 2022, PMLR 179:24). The
promise holds for rows exchangeable with those that calibrate, which must be other rows than those learnt from.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from climbdc_tools.outcome import Array

__all__ = ["intervals", "promise_broken", "sets"]

_BINS: Final = 5
_LEAST: Final = 40  # calibration rows a bin


def sets(told: Array, truth: Array, others: Array, confidence: float) -> Array:
    """For each row of `others` and each class, whether it cannot be ruled out.

    Calibrated class by class (Mondrian), so that the promise holds for the rare outcome too, not only on average.

    Args:
        told: Probability of each class in the rows that calibrate.
        truth: Their classes by number.
        others: Probability of each class in the rows to predict for.
        confidence: Share of sets that are to hold the truth.
    """
    from crepes import ConformalClassifier

    found = np.ones(others.shape, dtype=bool)
    for k in range(told.shape[1]):
        own = 1 - told[truth == k, k]
        if len(own):
            fitted = ConformalClassifier().fit(alphas=own)
            found[:, k] = fitted.predict_set(1 - others[:, [k]], confidence=confidence, smoothing=False)[:, 0] == 1
    return found


def intervals(told: Array, truth: Array, others: Array, confidence: float) -> Array:
    """The lowest and the highest value that cannot be ruled out, side by side.

    Calibrated apart for fifths of the predicted value where rows are enough, as errors grow with what is predicted.
    """
    from crepes import ConformalRegressor

    count = min(_BINS, len(told) // _LEAST)
    edges = np.unique(np.quantile(told, np.linspace(0, 1, count + 1)[1:-1])) if count > 1 else np.array([])
    bins, other_bins = np.digitize(told, edges), np.digitize(others, edges)
    found = np.empty((len(others), 2))
    for one in range(len(edges) + 1):
        fitted = ConformalRegressor().fit((truth - told)[bins == one])
        found[other_bins == one] = fitted.predict_int(others[other_bins == one], confidence=confidence)
    return found


def promise_broken(held: int, looked: int, calibrated: int, confidence: float) -> float:
    """The chance of so few hits or fewer, if the promise holds.

    Given the calibration rows, the share held is Beta distributed, so hits are Beta-binomial (Angelopoulos and Bates,
    Foundations and Trends in Machine Learning 2023;16:494, section 3.2).

    >>> promise_broken(90, 100, 500, 0.9) > 0.3, promise_broken(70, 100, 500, 0.9) < 0.001
    (True, True)
    """
    from scipy.stats import betabinom

    rank = min(int(np.ceil((calibrated + 1) * confidence)), calibrated)
    return float(betabinom.cdf(held, looked, rank, calibrated + 1 - rank)) if calibrated else 1.0
