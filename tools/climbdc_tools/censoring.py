"""How observation ended where the event was not seen: otherwise than by the end of the study, or sooner for some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from climbdc.sdk import Dataset

__all__ = ["Ends", "competing_ends", "early_leavers"]

Mask = npt.NDArray[np.bool_]
_MOST_STATES = 6
_LEAST = 10


@dataclass(frozen=True)
class Ends:
    """A column that tells ends apart.

    Args:
        name: The column.
        otherwise: Rows without the event that ended otherwise than most without it.
    """

    name: str
    otherwise: Mask


def competing_ends(data: Dataset, known: pd.DataFrame, event: Mask) -> list[Ends]:
    """Columns in which one state is the event exactly, and those without it are in two states or more.

    The commonest state without the event is taken as the end of observation. A column that only happens to have the
    event in one of its levels is no such column: that state holds all events and nothing else.
    """
    found = []
    duration = data.roles.duration
    for name in known.columns:
        column = known[name]
        if name in (duration, data.roles.event, data.roles.target) or not 3 <= column.nunique() <= _MOST_STATES:
            continue
        states = pd.crosstab(column.to_numpy(), event)
        if column.isna().any() or states.shape[1] != 2:
            continue
        pure = states[(states[False] == 0) & (states[True] > 0)]
        if len(pure) != 1 or int(states[True].sum()) != int(pure[True].sum()):
            continue
        without = states[False].drop(index=pure.index).sort_values(ascending=False, kind="stable")
        if len(without) >= 2 and int(without.iloc[1:].sum()) >= _LEAST:
            found.append(Ends(str(name), column.isin(list(without.index[1:])).to_numpy()))
    return found


def early_leavers(
    features: pd.DataFrame, time: npt.NDArray[np.float64], censored: Mask
) -> tuple[dict[str, float], int]:
    """Columns by whose groups the end of observation comes at different times, and how many columns were compared.

    A log-rank test with the censoring as the event; numbers are cut into thirds, and chances are adjusted by the
    method of Benjamini and Hochberg (J R Stat Soc B 1995;57:289).
    """
    from lifelines.statistics import multivariate_logrank_test
    from scipy.stats import false_discovery_control

    chances: dict[str, float] = {}
    if int(censored.sum()) < _LEAST:
        return {}, 0
    for name in features.columns:
        groups = _groups(features[name])
        kept = groups >= 0
        if len(np.unique(groups[kept])) < 2 or int(censored[kept].sum()) < _LEAST:
            continue
        test = multivariate_logrank_test(time[kept], groups[kept], censored[kept])
        if np.isfinite(test.p_value):
            chances[str(name)] = float(test.p_value)
    if not chances:
        return {}, 0
    adjusted = false_discovery_control(np.fromiter(chances.values(), dtype="float64"))
    return dict(zip(chances, map(float, adjusted), strict=True)), len(chances)


def _groups(column: pd.Series) -> npt.NDArray[np.int64]:
    """At most six groups of at least ten rows; -1 for the rest."""
    if column.dtype.kind in "if" and column.nunique() > _MOST_STATES:
        codes = pd.qcut(column, 3, labels=False, duplicates="drop").fillna(-1).to_numpy(dtype="int64")
    elif column.nunique() <= _MOST_STATES:
        codes = np.asarray(pd.factorize(column, sort=True)[0], dtype="int64")
    else:
        return np.full(len(column), -1, dtype="int64")
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    small = np.flatnonzero(sizes < _LEAST)
    codes[np.isin(codes, small)] = -1
    return codes
