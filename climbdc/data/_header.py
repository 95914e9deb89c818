"""Finding the column names of a table whose first rows are known."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from climbdc.data._frames import unique_names
from climbdc.data._options import ReadDecision, words

__all__ = ["Header", "Row", "find_footer", "find_header", "is_empty", "name_columns"]

Row = Sequence[object]

_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d*)*|[.,]\d+)([eE][+-]?\d+)?%?")
_DATE: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}[- ][A-Za-z]{3}[- ]\d{2,4}")
_SEARCHED: Final = 50  # rows in which a header may begin
_CELLS: Final = 20_000  # cells that are held against the names
_FOOTER: Final = 30  # closing rows that are looked at


@dataclass(frozen=True)
class Header:
    """Where the column names are, as indices of the rows given."""

    row: int | None
    data: int
    width: int
    row_names: bool = False
    """Whether the first column has no name because it names the rows, as R writes it."""


def find_header(rows: Sequence[Row]) -> Header:
    """Find the column names among the first rows of a table.

    Lines before the names have fewer cells filled than the table is wide. The first row of the table is data rather
    than names when its cells look like those below them: numbers over numbers, or values that come again.
    """
    width = _width(rows)
    start = _table_start(rows, width)
    if start + 1 < len(rows) and len(rows[start]) == width - 1 and _one_short(rows, start, width):
        trailing = all(is_empty(row[-1]) for row in rows[start + 1 :] if len(row) == width)
        return Header(start, start + 1, width, row_names=not trailing)
    below = [row for row in rows[start + 1 :] if len(row) >= width - 1 and not _blank(row)]
    if _votes(rows[start], below) < 0:
        return Header(None, start, width)
    first = start + 1
    while first < len(rows) and _blank(rows[first]):
        first += 1
    named = [not is_empty(cell) for cell in rows[start][:width]]
    row_names = len(named) > 1 and not named[0] and all(named[1:]) and _distinct([row[0] for row in below])
    return Header(start, first, width, row_names=row_names)


def find_footer(rows: Sequence[Row], width: int) -> int:
    """How many closing rows are no data: totals, notes in fewer cells, empty rows."""
    tail = list(rows[-_FOOTER:])
    for start in range(len(tail)):
        after_gap = _blank(tail[start])
        if all(_closing(row, tail[:start], width, after_gap) for row in tail[start:]):
            return len(tail) - start
    return 0


def name_columns(header: Header, cells: Row) -> tuple[list[str], list[ReadDecision]]:
    """The distinct names of all columns, and what was done to those in the file."""
    shift = 1 if header.row_names and len(cells) < header.width else 0
    found = ["" for _ in range(shift)] + ["" if is_empty(cell) else str(cell) for cell in cells]
    found = (found + [""] * header.width)[: header.width]
    if header.row is None:
        names = [f"col_{i + 1}" for i in range(header.width)]
        text = f"The file has no column names: its first row looks like data. Named col_1 to col_{header.width}."
        return names, [ReadDecision(code="header-missing", text=text, value=list(names))]
    trimmed = [" ".join(name.split()) for name in found]
    filled = [name or f"column_{i + 1}" for i, name in enumerate(trimmed)]
    if header.row_names:
        filled[0] = "row_name"
    names = unique_names(filled)
    return names, _name_decisions(found, trimmed, filled, names, header.row_names)


def is_empty(cell: object) -> bool:
    """Whether a cell holds nothing, blanks aside."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _name_decisions(
    found: list[str], trimmed: list[str], filled: list[str], names: list[str], row_names: bool
) -> list[ReadDecision]:
    decisions = []
    if row_names:
        text = "The first column has no name and tells the rows apart; it is called row_name."
        decisions.append(ReadDecision(code="row-names", text=text, value="row_name"))
    blanks = {name: new for old, new, name in zip(found, trimmed, names, strict=True) if old != new}
    if blanks:
        text = f"{len(blanks)} column names had blanks or line breaks around or inside them, which were tidied."
        decisions.append(ReadDecision(code="names-trimmed", text=text, value=list(blanks)))
    empty = [name for name, old in zip(names, trimmed, strict=True) if not old][int(row_names) :]
    if empty:
        text = f"{len(empty)} columns have no name and are called {', '.join(empty[:5])}."
        decisions.append(ReadDecision(code="names-empty", text=text, value=[*empty]))
    double = {new: old for old, new in zip(filled, names, strict=True) if old != new}
    if double:
        shown = ", ".join(f"{old!r} became {new!r}" for new, old in list(double.items())[:5])
        text = f"{len(double)} column names came twice or are in use here: {shown}."
        decisions.append(ReadDecision(code="names-doubled", text=text, value={**double}))
    return decisions


def _width(rows: Sequence[Row]) -> int:
    lengths = Counter(len(row) for row in rows if not _blank(row))
    return max(lengths, key=lambda length: (lengths[length], length), default=0)


def _blank(row: Row) -> bool:
    return all(is_empty(cell) for cell in row)


def _table_start(rows: Sequence[Row], width: int) -> int:
    for i, row in enumerate(rows[:_SEARCHED]):
        filled = sum(not is_empty(cell) for cell in row)
        full = len(row) == width or (len(row) == width + 1 and is_empty(row[-1]))
        unnamed = 0 < filled == width - 1 and is_empty(row[0])
        if full and (unnamed or 0 < min(max(2, width / 2), width) <= filled):
            return i
        if len(row) == width - 1 > 0 and filled >= width / 2 and _one_short(rows, i, width):
            return i
    return next((i for i, row in enumerate(rows) if not _blank(row)), 0)


def _one_short(rows: Sequence[Row], i: int, width: int) -> bool:
    """Whether row `i` names all columns of the rows after it but one, and none of them could be the names."""
    after = [row for row in rows[i + 1 :] if not _blank(row)]
    whole = [row for row in after if len(row) == width]
    return bool(whole) and len(whole) >= 0.95 * len(after) and _votes(whole[0], whole[1:]) <= 0


def _votes(first: Row, below: Sequence[Row]) -> int:
    """Columns that speak for `first` being names, less those that speak for data."""
    votes = 0
    numbers: list[float] = []
    below = below[: min(500, 20 + _CELLS // max(1, len(first)))]
    for i, cell in enumerate(first):
        column = [row[i] for row in below if i < len(row) and _kind(row[i]) != "empty"]
        vote = _vote(cell, column)
        votes += vote
        if vote < 0 and _kind(cell) == "number":
            numbers.append(float(str(cell).replace(",", ".").rstrip("%")) if _is_float(cell) else -1.0)
    years = len(numbers) > 1 and all(1900 <= n <= 2100 for n in numbers) and numbers == sorted(set(numbers))
    return 0 if votes < 0 and years and len(numbers) == -votes else votes


def _vote(cell: object, column: list[object]) -> int:
    kind = _kind(cell)
    if not column or kind == "empty":
        return 0
    usual, count = Counter(_kind(other) for other in column).most_common(1)[0]
    if usual in {"number", "date"} and count >= 0.8 * len(column):
        return -1 if kind == usual else 1
    distinct = set(column)
    if len(column) >= 4 and len(distinct) <= len(column) / 2:
        return -1 if cell in distinct else 1
    return 0


def _is_float(cell: object) -> bool:
    return re.fullmatch(r"[+-]?\d+([.,]\d+)?%?", str(cell).strip()) is not None


def _kind(cell: object) -> str:
    if is_empty(cell):
        return "empty"
    if isinstance(cell, dt.date | dt.time):
        return "date"
    if isinstance(cell, int | float):
        return "number"
    text = str(cell).strip()
    if text in words("missing_in_numbers"):
        return "empty"
    if _NUMBER.fullmatch(text) and text.count(".") + text.count(",") < 2:
        return "number"
    return "date" if _DATE.fullmatch(text) else "text"


def _distinct(cells: Sequence[object]) -> bool:
    return len(set(map(str, cells))) == len(cells) > 0 and not any(is_empty(cell) for cell in cells)


def _closing(row: Row, before: Sequence[Row], width: int, after_gap: bool) -> bool:
    filled = [cell for cell in row if not is_empty(cell)]
    if not filled or (len(row) < width and len(filled) <= max(1, width / 2) and width > 1):
        return True
    if width > 3 and len(filled) == 1 and _kind(filled[0]) == "text" and (after_gap or len(str(filled[0])) > 20):
        return True
    first = _first(row)
    return width > 1 and first in words("total_words") and all(_first(other) != first for other in before)


def _first(row: Row) -> str:
    return next((str(cell).strip().rstrip(":").casefold() for cell in row if not is_empty(cell)), "")
