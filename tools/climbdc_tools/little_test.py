"""Little's test of whether values are missing completely at random."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

__all__ = ["LittleTest", "little_test"]

Matrix = np.ndarray[Any, np.dtype[np.float64]]

_STEPS: Final = 100
_CLOSE: Final = 1e-4
_RIDGE: Final = 1e-8


class LittleTest(NamedTuple):
    """The statistic, its degrees of freedom and p-value, and how many patterns of missing values there are."""

    statistic: float
    freedom: int
    p: float
    patterns: int


def little_test(values: Matrix) -> LittleTest | None:
    """Test whether the means of the columns differ between patterns of missing values.

    Means and covariances are those of greatest likelihood for normal data with gaps, found by expectation and
    maximisation. None where all rows have the same pattern or a column does not vary.

    Source:
        Little RJA. A test of missing completely at random for multivariate data with missing values.
        J Am Stat Assoc 1988;83:1198-1202.
    """
    from scipy.stats import chi2

    values = values[~np.isnan(values).all(axis=1)]
    if not len(values) or np.isnan(values).all(axis=0).any() or (np.nanstd(values, axis=0) == 0).any():
        return None
    values = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)
    groups = _patterns(values)
    if len(groups) < 2:
        return None
    mean, cov = _estimates(values, groups)
    statistic, freedom = 0.0, -values.shape[1]
    for seen, rows in groups:
        apart = values[np.ix_(rows, seen)].mean(axis=0) - mean[seen]
        statistic += len(rows) * float(apart @ np.linalg.solve(cov[np.ix_(seen, seen)], apart))
        freedom += len(seen)
    return LittleTest(statistic, freedom, float(chi2.sf(statistic, freedom)), len(groups)) if freedom > 0 else None


def _patterns(values: Matrix) -> list[tuple[Any, Any]]:
    """Positions of the columns seen, and of the rows, for each pattern of missing values."""
    gaps = np.isnan(values)
    kinds, of_row = np.unique(gaps, axis=0, return_inverse=True)
    return [(np.flatnonzero(~kind), np.flatnonzero(of_row.ravel() == at)) for at, kind in enumerate(kinds)]


def _estimates(values: Matrix, groups: list[tuple[Any, Any]]) -> tuple[Matrix, Matrix]:
    """Mean and covariance of greatest likelihood."""
    size, width = values.shape
    mean, cov = np.zeros(width), np.eye(width)
    for _ in range(_STEPS):
        total, products = np.zeros(width), np.zeros((width, width))
        for seen, rows in groups:
            filled, doubt = _expected(values, seen, rows, mean, cov)
            total += filled.sum(axis=0)
            products += filled.T @ filled + len(rows) * doubt
        new_mean = total / size
        new_cov = products / size - np.outer(new_mean, new_mean) + _RIDGE * np.eye(width)
        moved = max(np.abs(new_mean - mean).max(), np.abs(new_cov - cov).max())
        mean, cov = new_mean, new_cov
        if moved < _CLOSE:
            break
    return mean, cov


def _expected(values: Matrix, seen: Any, rows: Any, mean: Matrix, cov: Matrix) -> tuple[Matrix, Matrix]:
    """The rows of a pattern with their gaps at the expected value, and what that leaves of the covariance."""
    filled = values[rows]
    doubt = np.zeros_like(cov)
    gap = np.setdiff1d(np.arange(len(mean)), seen)
    if len(gap):
        slope = np.linalg.solve(cov[np.ix_(seen, seen)], cov[np.ix_(seen, gap)])
        filled[:, gap] = mean[gap] + (filled[:, seen] - mean[seen]) @ slope
        doubt[np.ix_(gap, gap)] = cov[np.ix_(gap, gap)] - cov[np.ix_(gap, seen)] @ slope
    return filled, doubt
