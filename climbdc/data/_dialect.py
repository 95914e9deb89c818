"""How the cells of a file of text are set apart, from a sample of it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from climbdc.errors import InputError

__all__ = ["LONGEST_LINE", "Dialect", "Lines", "find_dialect", "parse", "parse_lines", "too_long"]

_CANDIDATES: Final = (",", ";", "\t", "|", " ")
_NUMBER: Final = re.compile(r"\s*[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?%?\s*")
_ROWS: Final = 1000
LONGEST_LINE: Final = 1 << 23
_LARGEST_CELL: Final = 1 << 23


class Dialect(NamedTuple):
    """The characters that set cells apart and enclose them."""

    delimiter: str
    quote: str


class Lines(NamedTuple):
    """Rows of a sample, each with the number of lines of the file up to its end."""

    rows: list[list[str]]
    ends: list[int]


def too_long(name: str) -> InputError:
    """What is said of a line or a cell that no table has."""
    message = f"A line or a cell of {name} is longer than {LONGEST_LINE >> 20} million characters."
    return InputError(message, fix="Look whether a quote is never closed, or export it again.", code="long-line")


def parse(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[list[str], int]]:
    """Parse lines one row at a time, each with the number of lines read so far."""
    csv.field_size_limit(_LARGEST_CELL)
    blanks = dialect.delimiter == " "
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, skipinitialspace=blanks)
    for row in reader:
        yield row[:-1] if blanks and row and not row[-1] else row, reader.line_num


def parse_lines(text: str, dialect: Dialect, limit: int = _ROWS) -> Lines:
    """Parse the first rows of a sample; blank lines are rows without cells."""
    rows: list[list[str]] = []
    ends: list[int] = []
    for row, end in parse(io.StringIO(text, newline=""), dialect):
        rows.append(row)
        ends.append(end)
        if len(rows) >= limit:
            break
    return Lines(rows, ends)


def find_dialect(text: str, suffix: str = "") -> Dialect:
    """Choose the delimiter that gives the most rows of one length with the least left to split in their cells.

    Args:
        text: The first lines of the file.
        suffix: The ending of the file's name; `.tsv` settles a tie.
    """
    first = text.split("\n", 1)[0].strip()
    if re.fullmatch(r"sep=.", first, re.IGNORECASE):
        return Dialect(first[4], '"')
    quote = '"' if '"' in text or not re.search(r"(^|[,;\t|])'[^'\n]*'([,;\t|]|$)", text, re.MULTILINE) else "'"
    scores = {mark: _score(parse_lines(text, Dialect(mark, quote)).rows, mark) for mark in _CANDIDATES}
    if suffix == ".tsv" and scores["\t"] > 0:
        return Dialect("\t", quote)
    if max(scores[mark] for mark in _CANDIDATES[:-1]) > 0.3:
        scores[" "] = 0.0
    best = max(_CANDIDATES, key=lambda mark: scores[mark])
    return Dialect(best if scores[best] > 0 else ",", quote)


def _score(rows: list[list[str]], mark: str) -> float:
    """0 where nothing is split; otherwise up to 1."""
    lengths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    width = max(lengths, key=lambda length: (lengths[length] * (length > 1), length), default=0)
    if width < 2:
        return 0.0
    whole = [row for row in rows if len(row) == width]
    consistent = lengths[width] / lengths.total()
    if mark == " " and consistent < 0.95:
        return 0.0
    cells = [cell for row in whole[:200] for cell in row if cell.strip()]
    others = re.compile("[" + re.escape("".join(set(_CANDIDATES[:4]) - {mark})) + "]")
    clean = sum(not others.search(cell) or bool(_NUMBER.fullmatch(cell)) for cell in cells) / max(1, len(cells))
    return consistent**2 * (0.2 + 0.8 * clean)
