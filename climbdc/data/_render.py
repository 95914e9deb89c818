"""How a value is written: the same text in `data.csv` and in `changes.parquet`."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import Any, BinaryIO, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.data._frames import ROW, TEXT, canonical, text_array
from climbdc.data._storage import write_whole

__all__ = ["Writer", "cells", "render", "write_csv", "writer"]

Writer = Callable[[Any], pa.Array]
"""Makes the text of any part of a column."""

_BATCH: Final = 1 << 16  # rows joined at a time; bounds the memory of writing


def render(series: pd.Series[Any], *, whole: bool = False) -> pd.Series[Any]:
    """The text of each cell of a canonical column, missing where the cell is.

    Args:
        series: A column of a canonical frame.
        whole: Leave out the ".0" of whole numbers, if the column holds nothing else.

    >>> render(pd.Series([1.0, 2.5])).tolist(), render(pd.Series([1.0, 2.0]), whole=True).tolist()
    (['1.0', '2.5'], ['1', '2'])
    """
    values = cells(series)
    text = pa.chunked_array([writer(values, whole)(values)], type=pa.large_string())
    return pd.Series(text_array(text), index=series.index, name=series.name)


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str], whole: Collection[str] = ()) -> None:
    r"""Write a frame as UTF-8 CSV with `_row` first; equal frames give equal bytes.

    A made row, whose number is negative, has an empty `_row`.
    Numbers are the shortest text that reads back to the same value, dates are ISO (without a time where every time is
    midnight), a missing cell is empty and an empty text is `""`. Lines end in `\n`.

    Args:
        frame: Any frame; it is made canonical first.
        path: Where to write; the file appears whole or not at all.
        whole: Columns of whole numbers to be written without ".0", although missing cells made them `float64`.
    """
    frame = canonical(frame)
    rows = frame.index.to_series()
    rows = rows if (rows >= 0).all() else rows.where(rows >= 0)
    columns = [cells(rows), *(cells(frame.iloc[:, i]) for i in range(frame.shape[1]))]
    names = [ROW, *frame.columns]
    writers = [writer(values, name in whole or name == ROW) for name, values in zip(names, columns, strict=True)]

    def write(sink: BinaryIO) -> None:
        sink.write(_lines([_quoted(pa.array([name], pa.large_string())) for name in names]))
        for start in range(0, len(frame), _BATCH):
            batch = [values[start : start + _BATCH] for values in columns]
            sink.write(_lines([_quoted(to_text(part)) for to_text, part in zip(writers, batch, strict=True)]))

    write_whole(path, write)


def cells(series: pd.Series[Any]) -> Any:
    """The cells of a canonical column as the array that `writer` takes: numpy, or pandas' own for text."""
    return series.array if series.dtype == TEXT else series.to_numpy()


def writer(values: Any, whole: bool) -> Writer:
    """Choose how a column is written from all its cells, so that any part of it can then be written alike."""
    if values.dtype == TEXT:
        return _plain
    kind = values.dtype.kind
    if kind == "M":
        return _dates_as(_unit(values))
    if kind == "f":
        return _whole_floats if whole and _all_whole(values) else _floats
    return _whole_numbers


def _plain(values: Any) -> pa.Array:
    text = pa.array(values)
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _whole_numbers(values: Any) -> pa.Array:
    return pa.array(values).cast(pa.large_string())


def _whole_floats(values: Any) -> pa.Array:
    return pa.array(values, from_pandas=True).cast(pa.int64()).cast(pa.large_string())


def _all_whole(values: Any) -> bool:
    known = values[~np.isnan(values)]
    return bool((np.abs(known) < 2**53).all() and (known % 1 == 0).all())


def _floats(values: Any) -> pa.Array:
    text = pa.array(values, from_pandas=True).cast(pa.large_string())
    size = np.abs(values)
    # Arrow and Python choose the exponent form at different sizes; Python's is the one people know.
    other = (size >= 1e10) | ((size < 1e-3) & (size > 0))
    if other.any():
        python = pa.array([repr(value) for value in values[other].tolist()], text.type)
        text = pc.replace_with_mask(text, pa.array(other), python)
    integral = (values == np.rint(values)) & ~other
    return pc.if_else(pa.array(integral), _join([text, ".0"]), text) if integral.any() else text


def _unit(values: Any) -> str:
    known = values[~np.isnat(values)]
    return next((unit for unit in ("D", "s") if (known.astype(f"datetime64[{unit}]") == known).all()), "us")


def _dates_as(unit: str) -> Writer:
    def write(values: Any) -> pa.Array:
        moments = pa.array(values.astype(f"datetime64[{unit}]"))
        text = moments if unit == "D" else pc.strftime(moments, "%Y-%m-%dT%H:%M:%S")
        return text.cast(pa.large_string())

    return write


def _quoted(text: pa.Array) -> pa.Array:
    needs = pc.or_(pc.match_substring_regex(text, '[",\r\n]'), pc.equal(text, ""))
    if not pc.any(needs).as_py():
        return text
    quoted = _join(['"', pc.replace_substring(text, '"', '""'), '"'])
    return pc.if_else(pc.fill_null(needs, False), quoted, text)


def _join(parts: list[pa.Array | str], between: str = "", missing: str = "emit_null") -> pa.Array:
    kind = pa.large_string()
    scalars = [pa.scalar(part, kind) if isinstance(part, str) else part for part in [*parts, between]]
    return pc.binary_join_element_wise(*scalars, null_handling=missing)


def _lines(columns: list[pa.Array]) -> bytes:
    whole = _join([_join([*columns], ",", "replace"), "\n"])
    offsets = np.frombuffer(whole.buffers()[1], dtype="int64")[whole.offset : whole.offset + len(whole) + 1]
    return memoryview(whole.buffers()[2])[offsets[0] : offsets[-1]].tobytes()
