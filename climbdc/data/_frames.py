"""The one shape every table has inside this library.

A canonical frame is a pandas `DataFrame` whose index is named `_row` (int64: the 0-based row of the raw data), whose
column names are distinct text, and whose columns are `int64`, `float64`, `datetime64[us]` or `TEXT`. Tools may
rely on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

__all__ = ["ROW", "TEXT", "canonical", "from_arrow", "text_array", "to_arrow", "unique_names"]

ROW: Final = "_row"
"""Name of the index of a canonical frame, and of the first column when it is written."""

TEXT: Final = pd.StringDtype("pyarrow", na_value=np.nan)
"""The dtype of text columns: Arrow strings, missing as NaN."""

_DATES: Final = np.dtype("datetime64[us]")
_NUMBERS: Final = (np.dtype("int64"), np.dtype("float64"))
_EXACT_WHOLE: Final = 2**53  # the largest whole number up to which float64 is exact


def canonical(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring any frame into the canonical form; columns that already have it are not copied.

    Booleans become 0 and 1, categories their values, objects numbers where they hold nothing else and text otherwise,
    durations days, and times with a zone their local clock time. A column `_row` of distinct whole numbers becomes the
    index when the frame has no such index yet; an index of other than whole numbers is replaced by 0, 1, 2, ...

    >>> raw = pd.DataFrame({"sex": ["f", None], "dead": [True, False], "age": [61, "unknown"]})
    >>> canonical(raw).dtypes.astype(str).tolist()
    ['str', 'int64', 'str']
    """
    if _is_canonical(frame):
        return frame
    index, positions = _row_index(frame), list(range(frame.shape[1]))
    if frame.index.name != ROW and ROW in frame.columns and index.name == ROW and _holds_rows(frame):
        positions.remove(_position_of_row(frame))
    names = unique_names([str(frame.columns[i]) for i in positions])
    arrays = {name: _column(frame.iloc[:, i]) for name, i in zip(names, positions, strict=True)}
    return pd.DataFrame(arrays, index=index, columns=pd.Index(names, dtype=object), copy=False)


def to_arrow(frame: pd.DataFrame, *, nulls: bool = False) -> pa.Table:
    """The frame as an Arrow table, `_row` first, without copying numbers.

    Args:
        frame: Any frame; it is made canonical first.
        nulls: Write missing numbers as Arrow nulls (what other programs expect in a Parquet file) instead of NaN.
    """
    frame = canonical(frame)
    columns = [pa.array(frame.index.to_numpy())]
    columns += [_arrow_column(frame.iloc[:, i], nulls) for i in range(frame.shape[1])]
    return pa.table(columns, names=[ROW, *frame.columns])


def from_arrow(table: pa.Table) -> pd.DataFrame:
    """The canonical frame of an Arrow table; numbers without nulls and text share the table's memory."""
    if len(set(table.column_names)) < table.num_columns:
        table = table.rename_columns(unique_names(table.column_names))
    arrays = {name: _from_arrow_column(table.column(name)) for name in table.column_names}
    rows = arrays.pop(ROW, None)
    if rows is None or not pd.api.types.is_integer_dtype(rows.dtype):
        rows = np.arange(table.num_rows, dtype="int64")
    names = pd.Index(list(arrays), dtype=object)
    return pd.DataFrame(arrays, index=pd.Index(rows, name=ROW), columns=names, copy=False)


def text_array(column: pa.ChunkedArray) -> Any:
    """The pandas array of `TEXT` over an Arrow column of large strings, not copied."""
    dtype: Any = TEXT
    return dtype.__from_arrow__(column)


def unique_names(names: Iterable[str], taken: Iterable[str] = (ROW,)) -> list[str]:
    """Make names distinct by a number at the end.

    >>> unique_names(["age", "sex", "age", "_row"])
    ['age', 'sex', 'age_2', '_row_2']
    """
    wanted = list(names)
    used, reserved = set(taken), set(wanted)
    result = []
    for name in wanted:
        candidate, number = name, 1
        while candidate in used or (number > 1 and candidate in reserved):
            number += 1
            candidate = f"{name}_{number}"
        used.add(candidate)
        result.append(candidate)
    return result


def _is_canonical(frame: pd.DataFrame) -> bool:
    names = frame.columns
    return (
        frame.index.name == ROW
        and frame.index.dtype == np.dtype("int64")
        and names.nlevels == 1
        and names.is_unique
        and ROW not in names
        and all(isinstance(name, str) for name in names)
        and all(_is_canonical_dtype(dtype) for dtype in frame.dtypes)
    )


def _is_canonical_dtype(dtype: Any) -> bool:
    return bool(dtype in _NUMBERS or dtype == _DATES) if isinstance(dtype, np.dtype) else _is_text(dtype)


def _is_text(dtype: Any) -> bool:
    return isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow" and dtype.na_value is np.nan


def _row_index(frame: pd.DataFrame) -> pd.Index[int]:
    if frame.index.name != ROW and _holds_rows(frame):
        values = frame.iloc[:, _position_of_row(frame)].to_numpy(dtype="int64")
    elif pd.api.types.is_integer_dtype(frame.index.dtype):
        values = frame.index.to_numpy(dtype="int64")
    else:
        values = np.arange(len(frame), dtype="int64")
    return pd.Index(values, name=ROW)


def _holds_rows(frame: pd.DataFrame) -> bool:
    """Whether a column `_row` can serve as the index."""
    if list(frame.columns).count(ROW) != 1:
        return False
    column = frame.iloc[:, _position_of_row(frame)]
    return pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans and column.is_unique


def _position_of_row(frame: pd.DataFrame) -> int:
    return list(frame.columns).index(ROW)


def _column(series: pd.Series[Any]) -> Any:
    """The array of one column in a canonical dtype."""
    dtype = series.dtype
    if _is_canonical_dtype(dtype):
        return series.array if _is_text(dtype) else series.to_numpy()
    if isinstance(dtype, pd.CategoricalDtype):
        return _column(series.astype(dtype.categories.dtype if len(dtype.categories) else "float64"))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return series.dt.tz_localize(None).to_numpy().astype(_DATES)
    if isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype):
        return _text(series.astype(object).map(str, na_action="ignore"))
    if isinstance(dtype, np.dtype):
        return _numpy_column(series)
    if pd.api.types.is_string_dtype(dtype) or isinstance(dtype, pd.ArrowDtype):
        return _from_arrow_column(pa.chunked_array([pa.array(series)]))
    return _objects(series.astype(object))


def _numpy_column(series: pd.Series[Any]) -> Any:
    kind = series.dtype.kind
    if kind in "bi":
        return series.to_numpy().astype("int64")
    if kind == "u":
        fits = not len(series) or int(series.max()) <= np.iinfo("int64").max
        return series.to_numpy().astype("int64") if fits else _text(series.astype(str))
    if kind == "f":
        return series.to_numpy().astype("float64")
    if kind == "M":
        return series.to_numpy().astype(_DATES)
    if kind == "m":
        return series.to_numpy() / np.timedelta64(1, "D")
    return _objects(series)


def _objects(series: pd.Series[Any]) -> Any:
    """Numbers if the cells are nothing else, dates if they are nothing else, otherwise text."""
    present = series[series.notna()]
    kind = pd.api.types.infer_dtype(present, skipna=True)
    if not len(present):
        return np.full(len(series), np.nan)
    if kind in {"boolean", "integer", "floating", "mixed-integer-float", "decimal"}:
        return _object_numbers(series, present)
    if kind in {"datetime", "datetime64", "date"} and not any(getattr(value, "tzinfo", None) for value in present):
        dates = np.full(len(series), np.datetime64("NaT"), dtype=_DATES)
        dates[series.notna().to_numpy()] = np.array([_moment(value) for value in present], dtype=_DATES)
        return dates
    return _text(series if kind == "string" else series.map(_cell_text, na_action="ignore"))


def _object_numbers(series: pd.Series[Any], present: pd.Series[Any]) -> Any:
    whole = all(isinstance(value, int | np.integer | np.bool_) for value in present)
    largest = max(abs(int(value)) for value in present) if whole else 0
    if whole and len(present) == len(series) and largest <= np.iinfo("int64").max:
        return series.to_numpy().astype("int64")
    if largest > _EXACT_WHOLE:
        return _text(series.map(_cell_text, na_action="ignore"))
    numbers = np.full(len(series), np.nan)
    numbers[series.notna().to_numpy()] = [float(value) for value in present]
    return numbers


def _moment(value: Any) -> Any:
    return value.to_datetime64() if isinstance(value, pd.Timestamp) else value


def _cell_text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() and not value.tzinfo else value.isoformat(sep=" ")
    if isinstance(value, float | np.floating):
        return repr(float(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _text(series: pd.Series[Any]) -> Any:
    cells = [None if missing else cell for cell, missing in zip(series, series.isna(), strict=True)]
    return text_array(pa.chunked_array([pa.array(cells, type=pa.large_string())]))


def _arrow_column(series: pd.Series[Any], nulls: bool) -> pa.Array | pa.ChunkedArray:
    if _is_text(series.dtype):
        return _large(pa.array(series.array))
    return pa.array(series.to_numpy(), from_pandas=nulls or series.dtype == _DATES)


def _large(array: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return array if array.type == pa.large_string() else array.cast(pa.large_string())


def _from_arrow_column(column: pa.ChunkedArray) -> Any:
    """The array of one Arrow column in a canonical dtype, without a copy where that can be."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string(kind) or pa.types.is_string_view(kind):
        return text_array(_large(column))
    if kind == pa.timestamp("us") or kind == pa.int64() or kind == pa.float64():
        if column.null_count == 0 or kind != pa.int64():
            return column.to_numpy()
    if column.null_count == len(column):
        return np.full(len(column), np.nan)
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        return column.cast(pa.timestamp("us"), safe=False).to_numpy()
    if pa.types.is_boolean(kind) or pa.types.is_floating(kind):
        number = pa.float64() if column.null_count or pa.types.is_floating(kind) else pa.int64()
        return column.cast(number).to_numpy()
    return _column(column.to_pandas(integer_object_nulls=True, date_as_object=False))
