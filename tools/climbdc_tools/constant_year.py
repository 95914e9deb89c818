"""A column that holds one calendar year, and numbers that are none."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

__all__ = ["constant_year"]

_FIRST: Final = 1850
_LAST: Final = 2100
_LEAST_SHARE: Final = 0.6
_LEAST_ROWS: Final = 20


def constant_year(series: pd.Series, name: str) -> dict[str, tuple[str, float]]:
    """Number -> the year of all other rows, where the column is named a year and the odd numbers are scattered.

    Half of the odd numbers or more are no year of any study; all of them differ, as slips do and years do not.
    """
    if series.dtype.kind not in "if" or "year" not in name.casefold():
        return {}
    values = series.dropna().to_numpy()
    if len(values) < _LEAST_ROWS:
        return {}
    years, times = np.unique(values, return_counts=True)
    usual = float(years[np.argmax(times)])
    odd = years[years != usual]
    if times.max() < _LEAST_SHARE * len(values) or not _FIRST <= usual <= _LAST or len(odd) < 3:
        return {}
    if times[years != usual].sum() > 1.25 * len(odd) or ((odd < _FIRST) | (odd > _LAST)).mean() < 0.5:
        return {}
    return {f"{year:g}": (f"{usual:g}", 0.93) for year in odd.tolist()}
