"""From cells of text to numbers, where a column holds nothing else."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.data._frames import text_array
from climbdc.data._options import ReadOptions

__all__ = ["Converted", "convert", "find_decimal"]

_PLAIN: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_CODE: Final = r"^[+-]?(0[0-9]|[0-9]{16})"
_TRIED: Final = 50  # cells looked at before the whole column is


class Converted(NamedTuple):
    """A column in a canonical dtype and the cells that were read as missing."""

    values: Any
    missing: dict[str, int]


def convert(column: pa.ChunkedArray, options: ReadOptions, *, keep_text: bool = False) -> Converted:
    """Convert one column of text.

    It becomes a number if every cell that is not missing is a plain number: an optional sign, digits, a decimal point
    (or the file's decimal comma) and an exponent, blanks around it aside. Codes stay text: a whole number that begins
    with zero, or has more than 15 digits (which `float64` would round).

    Args:
        column: Cells as they stand in the file.
        options: The decimal mark and the cells that mean missing.
        keep_text: The column was text when the recipe was made, so it is text now.
    """
    if not keep_text:
        number = _number(column, options)
        if number is not None:
            return number
    missing = pc.is_in(column, value_set=pa.array(options.missing_in_text, column.type))
    counts = _count(column.filter(missing))
    text = pc.if_else(missing, pa.scalar(None, column.type), column) if counts else column
    return Converted(text_array(text.cast(pa.large_string())), counts)


def find_decimal(columns: dict[str, pa.ChunkedArray], delimiter: str, missing: tuple[str, ...]) -> str:
    """The decimal mark of a table: a comma if more columns are numbers with a comma than with a point.

    Three digits after every comma could as well be thousands; then nothing is assumed.
    """
    if delimiter == ",":
        return "."
    comma, point, certain = 0, 0, False
    for column in columns.values():
        cells = [cell.strip() for cell in column.slice(0, 5000).to_pylist()]
        cells = [cell for cell in cells if cell not in missing]
        if not cells:
            continue
        if any("," in cell for cell in cells) and all(_WITH_COMMA.fullmatch(cell) for cell in cells):
            comma += 1
            certain = certain or any(_NO_THOUSANDS.fullmatch(cell) for cell in cells)
        elif any("." in cell for cell in cells) and all(_WITH_POINT.fullmatch(cell) for cell in cells):
            point += 1
    return "," if comma > point and certain else "."


_WITH_COMMA: Final = re.compile(r"[+-]?\d*(,\d*)?([eE][+-]?\d+)?")
_WITH_POINT: Final = re.compile(r"[+-]?\d*(\.\d*)?([eE][+-]?\d+)?")
_NO_THOUSANDS: Final = re.compile(r"[+-]?(0|\d{4,})?,\d*|[+-]?\d*,(\d|\d\d|\d{4,})")


def _number(column: pa.ChunkedArray, options: ReadOptions) -> Converted | None:
    if not _may_be_number(column, options):
        return None
    cells = pc.utf8_trim_whitespace(column)
    missing = pc.is_in(cells, value_set=pa.array(options.missing_in_numbers, cells.type))
    counts = _count(cells.filter(missing))
    if counts:
        cells = pc.if_else(missing, pa.scalar(None, cells.type), cells)
    if options.decimal == ",":
        if _any(pc.match_substring(cells, ".")):
            return None
        cells = pc.replace_substring(cells, ",", ".")
    values = _parsed(cells)
    if values is None or _holds_codes(cells):
        return None
    known = values[~np.isnan(values)]
    integral = not counts and bool((known == np.rint(known)).all())
    if integral and not _any(pc.match_substring_regex(cells, r"[.eE]")):
        values = values.astype("int64")
    return Converted(values, counts)


def _parsed(cells: pa.ChunkedArray) -> Any:
    """The numbers, or None where a cell is no plain number."""
    try:
        values = cells.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:  # a sign "+" is the one plain form that Arrow does not take
        if not _is_true(pc.match_substring_regex(cells, _PLAIN)):
            return None
        values = pc.replace_substring_regex(cells, r"^\+", "").cast(pa.float64()).to_numpy()
    finite = int(np.isfinite(values).sum())
    return values if finite + cells.null_count == len(cells) else None  # Arrow also takes "inf" and "nan"


def _holds_codes(cells: pa.ChunkedArray) -> bool:
    """Whether a number begins with a needless zero or has more digits than `float64` keeps."""
    suspects = pc.or_(pc.starts_with(cells, "0"), pc.greater(pc.binary_length(cells), 15))
    suspects = pc.or_(suspects, pc.or_(pc.starts_with(cells, "-"), pc.starts_with(cells, "+")))
    return _any(pc.match_substring_regex(cells.filter(suspects), _CODE))


def _may_be_number(column: pa.ChunkedArray, options: ReadOptions) -> bool:
    """A quick look at the first cells, which settles most columns of text."""
    cells = ((cell or "").strip() for cell in column.slice(0, _TRIED).to_pylist())
    pattern = re.compile(_PLAIN)
    return all(
        cell in options.missing_in_numbers or pattern.match(cell.replace(options.decimal, ".")) for cell in cells
    )


def _any(mask: pa.ChunkedArray) -> bool:
    return bool(pc.any(mask).as_py())


def _is_true(mask: pa.ChunkedArray) -> bool:
    """Whether all cells that are not missing pass; so they do when there are none."""
    return pc.all(mask).as_py() is not False


def _count(cells: pa.ChunkedArray) -> dict[str, int]:
    if not len(cells):
        return {}
    pairs = pc.value_counts(cells).to_pylist()
    return {pair["values"]: pair["counts"] for pair in sorted(pairs, key=lambda pair: str(pair["values"]))}
