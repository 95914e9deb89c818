"""A data dictionary from a file."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from climbdc.describe._words import nearest, spoken, words
from climbdc.errors import InputError
from climbdc.sdk import Column

__all__ = ["read_dictionary"]

_DELIMITERS: Final = (",", ";", "\t", "|")
_EXCEL: Final = frozenset({".xlsx", ".xlsm", ".xls"})
_TEXT: Final = frozenset({".csv", ".tsv", ".txt", ""})
_FIELDS: Final = ("meaning", "unit", "type", "missing_codes", "known_at", "labels")

Row = dict[str, str]


def read_dictionary(path: str | Path) -> list[Column]:
    """Read a data dictionary: one row a column of the data.

    The first row names the fields: `column` and any of `meaning`, `unit`, `type`, `missing_codes`, `known_at` and
    `labels`, under the names that are usual for them ("variable", "label", "description", "units", ...). What a cell
    leaves empty is left to be inferred. Several missing codes are parted by `;` or `|`, labels read `1=male; 2=female`.

    Args:
        path: A CSV, TSV or Excel file (its first sheet).

    Raises:
        InputError: The file cannot be read, names no columns, describes one twice, or holds a type or a `known_at`
            that does not exist; the message says where and what would do.
    """
    path = Path(path)
    table = _excel_rows(path) if path.suffix.lower() in _EXCEL else _text_rows(path)
    table = [cells for cells in table if any(cell.strip() for cell in cells)]
    if not table:
        raise InputError(
            f"The dictionary {path.name!r} is empty.", fix="It needs a row of headings and a row a column."
        )
    where = _headings(table[0], path.name)
    columns = [_column(_row(cells, where), path.name) for cells in table[1:]]
    columns = [column for column in columns if column.name]
    _refuse_twice([column.name for column in columns], path.name)
    return columns


def _text_rows(path: Path) -> list[list[str]]:
    if path.suffix.lower() not in _TEXT:
        raise InputError(
            f"The dictionary {path.name!r} is neither CSV, TSV nor Excel.", fix="Save it as CSV with a heading row."
        )
    text = _decoded(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise InputError(f"The dictionary {path.name!r} is no CSV: {error}.", fix="Save it as CSV (UTF-8).") from error


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise InputError(
            f"The dictionary {path.name!r} cannot be read: {reason}.", fix="Check the path and that you may read it."
        ) from error
    for encoding in ("utf-8-sig", "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(f"The dictionary {path.name!r} is not text.", fix="Save it as CSV (UTF-8) or as Excel.")


def _excel_rows(path: Path) -> list[list[str]]:
    import pandas as pd

    try:
        sheet = pd.read_excel(path, header=None, dtype=str, keep_default_na=False)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise InputError(f"The dictionary {path.name!r} cannot be read: {reason}.", fix="Check the path.") from error
    except Exception as error:  # the Excel readers share no base class for "this is not a workbook"
        raise InputError(
            f"The dictionary {path.name!r} is no Excel workbook.", fix="Save it again, or as CSV."
        ) from error
    return [[str(cell) for cell in row] for row in sheet.itertuples(index=False)]


def _headings(cells: Sequence[str], file: str) -> dict[str, int]:
    """Field -> position, for the headings that are understood; the first of two for one field is taken."""
    where: dict[str, int] = {}
    for position, cell in enumerate(cells):
        for field, ways in words().headings.items():
            if spoken(cell) in ways and field not in where:
                where[field] = position
                break
    if "column" not in where:
        raise InputError(
            f"The dictionary {file!r} has no heading `column`; its headings are {_listed(cells)}.",
            fix="Name the one that holds the column names `column`." + _suggest("column", cells),
        )
    return where


def _suggest(wanted: str, cells: Sequence[str]) -> str:
    close = nearest(wanted, cells, limit=1)
    return f" Is it {close[0]!r}?" if close else ""


def _listed(cells: Sequence[str]) -> str:
    shown = ", ".join(repr(cell) for cell in cells[:8])
    return shown + (" ..." if len(cells) > 8 else "")


def _row(cells: Sequence[str], where: dict[str, int]) -> Row:
    return {field: cells[position].strip() if position < len(cells) else "" for field, position in where.items()}


def _column(row: Row, file: str) -> Column:
    said: dict[str, object] = {"name": row["column"]}
    if row.get("meaning"):
        said["meaning"] = row["meaning"]
    if row.get("unit"):
        said["unit"] = row["unit"]
    kind = _chosen(row, "type", file)
    if kind:
        said["type"] = kind
    if row.get("missing_codes"):
        said["missing_codes"] = _codes(row["missing_codes"])
    moment = _chosen(row, "known_at", file)
    if moment and moment != "unknown":
        said |= {"known_at": moment, "known_because": "the dictionary says so"}
    if row.get("labels") and (labels := _labels(row["labels"])):
        said["labels"] = labels
    said["sources"] = {field: "file" for field in _FIELDS if field in said}
    return Column.model_validate(said)


def _chosen(row: Row, field: str, file: str) -> str | None:
    """One of a fixed set of values, by any of its usual names; None when the cell says nothing."""
    cell = row.get(field, "")
    ways: dict[str, str | None] = {**(words().types if field == "type" else words().known_at)}
    if not cell:
        return None
    for said in (cell.casefold(), spoken(cell), spoken(cell.split("(")[0])):
        if said in ways:
            return ways[said]
    known = [way for way in dict.fromkeys(ways.values()) if way]
    close = [ways[way] for way in nearest(cell, ways, limit=1)]
    hint = f" Did you mean {close[0]!r}?" if close and close[0] else ""
    raise InputError(
        f"In the dictionary {file!r}, {field} of {row['column']!r} is {cell!r}.",
        fix=f"Write one of {', '.join(known)}, or leave it empty.{hint}",
        code=f"bad-{field.replace('_', '-')}",
    )


def _codes(cell: str) -> tuple[str, ...]:
    """The codes of a cell; a comma parts them only where neither `;` nor `|` does and no decimal comma can be meant.

    >>> _codes("-9; 99"), _codes("unknown"), _codes("-9, 99")
    (('-9', '99'), ('unknown',), ('-9', '99'))
    """
    parts = re.split(r"[;|]", cell) if re.search(r"[;|]", cell) else re.split(r",\s+|\s*,(?=-)", cell)
    return tuple(dict.fromkeys(part.strip().strip("\"'") for part in parts if part.strip()))


def _labels(cell: str) -> dict[str, str]:
    """Code -> label, from `1=male; 2=female`, `1: male | 2: female` or REDCap's `1, male | 2, female`.

    >>> _labels("1, Male | 2, Female"), _labels("0=no;1=yes"), _labels("text")
    ({'1': 'Male', '2': 'Female'}, {'0': 'no', '1': 'yes'}, {})
    """
    parts = re.split(r"\s*[|;\n]\s*", cell) if re.search(r"[|;\n]", cell) else re.split(r"\s*,\s*", cell)
    pairs = [re.split(r"\s*[=:,]\s*|\s+-\s+", part.strip(), maxsplit=1) for part in parts]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[0] and pair[1]}


def _refuse_twice(names: Sequence[str], file: str) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(
            f"The dictionary {file!r} describes {_listed(twice)} more than once.", fix="Keep one row a column."
        )
