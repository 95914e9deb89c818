"""Tests of whether a column differs between groups, each suited to what the column holds."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from climbdc_tools.outcome import Outcome

__all__ = [
    "Comparison", "adjusted", "compare_categories", "compare_numbers", "levels_with_outcome", "mean_difference",
    "number_with_outcome", "share_difference", "skewed",
]  # fmt: skip

SKEWED = 1.0
"""Beyond this skewness a distribution is highly skewed (Bulmer, Principles of Statistics, 1979)."""
LEAST_EXPECTED = 5.0
"""Least expected count for the chi-squared approximation (Cochran, Biometrics 1954)."""

_Floats = npt.NDArray[np.float64]
_Integers = npt.NDArray[np.int64]


class Comparison(NamedTuple):
    """A p-value and the test that gave it; p is None where none could be done."""

    p: float | None
    test: str


def skewed(values: _Floats) -> bool:
    """Whether numbers are told by their median rather than their mean."""
    from scipy.stats import skew

    if len(values) < 3 or np.ptp(values) == 0:
        return False
    return bool(abs(skew(values)) > SKEWED)


def compare_numbers(groups: Sequence[_Floats], *, ranks: bool) -> Comparison:
    """Welch's t or Mann-Whitney of two groups; Welch's analysis of variance or Kruskal-Wallis of more."""
    from scipy import stats

    filled = [values for values in groups if len(values)]
    if len(filled) < 2 or np.ptp(np.concatenate(filled)) == 0:
        return Comparison(None, "")
    two = len(filled) == 2
    if ranks or any(len(values) < 2 or np.ptp(values) == 0 for values in filled):
        result = stats.mannwhitneyu(*filled) if two else stats.kruskal(*filled)
        return Comparison(float(result.pvalue), "Mann-Whitney" if two else "Kruskal-Wallis")
    if two:
        return Comparison(float(stats.ttest_ind(*filled, equal_var=False).pvalue), "Welch's t")
    return Comparison(float(stats.f_oneway(*filled, equal_var=False).pvalue), "Welch's ANOVA")


def compare_categories(counts: _Integers) -> Comparison:
    """Chi-squared of levels x groups; Fisher's exact test where two by two cells are few.

    In larger tables levels too rare for the approximation are counted together first.
    """
    from scipy import stats

    table = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    table = _folded(table)
    if min(table.shape) < 2:
        return Comparison(None, "")
    expected = stats.contingency.expected_freq(table)
    if table.shape == (2, 2) and (expected < LEAST_EXPECTED).any():
        return Comparison(float(stats.fisher_exact(table).pvalue), "Fisher")
    return Comparison(float(stats.chi2_contingency(table, correction=False).pvalue), "chi-squared")


def _folded(table: _Integers) -> _Integers:
    """Levels with too few expected cases as one."""
    if table.shape[0] <= 2 or not table.size:
        return table
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    rare = (expected < LEAST_EXPECTED).any(axis=1)
    if rare.sum() < 2:
        return table
    return np.vstack([table[~rare], table[rare].sum(axis=0, keepdims=True)])


def mean_difference(one: _Floats, two: _Floats) -> float | None:
    """Standardised difference of means, the second less the first (Austin, Statistics in Medicine 2009)."""
    if len(one) < 2 or len(two) < 2:
        return None
    spread = float(np.sqrt((one.var(ddof=1) + two.var(ddof=1)) / 2))
    return None if spread == 0 else float((two.mean() - one.mean()) / spread)


def share_difference(one: _Integers, two: _Integers) -> float | None:
    """Standardised difference of shares over all levels (Yang and Dalton, SAS Global Forum 2012)."""
    if len(one) < 2 or not one.sum() or not two.sum():
        return None
    p, q = one / one.sum(), two / two.sum()
    gap = (q - p)[1:]
    spread = (np.diag(p[1:]) - np.outer(p[1:], p[1:]) + np.diag(q[1:]) - np.outer(q[1:], q[1:])) / 2
    return float(np.sqrt(max(gap @ np.linalg.pinv(spread) @ gap, 0.0)))


def adjusted(tests: Sequence[Comparison]) -> list[float | None]:
    """P-values that bound the share of false discoveries (Benjamini and Hochberg 1995), None where there was none."""
    from scipy.stats import false_discovery_control

    known: list[Any] = [test.p for test in tests if test.p is not None and np.isfinite(test.p)]
    if not known:
        return [None for _ in tests]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = iter(false_discovery_control(known))
    return [float(next(found)) if test.p is not None and np.isfinite(test.p) else None for test in tests]


def number_with_outcome(numbers: _Floats, target: Outcome | None) -> Comparison:
    """Spearman's correlation with a number; the log-rank test of both halves for a time."""
    if target is None:
        return Comparison(None, "")
    own = numbers[target.known]
    filled = np.isfinite(own)
    if filled.sum() < 3 or np.ptp(own[filled]) == 0:
        return Comparison(None, "")
    if target.kind == "numeric":
        from scipy.stats import spearmanr

        if np.ptp(target.values[filled]) == 0:
            return Comparison(None, "")
        return Comparison(float(spearmanr(own[filled], target.values[filled]).pvalue), "Spearman")
    halves = np.where(filled, (own > np.median(own[filled])).astype("int64"), -1)
    tested = _log_rank(halves, target)
    return Comparison(tested.p, "log-rank of halves" if tested.test else "")


def levels_with_outcome(codes: _Integers, target: Outcome | None) -> Comparison:
    """Whether a number or a time differs between the levels of a column."""
    if target is None:
        return Comparison(None, "")
    own = codes[target.known]
    if target.kind == "survival":
        return _log_rank(own, target)
    parts = [target.values[own == level].astype("float64") for level in np.unique(own[own >= 0])]
    return compare_numbers(parts, ranks=True)


def _log_rank(codes: _Integers, target: Outcome) -> Comparison:
    from lifelines.statistics import multivariate_logrank_test

    known = codes >= 0
    if target.duration is None or len(np.unique(codes[known])) < 2 or not target.values[known].any():
        return Comparison(None, "")
    result = multivariate_logrank_test(target.duration[known], codes[known], target.values[known])
    p = float(result.p_value)
    return Comparison(p, "log-rank") if np.isfinite(p) else Comparison(None, "")
