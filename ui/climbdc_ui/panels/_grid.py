"""One page of the data table: a few rows of a few columns, with what stood there at first."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.errors import InputError
from climbdc.sdk import Column
from climbdc_ui.panels._sheet import Kept, Rows, Sheet, places, table_of

__all__ = [
    "BLOCK",
    "PAGE",
    "Cell",
    "Grid",
    "Look",
    "cell_text",
    "cells_of",
    "grid",
    "look_of",
    "page_of_row",
    "sortable",
]

PAGE = 25
BLOCK = 8
LONGEST = 60
LONGEST_TITLE = 400
MOST_SORTED = 2_000_000
MOST_TEXTS_SORTED = 400_000
_ORDERS: Kept[Rows] = Kept(6)


@dataclass(frozen=True)
class Look:
    """What a person chose to see; made of what the browser sent, so that nothing in it is trusted.

    Args:
        page: Of the rows, from 1.
        block: Of the columns, from 1.
        sort: Column that the rows are ordered by; empty for the order of the file.
        down: Largest first.
        changed: Only rows of which a cell was changed.
        was: Say beside each changed value what stood there.
        find: Parts of column names, parted by commas.
        row: Number of a row to show, or None.
        column: Column whose card is open.
        tab: `rows` or `columns`.
    """

    page: int = 1
    block: int = 1
    sort: str = ""
    down: bool = False
    changed: bool = False
    was: bool = False
    find: str = ""
    row: int | None = None
    column: str = ""
    tab: str = "rows"

    def kept(self) -> dict[str, Any]:
        """As the browser keeps it: what differs from the start."""
        return {name: value for name, value in vars(self).items() if value != getattr(Look(), name)}


def look_of(told: dict[str, Any], names: Collection[str]) -> Look:
    """What the browser sent as a Look; whatever does not fit is as at the start.

    >>> look_of({"page": "3", "sort": "gone", "down": "yes", "tab": 7}, ["age"]).kept()
    {'page': 3, 'down': True}
    """
    return Look(
        page=max(1, _whole(told.get("page")) or 1),
        block=max(1, _whole(told.get("block")) or 1),
        sort=told["sort"] if isinstance(told.get("sort"), str) and told["sort"] in names else "",
        down=bool(told.get("down")),
        changed=bool(told.get("changed")),
        was=bool(told.get("was")),
        find=str(told.get("find") or "")[:200],
        row=_whole(told.get("row")),
        column=told["column"] if isinstance(told.get("column"), str) and told["column"] in names else "",
        tab="columns" if told.get("tab") == "columns" else "rows",
    )


def _whole(told: object) -> int | None:
    try:
        number = int(str(told).strip().replace(",", ""))
    except ValueError:
        return None
    return number if abs(number) < 2**53 else None


@dataclass(frozen=True)
class Cell:
    """One cell: its text, its text at first where that was another, and what a code means."""

    text: str
    missing: bool = False
    changed: bool = False
    before: str = ""
    label: str = ""
    whole: str = ""
    """The whole text where it is cut."""


@dataclass(frozen=True)
class Grid:
    """What the table shows."""

    look: Look
    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    total: int
    pages: int
    columns: int
    blocks: int
    everything: int
    """Rows without any filter."""


def grid(sheet: Sheet, look: Look, found: Sequence[str]) -> Grid:
    """The page that a Look asks for.

    Args:
        sheet: The data.
        look: What is wanted; a page beyond the end becomes the last.
        found: Columns to show, a block at a time.
    """
    order = _order(sheet, look)
    total = len(sheet.rows) if order is None else len(order)
    pages, blocks = max(1, math.ceil(total / PAGE)), max(1, math.ceil(len(found) / BLOCK))
    look = replace(look, page=min(look.page, pages), block=min(look.block, blocks))
    start = (look.page - 1) * PAGE
    at = np.arange(start, min(start + PAGE, total)) if order is None else order[start : start + PAGE]
    names = tuple(found[(look.block - 1) * BLOCK : look.block * BLOCK])
    cells = [cells_of(sheet, name, at) for name in names]
    numbers = sheet.rows[at].tolist()
    rows = tuple((number, tuple(column[n] for column in cells)) for n, number in enumerate(numbers))
    return Grid(look, names, rows, total, pages, len(found), blocks, len(sheet.rows))


def page_of_row(sheet: Sheet, look: Look, row: int) -> int:
    """The page on which a row stands.

    Raises:
        InputError: It is not among the rows that are shown.
    """
    place, order = sheet.place(row), _order(sheet, look)
    if place is None:
        aside = " or set aside for the test" if sheet.split else ""
        raise InputError(f"There is no row {row} here.", fix=f"It may have been taken out{aside}.", code="no-such-row")
    found = np.array([place]) if order is None else np.flatnonzero(order == place)
    if not len(found):
        raise InputError(f"Row {row} has no changed cell.", fix="Show all rows to see it.", code="no-such-row")
    return int(found[0]) // PAGE + 1


def sortable(sheet: Sheet, name: str) -> bool:
    """Whether ordering by a column is quick enough."""
    text = pa.types.is_large_string(sheet.table.schema.field(name).type)
    return len(sheet.rows) <= (MOST_TEXTS_SORTED if text else MOST_SORTED)


def _order(sheet: Sheet, look: Look) -> Rows | None:
    """Places of the rows in the order wanted; None for all in the order of the file."""
    sort = look.sort if look.sort and sortable(sheet, look.sort) else ""
    if not sort and not look.changed:
        return None

    def make() -> Rows:
        places = np.arange(len(sheet.rows))
        if sort:
            way = "descending" if look.down else "ascending"
            places = pc.array_sort_indices(sheet.table.column(sort), order=way).to_numpy().astype("int64")
        return places[sheet.any_changed()[places]] if look.changed else places

    return _ORDERS.get((sheet.first.frame, sheet.now.frame, sort, look.down and bool(sort), look.changed), make)


def cells_of(sheet: Sheet, name: str, at: Rows) -> list[Cell]:
    """The cells of one column in some rows; what was at first is looked up for these rows alone."""
    entry = sheet.now.dictionary.get(name) or Column(name=name)
    now = _texts(table_of(sheet.now).column(name).take(pa.array(at)))
    before = _texts_at_first(sheet, name, at)
    return [_cell(entry, text, before[n] if before is not None else text) for n, text in enumerate(now)]


def _texts_at_first(sheet: Sheet, name: str, at: Rows) -> list[str | None] | None:
    """What stood in these rows at first; None where nothing can differ."""
    first = table_of(sheet.first)
    if name in sheet.made or sheet.first.frame == sheet.now.frame:
        return None
    where = places(sheet.first, sheet.now)
    found = at if where is None else where[at]
    return _texts(first.column(name).take(pa.array(found, mask=found < 0)))


def _cell(entry: Column, text: str | None, before: str | None) -> Cell:
    shown = text or ""
    return Cell(
        text=_cut(shown, LONGEST),
        missing=text is None,
        changed=text != before,
        before=("missing" if before is None else _cut(before, LONGEST)) if text != before else "",
        label=entry.labels.get(shown, ""),
        whole=_cut(shown, LONGEST_TITLE) if len(shown) > LONGEST else "",
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _texts(values: Any) -> list[str | None]:
    return [cell_text(value) for value in values.to_pylist()]


def cell_text(value: Any) -> str | None:
    """A cell as a person reads it; None where it is missing.

    >>> cell_text(3.0), cell_text(12.300000190734863), cell_text(float("nan")), cell_text(dt.datetime(2021, 5, 17))
    ('3', '12.3', None, '2021-05-17')
    """
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.7g}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    return str(value)
