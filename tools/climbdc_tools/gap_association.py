"""How strongly missing cells of one column go with the values of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

__all__ = ["GapAssociation", "adjusted", "gap_associations"]

Array = np.ndarray[Any, np.dtype[np.float64]]

_LEAST: Final = 20  # rows with, and rows without, the gap that a test needs
_MOST_LEVELS: Final = 20


class GapAssociation(NamedTuple):
    """How the gaps of `gap` go with the values of `other`.

    `auc` is the area under the ROC curve of the values for the gap, 0.5 when they say nothing, always 0.5 or more.
    """

    gap: str
    other: str
    auc: float
    p: float


def gap_associations(frame: pd.DataFrame, gaps: Sequence[str], others: Sequence[str]) -> list[GapAssociation]:
    """Every pair of a column with gaps and another column with enough rows of either kind.

    Numbers and dates are tested by the Mann-Whitney statistic (normal approximation, corrected for ties), columns of
    up to 20 words by chi-squared; more words are not tested.
    """
    indicators = frame[list(gaps)].isna().to_numpy(dtype="float64")
    found = []
    for name in others:
        seen = frame[name].notna().to_numpy()
        tested = _levels(frame[name][seen], indicators[seen]) if _is_words(frame[name]) else None
        if tested is None and not _is_words(frame[name]):
            tested = _ranked(frame[name][seen], indicators[seen])
        if tested is not None:
            pairs = zip(gaps, *tested, strict=True)
            found += [GapAssociation(gap, name, auc, p) for gap, auc, p in pairs if gap != name and not np.isnan(p)]
    return found


def adjusted(pairs: Sequence[GapAssociation]) -> list[GapAssociation]:
    """The same with p-values adjusted for their number (Benjamini and Hochberg, J R Stat Soc B 1995;57:289-300)."""
    from scipy.stats import false_discovery_control

    if not pairs:
        return []
    values = false_discovery_control([pair.p for pair in pairs])
    return [pair._replace(p=float(value)) for pair, value in zip(pairs, values, strict=True)]


def _is_words(series: pd.Series[Any]) -> bool:
    return series.dtype.kind not in "ifM"


def _ranked(series: pd.Series[Any], indicators: Array) -> tuple[Array, Array] | None:
    """Area and p-value of one ranking for all indicators at once."""
    from scipy.stats import norm

    ranks = series.rank().to_numpy()
    size = len(ranks)
    if size < 2 * _LEAST:
        return None
    times = series.value_counts().to_numpy(dtype="float64")
    ties = float((times**3 - times).sum()) / (size * (size - 1))
    inside = indicators.sum(axis=0)
    outside = size - inside
    enough = (inside >= _LEAST) & (outside >= _LEAST)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = ranks @ indicators - inside * (inside + 1) / 2
        area = above / (inside * outside)
        spread = np.sqrt(inside * outside / 12 * (size + 1 - ties))
        z = (above - inside * outside / 2) / spread
    p = np.where(enough & (spread > 0), 2 * norm.sf(np.abs(z)), np.nan)
    return np.maximum(area, 1 - area), p


def _levels(series: pd.Series[Any], indicators: Array) -> tuple[Array, Array] | None:
    """Area and p-value of the levels, ordered by their share of gaps, for each indicator."""
    from scipy.stats import chi2

    of_row, names = pd.factorize(series)
    if not 2 <= len(names) <= _MOST_LEVELS or len(series) < 2 * _LEAST:
        return None
    rows = np.bincount(of_row, minlength=len(names)).astype("float64")
    onehot = np.zeros((len(names), len(series)))
    onehot[of_row, np.arange(len(series))] = 1.0
    with_gap = onehot @ indicators
    inside = with_gap.sum(axis=0)
    share = inside / len(series)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = ((with_gap - np.outer(rows, share)) ** 2 / np.outer(rows, share * (1 - share))).sum(axis=0)
    enough = (inside >= _LEAST) & (len(series) - inside >= _LEAST)
    p = np.where(enough, chi2.sf(statistic, len(names) - 1), np.nan)
    return np.array([_level_area(column, rows) for column in with_gap.T]), p


def _level_area(with_gap: Array, rows: Array) -> float:
    order = np.argsort(with_gap / rows)
    yes, no = with_gap[order], (rows - with_gap)[order]
    if not yes.sum() or not no.sum():
        return 0.5
    below = np.cumsum(no) - no
    return float((yes * (below + no / 2)).sum() / (yes.sum() * no.sum()))
