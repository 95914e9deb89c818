"""Reading the files of statistics packages (Stata, SPSS, SAS) and of Arrow (Parquet, Feather)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from climbdc.data._frames import canonical, to_arrow, unique_names
from climbdc.data._options import ColumnLabel, Format, RawTable, ReadDecision, ReadOptions
from climbdc.data._unpack import most_bytes, unfolds
from climbdc.errors import InputError

__all__ = ["read_columnar", "read_package"]

_READERS: Final = {
    ".dta": "read_dta",
    ".sav": "read_sav",
    ".zsav": "read_sav",
    ".por": "read_por",
    ".sas7bdat": "read_sas7bdat",
    ".xpt": "read_xport",
}
_MOST_CODES: Final = 50  # codes of a missing range that are listed


def read_columnar(path: Path, name: str, kind: Format) -> RawTable:
    """Read Parquet or Feather, whose columns have types already.

    Raises:
        InputError: The file is damaged.
    """
    try:
        table = _decoded(path, name, kind)
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name} is a damaged {kind.title()} file.", fix="Export it again.", code="broken") from error
    names = unique_names(table.column_names)
    decisions = _renamed(dict(zip(names, table.column_names, strict=True)))
    columns = dict(zip(names, table.columns, strict=True))
    return _raw(columns, table.num_rows, kind, tuple(table.column_names), decisions, {})


def _decoded(path: Path, name: str, kind: Format) -> pa.Table:
    """All of it, batch by batch, so that one that unfolds to far more than a table would is noticed on the way."""
    import pyarrow.parquet as pq

    with pa.memory_map(str(path)) as source:
        if kind == "parquet":
            file = pq.ParquetFile(source)
            schema, batches = file.schema_arrow, file.iter_batches()
        else:
            reader = pa.ipc.open_file(source)
            schema, batches = reader.schema, map(reader.get_batch, range(reader.num_record_batches))
        kept, size, most = [], 0, most_bytes(path)
        for batch in batches:
            kept.append(batch)
            size += sum(_plain_bytes(column) for column in batch.columns)
            if size > most:
                raise unfolds(name)
        return pa.Table.from_batches(kept, schema)


def _plain_bytes(column: pa.Array) -> int:
    """Bytes of a column once its categories are written out."""
    size: int = column.dictionary_decode().nbytes if pa.types.is_dictionary(column.type) else column.nbytes
    return size


def read_package(path: Path, name: str, suffix: str, kind: Format) -> RawTable:
    """Read a file of Stata, SPSS or SAS: values stay codes, their labels come beside them.

    Raises:
        InputError: The file is damaged.
    """
    import pyreadstat

    reader = getattr(pyreadstat, _READERS[suffix])
    extra = {"user_missing": True} if kind == "spss" and suffix != ".por" else {}
    try:
        _, told = reader(str(path), metadataonly=True, **extra)
        if (told.number_rows or 0) * (told.number_columns or 0) * 8 > most_bytes(path):
            raise unfolds(name)
        frame, meta = reader(str(path), **extra)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError, ValueError) as error:
        message = f"{name} cannot be read as a {kind.title()} file: {error}"
        raise InputError(message, fix="Save it again, or export it as CSV.", code="broken") from error
    original = [str(column) for column in frame.columns]
    names = unique_names(original)
    frame.columns = pd.Index(names)
    frame = _whole_numbers(canonical(frame))
    table = to_arrow(frame)
    columns = {column: pa.chunked_array([table.column(column).combine_chunks()]) for column in names}
    labels = {new: _label(meta, old, frame[new]) for new, old in zip(names, original, strict=True)}
    labels = {column: label for column, label in labels.items() if label != ColumnLabel()}
    decisions = _renamed(dict(zip(names, original, strict=True)))
    if labels:
        text = f"{len(labels)} columns come with a meaning, labels of codes or codes for missing; the codes were kept."
        decisions.append(ReadDecision(code="labels", text=text, value=[*labels]))
    return _raw(columns, len(frame), kind, tuple(original), decisions, labels)


def _raw(
    columns: dict[str, pa.ChunkedArray],
    rows: int,
    kind: Format,
    header: tuple[str, ...],
    decisions: list[ReadDecision],
    labels: dict[str, ColumnLabel],
) -> RawTable:
    options = ReadOptions(format=kind, header=header, column_names=tuple(columns))
    return RawTable(columns, pa.array(np.arange(rows, dtype="int64")), rows, options, tuple(decisions), labels)


def _renamed(names: dict[str, str]) -> list[ReadDecision]:
    double = {new: old for new, old in names.items() if new != old}
    if not double:
        return []
    text = f"{len(double)} column names came twice or are in use here and got a number."
    return [ReadDecision(code="names-doubled", text=text, value={**double})]


def _whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers as such: most packages know only `float64`."""
    whole = {}
    for name in frame.columns:
        values = frame[name].to_numpy() if frame[name].dtype == np.dtype("float64") else np.array([np.nan])
        if len(values) and np.isfinite(values).all() and (values == np.rint(values)).all():
            whole[name] = "int64" if np.abs(values).max() < 2**53 else "float64"
    return frame.astype(whole) if whole else frame


def _label(meta: Any, name: str, values: pd.Series[Any]) -> ColumnLabel:
    labels = {_code(code): str(label) for code, label in meta.variable_value_labels.get(name, {}).items()}
    missing = [_code(code) for code in (meta.missing_user_values or {}).get(name, [])]
    for spread in (meta.missing_ranges or {}).get(name, []):
        missing += _codes_between(spread["lo"], spread["hi"], values)
    meaning = meta.column_names_to_labels.get(name) or ""
    return ColumnLabel(meaning=str(meaning), labels=labels, missing_codes=tuple(dict.fromkeys(missing)))


def _codes_between(low: Any, high: Any, values: pd.Series[Any]) -> list[str]:
    """The codes of a range of missing values that occur, or its one code."""
    if low == high:
        return [_code(low)]
    if isinstance(low, str) or not pd.api.types.is_numeric_dtype(values.dtype):
        return []
    found = np.unique(values[(values >= low) & (values <= high)].to_numpy())
    return [_code(float(code)) for code in found[:_MOST_CODES]]


def _code(code: Any) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)
