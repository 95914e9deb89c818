"""The distinct cells of a column, counted: what the tools for text look at instead of every row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.data import TEXT

__all__ = ["counts", "distinct", "examples", "is_text", "joined", "names_of", "rounded", "row_numbers", "rows_holding"]


def is_text(series: pd.Series[Any]) -> bool:
    """Whether the column holds text."""
    return bool(series.dtype == TEXT)


def names_of(frame: pd.DataFrame, *, text: bool) -> list[str]:
    """Names of the text columns, or of the numeric ones, in file order."""
    if text:
        return [str(name) for name in frame.columns if is_text(frame[name])]
    return [str(name) for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name].dtype)]


def counts(series: pd.Series[Any], most: int = 20_000) -> dict[str, int]:
    """Distinct texts of a text column with their counts, the most frequent first, then by text; missing left out.

    Args:
        series: A text column.
        most: No more texts than this are given, the most frequent.

    >>> counts(pd.Series(["b", "a", None, "b"], dtype=TEXT))
    {'b': 2, 'a': 1}
    """
    table = pa.Table.from_struct_array(pc.value_counts(pa.array(series.array).drop_null()))
    order = pc.select_k_unstable(table, most, sort_keys=[("counts", "descending"), ("values", "ascending")])
    table = table.take(order)
    return dict(zip(table["values"].to_pylist(), table["counts"].to_pylist(), strict=True))


def distinct(series: pd.Series[Any]) -> int:
    """How many distinct texts a text column holds, missing left out."""
    return int(pc.count_distinct(pa.array(series.array)).as_py())


def rows_holding(series: pd.Series[Any], values: Collection[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Raw row numbers of the cells that hold one of `values`."""
    if is_text(series):
        cells = pa.array(series.array)
        held = pc.is_in(cells, value_set=pa.array(sorted(values), type=cells.type))
        return row_numbers(series, held.to_numpy(zero_copy_only=False))
    return row_numbers(series, series.isin(list(values)).to_numpy())


def row_numbers(series: pd.Series[Any] | pd.DataFrame, mask: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Raw row numbers where `mask` is true."""
    rows: np.ndarray[Any, np.dtype[np.int64]] = series.index.to_numpy(dtype="int64")[np.asarray(mask, dtype=bool)]
    return rows


def examples(values: Collection[str], most: int = 5) -> list[str]:
    """A few values for evidence, cut to a readable length."""
    return [value if len(value) <= 40 else f"{value[:37]}..." for value in list(values)[:most]]


def joined(values: Collection[object], most: int = 5) -> str:
    """Values as a phrase for a sentence.

    >>> joined(["?", "unknown"])
    '"?", "unknown"'
    """
    shown = ", ".join(f'"{value}"' for value in examples([str(value) for value in values], most))
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"


def rounded(value: float) -> float:
    """A number as evidence carries it: four digits after the point.

    >>> rounded(1 / 3)
    0.3333
    """
    return round(float(value), 4)
