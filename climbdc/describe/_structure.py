"""How the rows of a table hang together under a column that may name the patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Groups", "below_everywhere", "group_rows"]

_ROWS: Final = 200_000  # of larger tables whole patients are looked at, until there are about so many rows
_SLIPS: Final = 0.005  # share of pairs of rows in which a constant may still differ: typing errors


@dataclass(frozen=True)
class Groups:
    """What a column's repeated values make of the other columns.

    Args:
        patients: Distinct values of the column.
        rows: Rows in which it has a value.
        constant: Columns that never change inside a group.
        rising: Column -> share of consecutive rows of a group, in file order, in which it rises; or falls, where the
            file is the other way round.
    """

    patients: int
    rows: int
    constant: tuple[str, ...] = ()
    rising: dict[str, float] | None = None

    @property
    def repeats(self) -> bool:
        """Whether some value occurs in several rows."""
        return self.patients < self.rows


def group_rows(frame: pd.DataFrame, name: str, others: Sequence[str]) -> Groups:
    """Look at the rows that share a value of `name`.

    Args:
        frame: The table, in file order.
        name: The column that may name the patient.
        others: The columns to be followed through the rows of one patient.
    """
    codes, keys = pd.factorize(frame[name])
    patients, rows = len(keys), int((codes >= 0).sum())
    if patients == rows:
        return Groups(patients, rows)
    keep = np.flatnonzero((codes >= 0) & (codes % max(1, round(rows / _ROWS)) == 0))
    order = keep[np.argsort(codes[keep], kind="stable")]
    first, second = order[:-1], order[1:]
    same = codes[first] == codes[second]
    first, second = first[same], second[same]
    constant, rising = [], {}
    for other in others:
        before, after = _pairs(frame[other], first, second)
        if not len(before):
            continue
        up, down = float((after > before).mean()), float((after < before).mean())
        if up + down <= _SLIPS:
            constant.append(other)
        rising[other] = max(up, down)
    return Groups(patients, rows, tuple(constant), rising)


def below_everywhere(frame: pd.DataFrame, lower: str, upper: str) -> bool:
    """Whether `lower` is at no row above `upper`, where both are numbers and present."""
    low, high = _comparable(frame[lower]), _comparable(frame[upper])
    with np.errstate(invalid="ignore"):
        return not bool((low > high).any())


def _pairs(
    values: pd.Series[Any], first: npt.NDArray[np.intp], second: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    numbers = _comparable(values)
    before, after = numbers[first], numbers[second]
    known = ~(np.isnan(before) | np.isnan(after))
    return before[known], after[known]


def _comparable(values: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Numbers as they are, dates as numbers, text as codes that only tell different from same; gaps are NaN."""
    if values.dtype.kind in "if":
        return values.to_numpy(dtype="float64")
    if values.dtype.kind == "M":
        moments = values.to_numpy()
        return np.where(np.isnat(moments), np.nan, moments.astype("int64").astype("float64"))
    codes, _ = pd.factorize(values)
    return np.where(codes < 0, np.nan, codes.astype("float64"))
