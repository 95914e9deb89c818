"""Reading files into one canonical frame."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from climbdc.data._convert import convert
from climbdc.data._delimited import read_delimited
from climbdc.data._excel import read_excel
from climbdc.data._frames import ROW, TEXT, from_arrow
from climbdc.data._join import join_readings
from climbdc.data._match import compare
from climbdc.data._options import Kind, RawTable, ReadDecision, Reading, ReadOptions, Source, words
from climbdc.data._packages import read_columnar, read_package
from climbdc.data._scan import fingerprint
from climbdc.data._stack import stack
from climbdc.data._tables import assign, grouped
from climbdc.data._unpack import check, format_of, opened
from climbdc.errors import InputError

__all__ = ["read", "read_joined", "read_tables"]

_MAGIC: Final = {b"PAR1": "parquet", b"ARROW1": "feather", b"PK\x03\x04": "excel", b"\xd0\xcf\x11\xe0": "excel"}


def read(
    files: Sequence[str | os.PathLike[str]],
    options: ReadOptions | None = None,
    *,
    verbatim: bool = False,
    expect: Iterable[str] = (),
) -> Reading:
    """Read one file, several with the same columns, or those of a joined table, into a canonical frame.

    Args:
        files: CSV and its kin, Excel, Parquet, Feather, Stata, SPSS or SAS; a `.gz` or `.zip` of one table is unpacked.
        options: How an earlier file was read; this one is read alike, and what differs is noted.
        verbatim: Keep the text of each cell too (text formats only; costs about the size of the file).
        expect: Columns that must be there.

    Raises:
        InputError: A file cannot be read, says why in one sentence, or lacks an expected column.
    """
    paths = _checked(files)
    if options is not None and options.joins:
        return _joined(paths, options, verbatim, expect)
    return _one_table(paths, [_read_one(path, options) for path in paths], options, verbatim, expect)


def read_tables(files: Sequence[str | os.PathLike[str]], *, verbatim: bool = False) -> list[Reading]:
    """Read files of one or several tables: those with the same columns are stacked, each other table is apart.

    Raises:
        InputError: A file cannot be read.
    """
    paths = _checked(files)
    tables = [_read_one(path, None) for path in paths]
    groups = grouped([list(table.columns) for table in tables])
    return [_one_table([paths[n] for n in some], [tables[n] for n in some], None, verbatim) for some in groups]


def read_joined(
    tables: Sequence[Sequence[str | os.PathLike[str]]], options: ReadOptions, *, verbatim: bool = False,
    expect: Iterable[str] = (),
) -> Reading:  # fmt: skip
    """Read the files of the main table and of each join, in that order, and join them as `options` say.

    Raises:
        InputError: A file cannot be read, or an expected column is in none.
    """
    first, *rest = [_checked(files) if files else [] for files in tables]
    own = options.model_copy(update={"joins": ()})
    main = _one_table(first, [_read_one(path, own) for path in first], own, verbatim)
    others = [
        _one_table(paths, [_read_one(path, join.options) for path in paths], join.options, verbatim) if paths else None
        for paths, join in zip(rest, options.joins, strict=True)
    ]
    reading = join_readings(main, others, options.joins)
    _require(reading.frame, expect)
    return reading


def _joined(paths: list[Path], options: ReadOptions, verbatim: bool, expect: Iterable[str]) -> Reading:
    columns = [list(_read_one(path, None).columns) for path in paths]
    groups = assign([path.name for path in paths], columns, options)
    return read_joined([[paths[n] for n in some] for some in groups], options, verbatim=verbatim, expect=expect)


def _checked(files: Sequence[str | os.PathLike[str]]) -> list[Path]:
    paths = [Path(file) for file in files]
    if not paths:
        raise InputError("No file was named.", fix="Name at least one.", code="no-files")
    for path in paths:
        check(path)
    return paths


def _one_table(
    paths: Sequence[Path], tables: list[RawTable], options: ReadOptions | None, verbatim: bool,
    expect: Iterable[str] = (),
) -> Reading:  # fmt: skip
    sources = tuple(
        Source(name=path.name, sha256=fingerprint(path), rows=len(table.rows))
        for path, table in zip(paths, tables, strict=True)
    )
    table = stack(tables, [path.name for path in paths]) if len(tables) > 1 else tables[0]
    tables.clear()
    reading = _finish(table, options, verbatim)
    _require(reading.frame, expect)
    return replace(reading, sources=sources)


def _read_one(path: Path, options: ReadOptions | None) -> RawTable:
    with opened(path) as (inner, name):
        kind = format_of(name)
        with inner.open("rb") as handle:
            head = handle.read(8)
        found = next((known for mark, known in _MAGIC.items() if head.startswith(mark)), None)
        try:
            if kind == "csv" and found is None:
                return read_delimited(inner, name, options if options and options.format == "csv" else None)
            if kind == "excel":
                return read_excel(inner, name, options if options and options.format == "excel" else None)
            if kind == "csv":
                message = f"{name} is not text but {str(found).title()}."
                raise InputError(message, fix="Give it the ending of its format.", code="not-text")
            if kind in ("parquet", "feather"):
                return read_columnar(inner, name, kind)
            return read_package(inner, name, os.path.splitext(name)[1].lower(), kind)
        except MemoryError as error:
            message = f"{name} does not fit into memory."
            raise InputError(message, fix="Split it, or use a larger machine.", code="too-large") from error


def _finish(table: RawTable, earlier: ReadOptions | None, verbatim: bool) -> Reading:
    """Convert the columns, one at a time so that the text of each is freed."""
    kept = pa.table(table.columns) if verbatim and table.options.format == "csv" else None
    options = table.options.model_copy(
        update={
            "missing_in_numbers": earlier.missing_in_numbers if earlier else words("missing_in_numbers"),
            "missing_in_text": earlier.missing_in_text if earlier else words("missing_in_text"),
        }
    )
    arrays: dict[str, Any] = {}
    missing: dict[str, dict[str, int]] = {}
    for name in list(table.columns):
        column = table.columns.pop(name)
        if table.is_text and pa.types.is_string(column.type):
            keep = earlier is not None and earlier.kinds.get(name) == "text"
            arrays[name], missing[name] = convert(column, options, keep_text=keep)
            del column
            pa.default_memory_pool().release_unused()
        else:
            arrays[name] = from_arrow(pa.table({name: column}))[name].array
    index = pd.Index(table.rows.to_numpy(), name=ROW)
    frame = pd.DataFrame(arrays, index=index, columns=pd.Index(list(arrays), dtype=object), copy=False)
    options = options.model_copy(update={"kinds": {name: _kind(frame[name]) for name in frame.columns}})
    decisions = [*table.decisions, *_missing_decisions(missing)]
    decisions += compare(earlier, options) if earlier else []
    text = kept.cast(pa.schema([(name, pa.large_string()) for name in kept.column_names])) if kept else None
    return Reading(frame, options, text, tuple(decisions), table.labels)


def _kind(series: pd.Series[Any]) -> Kind:
    if series.dtype == TEXT:
        return "text"
    return "date" if series.dtype == np.dtype("datetime64[us]") else "number"


def _missing_decisions(missing: dict[str, dict[str, int]]) -> list[ReadDecision]:
    by_token: dict[str, dict[str, int]] = {}
    for column, counts in missing.items():
        for token, count in counts.items():
            by_token.setdefault(token, {})[column] = count
    decisions = []
    for token, columns in sorted(by_token.items()):
        shown = f"holding {token!r}" if token else "that are empty"
        text = f"{sum(columns.values()):,} cells {shown} in {len(columns)} columns were read as missing."
        decisions.append(ReadDecision(code="missing-cells", text=text, value={"cell": token, "columns": {**columns}}))
    return decisions


def _require(frame: pd.DataFrame, expect: Iterable[str]) -> None:
    for name in expect:
        if name not in frame.columns:
            near = difflib.get_close_matches(name, list(frame.columns), n=1, cutoff=0.5)
            fix = f"Did you mean {near[0]!r}?" if near else "The file has " + ", ".join(list(frame.columns)[:8]) + "."
            raise InputError(f"There is no column {name!r}.", fix=fix, code="column-not-found")
