"""Reading Excel workbooks, old (`.xls`) and new (`.xlsx`, `.xlsm`)."""

from __future__ import annotations

import datetime as dt
import struct
import warnings
import zipfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from climbdc.data._header import Header, find_footer, find_header, is_empty, name_columns
from climbdc.data._match import match_header
from climbdc.data._options import RawTable, ReadDecision, ReadOptions
from climbdc.data._unpack import most_bytes, unfolds
from climbdc.errors import InputError

__all__ = ["read_excel"]

_OLD: Final = (b"\xd0\xcf\x11\xe0", b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_SAMPLE: Final = 1000
_MOST_CELLS: Final = 50_000_000
"""Cells, empty ones counted in, beyond which a workbook is no table: a full sheet of 48 columns."""

Rows = list[list[Any]]


class _Sheet(NamedTuple):
    name: str
    rows: Rows
    filled: int


def read_excel(path: Path, name: str, options: ReadOptions | None = None) -> RawTable:
    """Read the largest table of a workbook, or the sheet that `options` names.

    Raises:
        InputError: The workbook is protected, broken or has no table.
    """
    with closing(_sheets(path, name)) as found:
        sheets = [_trimmed(sheet, _bounded(rows, name), name) for sheet, rows in found]
    sheets = [sheet for sheet in sheets if sheet.filled]
    if not sheets:
        raise InputError(f"{name} has no cells with content.", fix="Export it again.", code="empty-file")
    largest = max(sheets, key=lambda sheet: sheet.filled)
    wanted = options.sheet if options else None
    sheet = next((sheet for sheet in sheets if sheet.name == wanted), largest)
    decisions = _sheet_decisions(sheet, sheets)
    header = find_header(sheet.rows[:_SAMPLE])
    if options is not None:
        header = match_header(header, sheet.rows[:_SAMPLE], options)
    if header.data >= len(sheet.rows):
        raise InputError(f"Sheet {sheet.name!r} of {name} has no data rows.", fix="Export it again.", code="no-rows")
    return _table(sheet, header, decisions)


def _table(sheet: _Sheet, header: Header, decisions: list[ReadDecision]) -> RawTable:
    cells = sheet.rows[header.row] if header.row is not None else []
    names, named = name_columns(header, cells)
    body = sheet.rows[header.data :]
    footer = min(find_footer(body, header.width), len(body) - 1)
    body = body[: len(body) - footer]
    rows = [i for i, row in enumerate(body) if not all(is_empty(cell) for cell in row)]
    decisions += named + _row_decisions(header, footer, len(body) - len(rows))
    columns = {}
    dropped = []
    for i, column in enumerate(names):
        values = [body[row][i] for row in rows]
        if header.row is not None and is_empty(cells[i]) and all(is_empty(value) for value in values):
            dropped.append(column)
        else:
            columns[column] = _column(values)
    options = ReadOptions(
        format="excel",
        sheet=sheet.name,
        header_row=header.row,
        skip_rows=header.data,
        footer_rows=footer,
        header=tuple("" if cell is None else str(cell) for cell in cells),
        column_names=tuple(names),
        dropped_columns=tuple(dropped),
    )
    return RawTable(columns, pa.array(rows, pa.int64()), len(body), options, tuple(decisions), is_text=True)


def _sheet_decisions(sheet: _Sheet, sheets: Sequence[_Sheet]) -> list[ReadDecision]:
    others = [other.name for other in sheets if other.name != sheet.name]
    text = f"Sheet {sheet.name!r} was read."
    if others:
        text = f"Sheet {sheet.name!r}, the largest of {len(sheets)}, was read; not {', '.join(map(repr, others))}."
    return [ReadDecision(code="sheet", text=text, value={"read": sheet.name, "others": [*others]})]


def _row_decisions(header: Header, footer: int, blank: int) -> list[ReadDecision]:
    before = header.data if header.row is None else header.row
    counts = {
        "preamble": (before, "Rows before the table"),
        "footer": (footer, "Closing rows that hold totals, notes or nothing"),
        "rows-empty": (blank, "Empty rows inside the table"),
    }
    found = [(code, n, text) for code, (n, text) in counts.items() if n]
    return [ReadDecision(code=code, text=f"{text}, left out: {n}.", value=n) for code, n, text in found]


def _column(values: list[Any]) -> pa.ChunkedArray:
    """Moments where all cells are dates, otherwise the text of each cell."""
    if any(isinstance(value, dt.date) for value in values):
        if all(isinstance(value, dt.date) or is_empty(value) for value in values):
            moments = [np.datetime64(value if isinstance(value, dt.date) else None, "us") for value in values]
            return pa.chunked_array([pa.array(np.array(moments, dtype="datetime64[us]"))])
    flags = all(isinstance(value, bool) or is_empty(value) for value in values)
    return pa.chunked_array([pa.array([_text(value, flags) for value in values], pa.string())])


def _text(value: Any, flags: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value)) if flags else str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _bounded(rows: Iterable[list[Any]], name: str) -> Rows:
    """All rows, unless they are made to fill the memory."""
    kept, cells = [], 0
    try:
        for row in rows:
            kept.append(row)
            cells += len(row)
            if cells > _MOST_CELLS:
                break
        else:
            return kept
    except Exception as error:  # openpyxl lets XML and value errors through
        raise _broken(name) from error
    raise _too_many(name)


def _too_many(name: str) -> InputError:
    message = f"{name} has more than {_MOST_CELLS:,} cells, most of them perhaps empty."
    return InputError(message, fix="Delete empty rows and columns, or export it as CSV.", code="too-large")


def _trimmed(name: str, rows: Rows, file: str) -> _Sheet:
    """Without the columns that hold nothing at either side, all rows as wide as the widest."""
    used = [i for row in rows for i, cell in enumerate(row) if not is_empty(cell)]
    if not used:
        return _Sheet(name, [], 0)
    left, right = min(used), max(used) + 1
    while rows and all(is_empty(cell) for cell in rows[-1]):
        rows.pop()
    if len(rows) * (right - left) > _MOST_CELLS:
        raise _too_many(file)
    return _Sheet(name, [(row + [None] * (right - len(row)))[left:right] for row in rows], len(used))


def _sheets(path: Path, name: str) -> Generator[tuple[str, Iterable[list[Any]]]]:
    with path.open("rb") as handle:
        head = handle.read(8)
    if head.startswith(_OLD):
        return _old_sheets(path, name)
    if not zipfile.is_zipfile(path):
        raise InputError(f"{name} is not an Excel workbook.", fix="Save it again from Excel, or as CSV.", code="broken")
    return _new_sheets(path, name)


def _new_sheets(path: Path, name: str) -> Generator[tuple[str, Iterable[list[Any]]]]:
    import openpyxl

    with zipfile.ZipFile(path) as parts:
        if sum(part.file_size for part in parts.infolist()) > most_bytes(path):
            raise unfolds(name)

    with path.open("rb") as handle, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="openpyxl")
        try:
            book = openpyxl.load_workbook(handle, read_only=True, data_only=True)
        except Exception as error:  # openpyxl lets zip, XML and key errors through
            raise _broken(name) from error
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                yield sheet.title, map(list, sheet.iter_rows(values_only=True))
        finally:
            book.close()


def _old_sheets(path: Path, name: str) -> Generator[tuple[str, Iterable[list[Any]]]]:
    import xlrd

    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        raise _protected(name)
    try:
        with xlrd.open_workbook(path, on_demand=True) as book:
            for sheet in book.sheets():
                yield sheet.name, ([_old_cell(cell, book.datemode) for cell in row] for row in sheet.get_rows())
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, IndexError, struct.error) as error:
        raise (_protected(name) if "encrypted" in str(error) else _broken(name)) from error


def _old_cell(cell: Any, datemode: int) -> Any:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE and cell.value >= 1:
        return xlrd.xldate_as_datetime(cell.value, datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#N/A")
    return None if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) else cell.value


def _protected(name: str) -> InputError:
    return InputError(f"{name} is protected by a password.", fix="Save a copy without one.", code="protected")


def _broken(name: str) -> InputError:
    return InputError(f"{name} is a damaged Excel workbook.", fix="Open and save it again in Excel.", code="broken")
