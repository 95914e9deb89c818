"""What a glance at the values of one column shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.data import canonical

__all__ = ["LEVELS", "Profile", "number_text", "profile"]

LEVELS: Final = 50
"""Up to this many distinct values are counted exactly and listed."""
_GLANCE: Final = 2_000  # values looked at before all are
_SURELY_REPEATED: Final = 0.9  # below this share of distinct values in a glance nothing can be unique

Storage = Literal["whole", "decimal", "date", "text"]


@dataclass(frozen=True)
class Profile:
    """What a glance at the values shows.

    Args:
        storage: Whole numbers, numbers with a fraction, dates or text.
        rows: All rows.
        present: Rows that hold a value, codes for missing not counted.
        distinct: Distinct values: exact up to `LEVELS`, otherwise at least this many.
        levels: The distinct values in order where there are at most `LEVELS`, otherwise empty.
        share_distinct: Distinct values as a share of those present; exact when it is above 0.9.
        ascending: Every value is larger than the one in the row above.
        low: The smallest number, or NaN.
        high: The largest number, or NaN.
        glance: Values spread evenly over the file.
    """

    storage: Storage
    rows: int
    present: int
    distinct: int
    levels: tuple[Any, ...]
    share_distinct: float
    ascending: bool
    low: float
    high: float
    glance: tuple[Any, ...]

    @property
    def unique(self) -> bool:
        """No value occurs twice."""
        return self.present > 0 and self.share_distinct == 1.0

    @property
    def dense(self) -> bool:
        """Whole numbers that fill at least half of the range they span, as row numbers do."""
        return self.storage == "whole" and self.high - self.low < 2 * self.present


def profile(values: pd.Series[Any], missing_codes: Collection[str] = ()) -> Profile:
    """Look at one column; what is costly is done only where a glance at 2,000 values leaves it open.

    Args:
        values: The column.
        missing_codes: Values that stand for missing, as text; numbers are compared by value.
    """
    values = _canonical(values)
    if isinstance(values.dtype, pd.StringDtype):
        return _of_text(values, missing_codes)
    if values.dtype.kind == "M":
        dates = values.to_numpy()
        return _of_numbers(dates[~np.isnat(dates)].astype("int64"), len(values), "date")
    numbers = values.to_numpy()
    if numbers.dtype.kind == "f":
        gaps = np.isnan(numbers)
        numbers = numbers[~gaps] if gaps.any() else numbers
    codes = [code for code in map(number_text, missing_codes) if code is not None]
    numbers = numbers[~np.isin(numbers, codes)] if codes else numbers
    return _of_numbers(numbers, len(values), "whole" if _all_whole(numbers) else "decimal")


def number_text(text: str) -> float | None:
    """The number a text is, if it is one.

    >>> number_text(" -9 "), number_text("?")
    (-9.0, None)
    """
    try:
        return float(text)
    except ValueError:
        return None


def _canonical(values: pd.Series[Any]) -> pd.Series[Any]:
    plain = isinstance(values.dtype, np.dtype) and values.dtype.kind in "ifM"
    return values if plain else canonical(values.to_frame("values")).iloc[:, 0]


def _all_whole(numbers: npt.NDArray[Any]) -> bool:
    if numbers.dtype.kind == "i":
        return True
    glance = numbers[_spread(len(numbers))]
    with np.errstate(invalid="ignore"):
        return bool(len(numbers)) and bool((glance % 1 == 0).all()) and bool((np.floor(numbers) == numbers).all())


def _spread(count: int) -> npt.NDArray[np.int64]:
    return np.linspace(0, count - 1, min(count, _GLANCE)).astype("int64")


def _rises(numbers: npt.NDArray[Any]) -> bool:
    return bool((numbers[1:] > numbers[:-1]).all())


def _of_numbers(numbers: npt.NDArray[Any], rows: int, storage: Storage) -> Profile:
    glance = numbers[_spread(len(numbers))]
    seen = pd.unique(glance)
    share = len(seen) / max(len(glance), 1)
    levels: tuple[Any, ...] = ()
    distinct = len(seen)
    ascending = len(numbers) > 1 and _rises(glance) and _rises(numbers)
    if ascending:
        distinct, share = len(numbers), 1.0
    elif distinct <= LEVELS or (share > _SURELY_REPEATED and storage != "decimal"):
        seen = pd.unique(numbers)
        distinct, share = len(seen), len(seen) / max(len(numbers), 1)
    if distinct <= LEVELS:
        levels = tuple(np.sort(seen).tolist())
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (np.nan, np.nan)
    return Profile(storage, rows, len(numbers), distinct, levels, share, ascending, low, high, tuple(glance.tolist()))


def _of_text(values: pd.Series[Any], missing_codes: Collection[str]) -> Profile:
    cells = pa.array(values.array)
    cells = pa.chunked_array([cells]) if isinstance(cells, pa.Array) else cells
    cells = cells.drop_null() if cells.null_count else cells
    if missing_codes:
        codes = pa.array([code.strip() for code in missing_codes], type=cells.type)
        cells = cells.filter(pc.invert(pc.is_in(pc.utf8_trim_whitespace(cells), value_set=codes)))
    glance = cells.take(pa.array(_spread(len(cells)))).to_pylist() if len(cells) else []
    distinct = len(set(glance))
    share = distinct / max(len(glance), 1)
    levels: tuple[str, ...] = ()
    if distinct <= LEVELS:
        found = pc.unique(cells)
        distinct, share = len(found), len(found) / max(len(cells), 1)
        levels = tuple(sorted(found.to_pylist())) if distinct <= LEVELS else ()
    elif share > _SURELY_REPEATED:
        distinct = pc.count_distinct(cells).as_py()
        share = distinct / len(cells)
    return Profile("text", len(values), len(cells), distinct, levels, share, False, np.nan, np.nan, tuple(glance))
