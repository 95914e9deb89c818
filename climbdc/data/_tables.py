"""Which of several files belong to one table: files with the same columns are parts of it, stacked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from climbdc.data._options import ReadOptions
from climbdc.errors import InputError

__all__ = ["assign", "grouped", "table_name"]

_ALIKE: Final = 0.5
"""Share of shared among all column names below which a file is not another month's part of a table."""
_ENDINGS: Final = (".gz", ".zip")


def table_name(file: str) -> str:
    """The name of a table: its file's without the ending.

    >>> table_name("labs.2024.csv.gz")
    'labs.2024'
    """
    path = Path(file)
    return Path(path.stem).stem if path.suffix.lower() in _ENDINGS else path.stem


def grouped(columns: Sequence[Sequence[str]]) -> list[list[int]]:
    """Numbers of the files of each table, tables in the order of their first file.

    >>> grouped([["id", "age"], ["id", "lab"], ["age", "id"]])
    [[0, 2], [1]]
    """
    tables: dict[frozenset[str], list[int]] = {}
    for number, names in enumerate(columns):
        tables.setdefault(frozenset(names), []).append(number)
    return list(tables.values())


def assign(names: Sequence[str], columns: Sequence[Sequence[str]], options: ReadOptions) -> list[list[int]]:
    """Numbers of the files of the main table and of each join, by their columns; in whatever order they come.

    A joined table may be absent, as that of the outcomes of new patients is.

    Args:
        names: Of the files.
        columns: Of each file.
        options: How the tables were read before.

    Raises:
        InputError: A file is like none of the tables, or none is like the main one.
    """
    wanted = [_columns(options), *(_columns(join.options) for join in options.joins)]
    tables: list[list[int]] = [[] for _ in wanted]
    for number, given in enumerate(columns):
        likeness = [_likeness(frozenset(given), table) for table in wanted]
        best = max(range(len(wanted)), key=lambda table: (likeness[table], -len(tables[table]), -table))
        if likeness[best] < _ALIKE:
            raise InputError(
                f"{names[number]} has other columns than each of the {len(wanted)} tables this was made for.",
                fix=f"They are the main table, which has {', '.join(sorted(wanted[0])[:5])} ..., and "
                f"{', '.join(join.table for join in options.joins)}.",
                code="unknown-table",
            )
        tables[best].append(number)
    if not tables[0]:
        raise InputError(
            "The main table is not among the files.",
            fix=f"It has the columns {', '.join(list(options.column_names)[:8])}; name its file too.",
            code="no-main-table",
        )
    return tables


def _columns(options: ReadOptions) -> frozenset[str]:
    return frozenset(options.kinds) - ({"source_file"} if options.source_column else set())


def _likeness(given: frozenset[str], wanted: frozenset[str]) -> float:
    """Shared among all names; a new file may lack a few columns, such as the outcome."""
    return len(given & wanted) / max(len(given | wanted), 1)
