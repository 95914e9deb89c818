"""Finding out how a file of text is laid out: its encoding, delimiter, column names and closing rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from climbdc.data._dialect import LONGEST_LINE, Dialect, Lines, find_dialect, parse_lines, too_long
from climbdc.data._header import Header, find_footer, find_header, name_columns
from climbdc.data._match import match_header
from climbdc.data._options import ReadDecision, ReadOptions
from climbdc.data._scan import decodes, find_encoding, scan, wide_encoding
from climbdc.errors import InputError

__all__ = ["Encoded", "Layout", "check_closed", "encoded", "lay_out"]

_SAMPLE: Final = 1 << 20
_LARGE_SAMPLE: Final = 1 << 24
_TAIL: Final = 1 << 18
_MOST_COLUMNS: Final = 10_000
_NO_TABLES: Final = ("<html", "<!doctype", "<?xml", "<table", '{"', "[{")
_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}


class Encoded(NamedTuple):
    """A file of text and how its bytes are letters."""

    path: Path
    name: str
    encoding: str
    quotes: int
    """How often the quote character comes; 2 where that is not known."""
    decisions: list[ReadDecision]


@dataclass(frozen=True)
class Layout:
    """Where the cells of a file are."""

    dialect: Dialect
    header: Header
    skip: int
    names: list[str]
    cells: tuple[str, ...]
    footer: int
    full_footer: int
    """Closing rows with as many cells as data rows have."""
    decisions: list[ReadDecision] = field(default_factory=list)

    @property
    def given(self) -> list[str]:
        """The name of each column in the file, empty where it has none."""
        missing = self.header.width - len(self.cells)
        cells = [cell.strip() for cell in self.cells[: self.header.width]]
        return ["row_name", *cells] if missing == 1 and self.header.row_names else cells + [""] * max(0, missing)


def encoded(path: Path, name: str, options: ReadOptions | None) -> Encoded:
    with path.open("rb") as handle:
        head = handle.read(_SAMPLE)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise InputError(f"{name} is empty.", fix="Export it again, with its rows.", code="empty-file")
    wide = wide_encoding(head[:4096])
    if wide is not None:
        if not decodes(path, wide):
            raise InputError(f"{name} is not a table of text.", fix="Export it again as CSV or Excel.", code="not-text")
        return Encoded(path, name, wide, 2, [ReadDecision(code="encoding", text=f"The text is {wide}.", value=wide)])
    scanned = scan(path, name, options.quote if options else '"')
    if options is not None and not scanned.unicode and options.encoding != "utf-8" and decodes(path, options.encoding):
        return Encoded(path, name, options.encoding, scanned.quotes, [])
    encoding, decision = find_encoding(scanned)
    if not scanned.unicode and not decodes(path, encoding):
        encoding = "latin-1"
        decision = ReadDecision(code="encoding", text="The text is not UTF-8 and was read as Latin-1.", value=encoding)
    return Encoded(path, name, encoding, scanned.quotes, [decision])


def lay_out(source: Encoded, options: ReadOptions | None) -> Layout:
    text, complete = _sample(source)
    if text.lstrip()[:9].lower().startswith(_NO_TABLES):
        message = f"{source.name} is not a table of text but a web page, XML or JSON."
        raise InputError(message, fix="Export it as CSV or Excel.", code="not-text")
    if max(map(len, text.split("\n"))) > LONGEST_LINE:
        raise too_long(source.name)
    dialect = Dialect(options.delimiter, options.quote) if options else find_dialect(text, Path(source.name).suffix)
    lines = parse_lines(text, dialect)
    widest = max(map(len, lines.rows), default=0)
    if widest > _MOST_COLUMNS:
        message = f"{source.name} has {widest:,} columns, and at most {_MOST_COLUMNS:,} can be worked with."
        raise InputError(message, fix="Choose the columns that matter and export those.", code="too-wide")
    if not complete and len(lines.rows) > 1:
        lines = Lines(lines.rows[:-1], lines.ends[:-1])
    first = 1 if text[:4].lower() == "sep=" else 0
    header = find_header(lines.rows[first:])
    header = _moved(header, first)
    if options is not None:
        header = match_header(header, lines.rows, options)
    if header.data >= len(lines.rows):
        raise _no_rows(source.name)
    cells = tuple(lines.rows[header.row]) if header.row is not None else ()
    names, decisions = name_columns(header, cells)
    skip = lines.ends[header.row] if header.row is not None else (lines.ends[header.data - 1] if header.data else 0)
    ending = _ending(source, dialect, header, lines.rows[header.data :] if complete else None)
    if options is None or dialect.delimiter != ",":
        what = _DELIMITERS.get(dialect.delimiter, repr(dialect.delimiter))
        decisions.insert(
            0, ReadDecision(code="delimiter", text=f"Cells are set apart by {what}.", value=dialect.delimiter)
        )
    if (before := header.data if header.row is None else header.row) > 0:
        decisions.append(
            ReadDecision(code="preamble", text=f"Lines before the table, left out: {before}.", value=before)
        )
    if ending:
        check_closed(source, [cell for row in ending for cell in row])
        text = f"Closing rows that hold totals, notes or nothing, left out: {len(ending)}."
        decisions.append(ReadDecision(code="footer", text=text, value=len(ending)))
    full = sum(len(row) == header.width for row in ending)
    return Layout(dialect, header, skip, names, cells, len(ending), full, decisions)


def _sample(source: Encoded) -> tuple[str, bool]:
    """The beginning of the file, and whether it is all of it."""
    size = source.path.stat().st_size
    for wanted in (_SAMPLE, _LARGE_SAMPLE):
        with source.path.open("rb") as handle:
            raw = handle.read(wanted)
        encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
        text = raw.decode(encoding, "ignore")
        if len(raw) >= size or text.count("\n") > 20 or wanted == _LARGE_SAMPLE:
            break
    return text, len(raw) >= size


def _moved(header: Header, by: int) -> Header:
    row = None if header.row is None else header.row + by
    return Header(row, header.data + by, header.width, header.row_names)


def _ending(source: Encoded, dialect: Dialect, header: Header, rows: Sequence[list[str]] | None) -> Sequence[list[str]]:
    """The closing rows that are no data."""
    if rows is None:
        size = source.path.stat().st_size
        with source.path.open("rb") as handle:
            handle.seek((size - _TAIL) // 4 * 4)
            text = handle.read().decode(source.encoding, "ignore")
        rows = parse_lines(text, dialect, limit=10**9).rows[2:]
    rows = [row for row in rows if row]
    if sum(len(row) == header.width for row in rows) < 0.9 * len(rows) - 5:  # the tail began inside quotes
        return []
    count = min(find_footer(rows, header.width), len(rows) - 1)
    return rows[len(rows) - count :]


def check_closed(source: Encoded, cells: Sequence[str]) -> None:
    """Refuse a file whose end was swallowed by a quote that is never closed.

    Args:
        source: The file.
        cells: Those of its last rows.

    Raises:
        InputError: The number of quotes is odd, and one of the cells runs over several lines.
    """
    if source.quotes % 2 and any("\n" in cell.strip() for cell in cells):
        message = f"A quote in {source.name} is opened and never closed, so that its last rows run into one cell."
        raise InputError(message, fix="Close or remove the quote, or export again.", code="open-quote")


def _no_rows(name: str) -> InputError:
    return InputError(
        f"{name} has column names and no data rows.", fix="Export it again, with its rows.", code="no-rows"
    )
