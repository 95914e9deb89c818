"""How far each group of patients is from the others, with an interval and a chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array

__all__ = ["GroupGap", "group_gaps", "wilson"]

_Z95: Final = 1.959963984540054


@dataclass(frozen=True)
class GroupGap:
    """One group beside all others: its mean, theirs, the difference with a 95 % interval, and the chance of it."""

    group: str
    count: int
    share: float
    others: float
    gap: float
    low: float
    high: float
    p: float


def group_gaps(values: pd.Series[Any], groups: pd.Series[Any], least: int, *, whole: bool) -> list[GroupGap]:
    """Each group of at least `least` known values beside the others, by name; where there are two, the first only.

    Args:
        values: A share a patient, or 0 and 1.
        groups: The group of each.
        least: Smaller groups are neither shown nor compared; they count among the others.
        whole: Values are 0 and 1: Fisher's exact test and Newcombe's interval (Statistics in Medicine 1998;17:873,
            method 10). Otherwise Welch's test and interval.
    """
    known = values.notna().to_numpy()
    numbers = values.to_numpy(dtype="float64")[known]
    names = groups.to_numpy()[known]
    sizes = pd.Series(names).value_counts()
    large = sorted(str(name) for name, size in sizes.items() if size >= least)
    compared = large[:1] if len(large) == len(sizes) == 2 else large
    compared = [name for name in compared if len(numbers) - sizes[name] >= least]
    return [_gap(name, numbers[names == name], numbers[names != name], whole) for name in compared]


def _gap(name: str, inside: Array, outside: Array, whole: bool) -> GroupGap:
    share, others = float(inside.mean()), float(outside.mean())
    low, high, p = _newcombe(inside, outside) if whole else _welch(inside, outside)
    return GroupGap(name, len(inside), share, others, share - others, low, high, p)


def wilson(successes: int, total: int, z: float = _Z95) -> tuple[float, float]:
    """The score interval of a share (Wilson, JASA 1927;22:209).

    >>> [round(x, 3) for x in wilson(0, 20)]
    [0.0, 0.161]
    """
    middle = (successes + z * z / 2) / (total + z * z)
    half = z / (total + z * z) * float(np.sqrt(successes * (total - successes) / total + z * z / 4))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _newcombe(inside: Array, outside: Array) -> tuple[float, float, float]:
    from scipy.stats import fisher_exact

    counts = [(int(part.sum()), len(part)) for part in (inside, outside)]
    (one, n), (two, m) = counts
    (low, high), (other_low, other_high) = wilson(one, n), wilson(two, m)
    share, others = one / n, two / m
    below = float(np.hypot(share - low, other_high - others))
    above = float(np.hypot(high - share, others - other_low))
    p = float(fisher_exact([[one, n - one], [two, m - two]]).pvalue)
    return share - others - below, share - others + above, p


def _welch(inside: Array, outside: Array) -> tuple[float, float, float]:
    from scipy.stats import ttest_ind

    gap = float(inside.mean() - outside.mean())
    if min(len(inside), len(outside)) < 2 or (np.ptp(inside) == 0 and np.ptp(outside) == 0):
        return gap, gap, 1.0 if gap == 0 else 0.0
    told = ttest_ind(inside, outside, equal_var=False)
    interval = told.confidence_interval(0.95)
    return float(interval.low), float(interval.high), float(told.pvalue)
