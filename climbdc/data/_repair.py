"""Files of text whose rows have cells too few or too many, written anew so that all have the same number."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from climbdc.data._dialect import LONGEST_LINE, Dialect, parse, too_long
from climbdc.errors import InputError

__all__ = ["Ragged", "rewrite"]

_TOLERATED: Final = 0.01


@dataclass
class Ragged:
    """Rows that did not have as many cells as there are columns."""

    padded: list[int] = field(default_factory=list)
    """Lines of the file with cells missing at their end, read as empty."""
    left_out: list[int] = field(default_factory=list)
    """Lines with cells too many: nobody can say which belong where."""
    rows: list[int] = field(default_factory=list)
    """0-based data rows that were left out."""
    total: int = 0
    """Data rows in the file."""

    @property
    def count(self) -> int:
        return len(self.padded) + len(self.left_out)


def rewrite(
    path: Path, target: Path, name: str, encoding: str, dialect: Dialect, skip: int, width: int, footer: int
) -> Ragged:
    """Write the data rows of `path` to `target` as plain UTF-8 CSV in which every row has `width` cells.

    Raises:
        InputError: More than one row in a hundred has too few or too many cells.
    """
    ragged, waiting = Ragged(), deque[tuple[list[str], int]]()
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as sink:
        for _ in range(skip):
            next(source, None)
        out = csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row, line in _rows(source, dialect, name):
            if not row:
                continue
            waiting.append((row, skip + line))
            if len(waiting) > footer:
                fitted = _fit(*waiting.popleft(), width, ragged)
                if fitted is not None:
                    out.writerow(fitted)
    if ragged.count > _TOLERATED * max(1, ragged.total):
        raise _too_ragged(name, ragged, width)
    return ragged


def _rows(source: TextIO, dialect: Dialect, name: str) -> Iterator[tuple[list[str], int]]:
    """The rows, unless one of them is made to fill the memory."""
    try:
        yield from parse(_lines(source, name), dialect)
    except csv.Error as error:
        raise too_long(name) from error


def _lines(source: TextIO, name: str) -> Iterator[str]:
    while line := source.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE:
            raise too_long(name)
        yield line


def _fit(row: list[str], line: int, width: int, ragged: Ragged) -> list[str] | None:
    ragged.total += 1
    if len(row) < width:
        ragged.padded.append(line)
        return row + [""] * (width - len(row))
    if any(cell.strip() for cell in row[width:]):
        ragged.left_out.append(line)
        ragged.rows.append(ragged.total - 1)
        return None
    return row[:width]


def _too_ragged(name: str, ragged: Ragged, width: int) -> InputError:
    first = min([*ragged.padded, *ragged.left_out])
    message = (
        f"{ragged.count:,} of {ragged.total:,} rows of {name} do not have {width} cells as the others do; "
        f"the first ends in line {first}."
    )
    return InputError(message, fix="Put quotes around cells that hold the delimiter, or export again.", code="ragged")
