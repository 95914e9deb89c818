"""Equal rows, found through one 64-bit number a row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc_tools.vocabulary import is_text

__all__ = ["chance_pairs", "codes", "is_row_number", "repeated", "row_codes"]

Codes = np.ndarray[Any, np.dtype[np.uint64]]


def codes(series: pd.Series[Any]) -> Codes:
    """A number a cell, equal where the cells are; missing cells are equal to each other."""
    if is_text(series):
        encoded = pc.dictionary_encode(pa.array(series.array), null_encoding="encode")
        encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
        return np.asarray(encoded.indices.to_numpy(zero_copy_only=False)).astype("uint64")
    values = series.to_numpy()
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), np.nan, values + 0.0)  # one NaN, and no negative zero
    return np.ascontiguousarray(values).view("uint64")


def row_codes(frame: pd.DataFrame, start: Codes | None = None) -> Codes:
    """A number a row, equal where the rows are; `start` are those of further columns."""
    total: Codes = np.zeros(len(frame), dtype="uint64") if start is None else start
    for name in frame.columns:
        total = _mixed(total ^ codes(frame[name]))
    return total


def repeated(frame: pd.DataFrame, numbers: Codes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows equal an earlier one in every column, given their `row_codes`."""
    suspects = np.asarray(pd.Series(numbers).duplicated(keep=False))
    again = np.zeros(len(frame), dtype=bool)
    if suspects.any():
        again[suspects] = frame[suspects].duplicated().to_numpy()  # two numbers may agree by accident
    return again


def chance_pairs(frame: pd.DataFrame, rows: int = 20_000) -> float:
    """Equal pairs of rows to be expected if the columns were independent.

    >>> chance_pairs(pd.DataFrame({"a": [0, 1] * 50, "b": [1, 1, 0, 0] * 25}))
    1212.6263
    """
    few = frame.iloc[:: max(1, len(frame) // rows)]
    agree = 1.0
    for name in frame.columns:
        times = np.unique(codes(few[name]), return_counts=True)[1].astype("float64")
        size = float(times.sum())
        agree *= float((times * (times - 1)).sum()) / (size * (size - 1)) if size > 1 else 1.0
    return round(agree * len(frame) * (len(frame) - 1) / 2, 4)


def is_row_number(series: pd.Series[Any]) -> bool:
    """Whether the column counts the rows: whole numbers that go up row by row, half of the range or more in use.

    >>> is_row_number(pd.Series([1, 2, 4])), is_row_number(pd.Series([1, 3, 2])), is_row_number(pd.Series([1, 9, 50]))
    (True, False, False)
    """
    values = series.to_numpy()
    if len(values) < 3 or values.dtype.kind != "i":
        return False
    return bool((np.diff(values) > 0).all()) and int(values[-1]) - int(values[0]) < 2 * len(values)


def _mixed(values: Codes) -> Codes:
    """Spread the bits (the finalizer of splitmix64)."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
