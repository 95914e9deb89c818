"""The data dictionary of a whole table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pandas as pd

from climbdc.data import ColumnLabel
from climbdc.describe._entry import column_from
from climbdc.describe._names import absent, columns_of, quoted
from climbdc.describe._words import nearest, spoken
from climbdc.errors import InputError
from climbdc.sdk import Column, Dictionary

__all__ = ["describe"]

_NO_LABELS: Mapping[str, ColumnLabel] = {}


def describe(
    frame: pd.DataFrame, labels: Mapping[str, ColumnLabel] = _NO_LABELS, given: Sequence[Column] = ()
) -> Dictionary:
    """Fill the data dictionary: every column of the table gets an entry.

    A person's word stands before the dictionary file's, that before the labels of a Stata or SPSS file, a language
    model's, the knowledge pack and what the values suggest; `Column.sources` keeps who said what.

    Args:
        frame: The table.
        labels: What the data file itself says of its columns.
        given: Entries from `read_dictionary` or by a person. Names are matched exactly, or else in another spelling
            ("D.TIME" for "d.time"); entries of a file for columns the table does not have are passed over.

    Raises:
        InputError: A person described a column that is not there, or no entry of the file fits any column.
    """
    said = _placed(given, columns_of(frame))
    return Dictionary(
        [column_from(name, frame[name], label=labels.get(name), given=said.get(name, ())) for name in columns_of(frame)]
    )


def _placed(given: Sequence[Column], names: list[str]) -> dict[str, list[Column]]:
    """Column of the table -> its entries."""
    exact, respelt = set(names), _respelt(names)
    placed: dict[str, list[Column]] = defaultdict(list)
    astray: list[str] = []
    for entry in given:
        name = entry.name if entry.name in exact else respelt.get(spoken(entry.name))
        if name is not None:
            placed[name].append(entry)
        elif "file" not in entry.sources.values():
            raise absent(entry.name, names, "describe")
        else:
            astray.append(entry.name)
    if astray and not placed and names:
        close = nearest(astray[0], names, limit=1)
        hint = f" (is {astray[0]!r} the column {close[0]!r}?)" if close else ""
        raise InputError(
            f"The dictionary has {quoted(astray, 5)}, and the table none of these: it has {quoted(names, 5)}.",
            fix=f"Give the dictionary of this table{hint}.",
            code="dictionary-of-another-table",
        )
    return placed


def _respelt(names: list[str]) -> dict[str, str]:
    """Spoken form -> column, where only one column has it."""
    columns: dict[str, list[str]] = defaultdict(list)
    for name in names:
        columns[spoken(name)].append(name)
    return {form: alike[0] for form, alike in columns.items() if len(alike) == 1}
