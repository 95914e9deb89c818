"""One row that is looked at: the cell in question, its place among the others, and what else is known of the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from climbdc.data import TEXT
from climbdc.sdk import Column
from climbdc_ui.panels._column import role_of
from climbdc_ui.panels._grid import Cell, cells_of
from climbdc_ui.panels._picture import Picture, picture
from climbdc_ui.panels._queue import Topic
from climbdc_ui.panels._sheet import Kept, Mask, Rows, Sheet, names_of

__all__ = ["Item", "Line", "item"]

MOST_LINES = 60
_TWINS: Kept[int | None] = Kept(512)
_PICTURES: Kept[Picture | None] = Kept(256)


@dataclass(frozen=True)
class Line:
    """One column of the row, and of the row that it repeats."""

    name: str
    entry: Column
    role: str
    cell: Cell
    other: Cell | None = None
    as_filed: bool = False
    """Whether it is no column any more, and stands as it was in the file."""

    @property
    def differs(self) -> bool:
        """Whether the two rows say different things."""
        return self.other is not None and (self.cell.text, self.cell.missing) != (self.other.text, self.other.missing)


@dataclass(frozen=True)
class Item:
    """What is shown of a row.

    Args:
        row: Its number in the file.
        cell: The one in question; None where it is the whole row.
        entry: What is known of its column.
        picture: How the column's values are spread, with the place of this one.
        choices: Values to choose from where there are few.
        lines: The other columns.
        more: How many further columns there are.
        made: How many of those were made by steps.
        twin: Number of the row that it repeats.
    """

    row: int
    cell: Cell | None
    entry: Column | None
    picture: Picture | None
    choices: tuple[str, ...]
    lines: tuple[Line, ...]
    more: int
    made: int
    twin: int | None = None


def item(sheet: Sheet, topic: Topic, row: int) -> Item | None:
    """A row as it is to be looked at; None where it is not there any more."""
    place = sheet.place(row)
    if place is None:
        return None
    twin = _twin(sheet, topic, row) if topic.kind == "pair" else None
    other = None if twin is None else sheet.place(twin)
    names = _names(sheet, topic.column)
    made = sheet.made
    shown = [name for name in names if name not in made][:MOST_LINES] or names[:MOST_LINES]
    lines = [_line(sheet, name, place, other) for name in shown]
    if other is not None:
        lines.sort(key=lambda line: not line.differs)
    left = len(names) - len(shown)
    return Item(row, *_cell(sheet, topic.column, place), tuple(lines), left, len(made - set(shown)), twin)


def _names(sheet: Sheet, column: str) -> list[str]:
    """Columns as the file has them, then those made by steps; what has a part to play comes first."""
    every = dict.fromkeys([*names_of(sheet.first), *sheet.names])
    return sorted((name for name in every if name != column), key=lambda name: not role_of(sheet.now.roles, name))


def _line(sheet: Sheet, name: str, place: int, other: int | None) -> Line:
    """A column of the row; one that a step turned into others is told as the file has it."""
    now = name in sheet.names
    source = sheet if now else Sheet((sheet.first,))
    wanted = [at for at in (place, other) if at is not None]
    places = wanted if now else [source.place(int(sheet.rows[at])) for at in wanted]
    cells = cells_of(source, name, np.array(places, dtype="int64"))
    entry = source.now.dictionary.get(name) or Column(name=name)
    cell, twin = cells[0], None if other is None else cells[1]
    return Line(name, entry, role_of(sheet.now.roles, name), cell, twin, not now)


def _cell(sheet: Sheet, name: str, place: int) -> tuple[Cell | None, Column | None, Picture | None, tuple[str, ...]]:
    if not name:
        return None, None, None, ()
    values = sheet.column(name)
    value = values.iloc[place]
    drawn = _PICTURES.get((sheet.now.frame, name), lambda: picture(values, whole=True))
    choices = tuple(bar.label for bar in drawn.bars) if drawn is not None and drawn.kind == "bars" else ()
    entry = sheet.now.dictionary.get(name) or Column(name=name)
    if drawn is not None:
        drawn = drawn.at(value, int((values == value).sum()) if drawn.kind == "bars" else 1)
    return cells_of(sheet, name, np.array([place]))[0], entry, drawn, choices


def _twin(sheet: Sheet, topic: Topic, row: int) -> int | None:
    """The first other row that says the same in all columns that were compared, as the file has them."""
    told = topic.finding["evidence"].get("compared")
    compared = [name for name in told if name in names_of(sheet.first)] if isinstance(told, list) else []

    def find() -> int | None:
        place = sheet.place(row)
        left: Rows = np.arange(len(sheet.rows))
        for name in compared:
            values = sheet.column_at_first(name)
            if values is not None and place is not None and len(left) > 1:
                left = left[_equal(values.iloc[left], values.iloc[place])]
        others = [int(number) for number in sheet.rows[left] if number != row]
        return others[0] if others and compared else None

    return _TWINS.get((sheet.first.frame, sheet.now.frame, topic.about, row), find)


def _equal(values: pd.Series[Any], value: Any) -> Mask:
    same = values.isna() if pd.isna(value) else values == value
    return np.asarray(same.to_numpy(dtype=bool, na_value=False) if values.dtype == TEXT else same, dtype=bool)
