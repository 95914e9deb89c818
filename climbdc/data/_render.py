"""How a value is written: the same text in `data.csv` and in `changes.parquet`."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any, BinaryIO, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.data._frames import ROW, TEXT, canonical, text_array
from climbdc.data._storage import write_whole

__all__ = ["render", "write_csv"]

_BATCH: Final = 1 << 16  # rows joined at a time; bounds the memory of writing


def render(series: pd.Series[Any], *, whole: bool = False) -> pd.Series[Any]:
    """The text of each cell of a canonical column, missing where the cell is.

    Args:
        series: A column of a canonical frame.
        whole: Leave out the ".0" of whole numbers, if the column holds nothing else.

    >>> render(pd.Series([1.0, 2.5])).tolist(), render(pd.Series([1.0, 2.0]), whole=True).tolist()
    (['1.0', '2.5'], ['1', '2'])
    """
    text = pa.chunked_array([_rendered(series, whole)], type=pa.large_string())
    return pd.Series(text_array(text), index=series.index, name=series.name)


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str], whole: Collection[str] = ()) -> None:
    r"""Write a frame as UTF-8 CSV with `_row` first; equal frames give equal bytes.

    Numbers are the shortest text that reads back to the same value, dates are ISO (without a time where every time is
    midnight), a missing cell is empty and an empty text is `""`. Lines end in `\n`.

    Args:
        frame: Any frame; it is made canonical first.
        path: Where to write; the file appears whole or not at all.
        whole: Columns of whole numbers to be written without ".0", although missing cells made them `float64`.
    """
    frame = canonical(frame)
    columns = [_rendered(frame.index.to_series(), False)]
    columns += [_quoted(_rendered(frame.iloc[:, i], name in whole)) for i, name in enumerate(frame.columns)]
    header = ",".join([ROW, *_quoted(pa.array(frame.columns, type=pa.large_string())).to_pylist()])

    def write(sink: BinaryIO) -> None:
        sink.write(f"{header}\n".encode())
        for start in range(0, len(frame), _BATCH):
            sink.write(_lines([column.slice(start, _BATCH) for column in columns]))

    write_whole(path, write)


def _rendered(series: pd.Series[Any], whole: bool) -> pa.Array:
    values = series.array if series.dtype == TEXT else series.to_numpy()
    if values.dtype == TEXT:
        text = pa.array(values)
        return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    if values.dtype.kind == "M":
        return _dates(values)
    if values.dtype.kind == "i":
        return pa.array(values).cast(pa.large_string())
    return _floats(values, whole)


def _dates(values: np.ndarray[Any, Any]) -> pa.Array:
    known = values[~np.isnat(values)]
    if (known.astype("datetime64[D]") == known).all():
        return pa.array(values.astype("datetime64[D]")).cast(pa.large_string())
    unit = "s" if (known.astype("datetime64[s]") == known).all() else "us"
    return pc.strftime(pa.array(values.astype(f"datetime64[{unit}]")), "%Y-%m-%dT%H:%M:%S").cast(pa.large_string())


def _floats(values: np.ndarray[Any, Any], whole: bool) -> pa.Array:
    size = np.abs(values)
    if whole and not (size >= 2**53).any() and (values[~np.isnan(values)] % 1 == 0).all():
        return pa.array(values, from_pandas=True).cast(pa.int64()).cast(pa.large_string())
    text = pa.array(values, from_pandas=True).cast(pa.large_string())
    round_ = np.isfinite(values) & (values % 1 == 0)
    text = pc.if_else(pa.array(round_), _join([text, ".0"]), text)
    # Arrow and Python choose the exponent form at different sizes; Python's is the one people know.
    other = (size >= 1e10) | ((size < 1e-3) & (size > 0))
    if other.any():
        text = pc.replace_with_mask(
            text, pa.array(other), pa.array([repr(v) for v in values[other].tolist()], text.type)
        )
    return text


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
