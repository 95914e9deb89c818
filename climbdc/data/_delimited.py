"""Reading files of text with one row a line: CSV, TSV and their kin."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from climbdc.data._convert import find_decimal
from climbdc.data._dialect import Dialect
from climbdc.data._layout import Encoded, Layout, check_closed, encoded, lay_out
from climbdc.data._options import RawTable, ReadDecision, ReadOptions, words
from climbdc.data._repair import Ragged, rewrite

__all__ = ["read_delimited"]

_BLOCK: Final = 1 << 22
_MOST_RAGGED: Final = 10_000


def read_delimited(path: Path, name: str, options: ReadOptions | None = None) -> RawTable:
    """Read one file of text as columns of text.

    Raises:
        InputError: It is empty, not text, has no data rows, or too many rows with cells too few or too many.
    """
    source = encoded(path, name, options)
    layout = lay_out(source, options)
    columns, rows, total, found = _columns(source, layout)
    check_closed(source, [cell for column in columns.values() for cell in column.slice(len(column) - 1).to_pylist()])
    dropped = [n for n, given in zip(layout.names, layout.given, strict=True) if not given and _all_empty(columns[n])]
    if layout.header.row is None:
        dropped = []
    for unused in dropped:
        del columns[unused]
    if dropped:
        text = f"{len(dropped)} columns have neither name nor content (a delimiter at the end?) and were left out."
        found.append(ReadDecision(code="columns-empty", text=text, value=[*dropped]))
    decimal = (
        options.decimal if options else find_decimal(columns, layout.dialect.delimiter, words("missing_in_numbers"))
    )
    if decimal == ",":
        found.append(ReadDecision(code="decimal", text="Numbers have a decimal comma.", value=","))
    new = ReadOptions(
        format="csv",
        encoding=source.encoding,
        delimiter=layout.dialect.delimiter,
        quote=layout.dialect.quote,
        decimal="," if decimal == "," else ".",
        header_row=None if layout.header.row is None else layout.skip - 1,
        skip_rows=layout.skip,
        footer_rows=layout.footer,
        header=layout.cells,
        column_names=tuple(layout.names),
        dropped_columns=tuple(dropped),
    )
    return RawTable(columns, rows, total, new, (*source.decisions, *layout.decisions, *found), is_text=True)


def _columns(source: Encoded, layout: Layout) -> tuple[dict[str, pa.ChunkedArray], pa.Array, int, list[ReadDecision]]:
    if layout.dialect.delimiter != " ":
        table, skipped = _load(
            source.path, source.encoding, layout.dialect, layout.skip, layout.header.width, bool(source.quotes)
        )
        if skipped == layout.footer - layout.full_footer:
            table = table.slice(0, table.num_rows - layout.full_footer)
            return _named(table, layout), pa.array(np.arange(table.num_rows, dtype="int64")), table.num_rows, []
        del table
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "table.csv"
        width, footer = layout.header.width, layout.footer
        ragged = rewrite(source.path, target, source.name, source.encoding, layout.dialect, layout.skip, width, footer)
        table, _ = _load(target, "utf-8", Dialect(",", '"'), 0, width, True)
    left_out = set(ragged.rows)
    rows = pa.array([row for row in range(ragged.total) if row not in left_out], pa.int64())
    return _named(table, layout), rows, ragged.total, _ragged_decisions(ragged)


def _load(path: Path, encoding: str, dialect: Dialect, skip: int, width: int, quotes: bool) -> tuple[pa.Table, int]:
    """Columns of text called 0, 1, 2, ..., and how many rows did not fit."""
    names, skipped = [str(i) for i in range(width)], 0

    def ignore(row: pa.csv.InvalidRow) -> str:
        nonlocal skipped
        skipped += 1
        return "skip" if skipped < _MOST_RAGGED else "error"

    parse = pa.csv.ParseOptions(
        delimiter=dialect.delimiter,
        quote_char=dialect.quote if quotes else False,
        newlines_in_values=quotes,
        invalid_row_handler=ignore,
    )
    read = pa.csv.ReadOptions(encoding=encoding, skip_rows=skip, column_names=names, block_size=_BLOCK)
    types = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    try:
        return pa.csv.read_csv(path, read_options=read, parse_options=parse, convert_options=types), skipped
    except pa.ArrowInvalid:
        empty = pa.table({name: pa.array([], pa.string()) for name in names})
        return empty, max(skipped, _MOST_RAGGED)


def _named(table: pa.Table, layout: Layout) -> dict[str, pa.ChunkedArray]:
    return dict(zip(layout.names, table.columns, strict=True))


def _all_empty(column: pa.ChunkedArray) -> bool:
    return not pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py()


def _ragged_decisions(ragged: Ragged) -> list[ReadDecision]:
    decisions = []
    if ragged.padded:
        text = f"{len(ragged.padded)} rows end early; their last cells were read as empty."
        decisions.append(ReadDecision(code="rows-short", text=text, value=[*ragged.padded]))
    if ragged.left_out:
        text = f"{len(ragged.left_out)} rows have more cells than there are columns and were left out."
        decisions.append(ReadDecision(code="rows-long", text=text, value=[*ragged.left_out]))
    return decisions
