"""What changed between two frames, cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.data._frames import ROW, TEXT, canonical, text_array
from climbdc.data._render import cells, writer

__all__ = ["Changes", "changed_cells", "diff"]

_TEXTS = pa.large_string()


@dataclass(frozen=True)
class Changes:
    """The difference of two frames."""

    cells: pd.DataFrame
    """One row per changed cell: `_row`, `column`, and its text `before` and `after` (missing where it was or is)."""
    dropped_rows: np.ndarray[Any, np.dtype[np.int64]]
    added_rows: np.ndarray[Any, np.dtype[np.int64]]
    dropped_columns: tuple[str, ...]
    added_columns: tuple[str, ...]
    by_column: dict[str, int]
    """Number of changed cells of each column that has any."""

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of cells, rows and columns."""
        return {
            "cells": len(self.cells),
            "dropped_rows": len(self.dropped_rows),
            "added_rows": len(self.added_rows),
            "dropped_columns": len(self.dropped_columns),
            "added_columns": len(self.added_columns),
        }


def diff(before: pd.DataFrame, after: pd.DataFrame, whole: Collection[str] = ()) -> Changes:
    """Compare two frames by `_row` and column.

    Two missing cells are equal, and so are 1 and 1.0. Between text and another type, cells are equal if they are
    written alike. A `_row` that comes again, or is negative, as in rows that were made, counts as added.

    Args:
        before: The frame that was.
        after: The frame that is.
        whole: Columns written without ".0", as for `write_csv`.
    """
    before, after = canonical(before), canonical(after)
    _, _, dropped, added = _match_rows(before.index.to_numpy(), after.index.to_numpy())
    had, have = set(before.columns), set(after.columns)
    parts, by_column = [], {}
    for name, part in changed_cells(before, after, whole):
        by_column[name] = part.num_rows
        parts.append(part.add_column(1, "column", pa.repeat(pa.scalar(name, _TEXTS), part.num_rows)))
    return Changes(
        cells=_cells_frame(parts),
        dropped_rows=dropped,
        added_rows=added,
        dropped_columns=tuple(name for name in before.columns if name not in have),
        added_columns=tuple(name for name in after.columns if name not in had),
        by_column=by_column,
    )


def changed_cells(
    before: pd.DataFrame, after: pd.DataFrame, whole: Collection[str] = ()
) -> Iterator[tuple[str, pa.Table]]:
    """The changed cells of one column after another, so that never more than one is held; see `diff`.

    Yields:
        Columns that have any, with a table of `_row`, `before` and `after`.
    """
    before, after = canonical(before), canonical(after)
    old, new, _, _ = _match_rows(before.index.to_numpy(), after.index.to_numpy())
    rows = before.index.to_numpy() if old is None else before.index.to_numpy()[old]
    for name in before.columns:
        part = _compare(before[name], after[name], old, new, rows, name in whole) if name in after.columns else None
        if part is not None:
            yield name, part


def _match_rows(before: Any, after: Any) -> tuple[Any, Any, Any, Any]:
    """Positions of the shared rows in each frame (None: all, in order), and the `_row`s of dropped and added rows."""
    none = np.array([], dtype="int64")
    if len(before) == len(after) and (before == after).all() and _is_plain(before):
        return None, None, none, none
    first = pd.Series(np.arange(len(before)), index=before)
    first = first[~first.index.duplicated() & (first.index >= 0)]
    own = ~pd.Index(after).duplicated() & (after >= 0)
    places = np.where(own, first.index.get_indexer(after), -1)
    new = np.flatnonzero(places >= 0)
    old = first.to_numpy()[places[new]]
    gone = np.ones(len(before), dtype=bool)
    gone[old] = False
    return old, new, before[gone], after[places < 0]


def _is_plain(rows: Any) -> bool:
    return bool((np.diff(rows) > 0).all() and (not len(rows) or rows[0] >= 0)) or (
        pd.Index(rows).is_unique and bool((rows >= 0).all())
    )


def _compare(before: pd.Series[Any], after: pd.Series[Any], old: Any, new: Any, rows: Any, whole: bool) -> Any:
    """The changed cells of one column as a table of `_row`, before and after; None if there are none."""
    left, right = cells(before), cells(after)
    if left is right and old is None:
        return None
    write_left, write_right = writer(left, whole), writer(right, whole)
    left, right = (left, right) if old is None else (left[old], right[new])
    if left.dtype == TEXT or right.dtype == TEXT or (left.dtype.kind == "M") != (right.dtype.kind == "M"):
        changed = _differ(write_left(left), write_right(right))
    else:
        changed = _values_differ(left, right)
    places = np.flatnonzero(changed)
    if not len(places):
        return None
    columns = [pa.array(rows[places]), write_left(left[places]), write_right(right[places])]
    return pa.table(columns, names=[ROW, "before", "after"])


def _values_differ(left: Any, right: Any) -> Any:
    if left.dtype.kind == "M":
        return (left != right) & ~(np.isnat(left) & np.isnat(right))
    return (left != right) & ~((left != left) & (right != right))


def _differ(left: pa.Array, right: pa.Array) -> Any:
    same = pc.fill_null(pc.equal(left, right), False)
    both = pc.and_(pc.is_null(left), pc.is_null(right))
    return ~pc.or_(same, both).to_numpy(zero_copy_only=False)


def _cells_frame(parts: list[Any]) -> pd.DataFrame:
    names = [ROW, "column", "before", "after"]
    kinds = [pa.int64(), _TEXTS, _TEXTS, _TEXTS]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    table = pa.concat_tables(parts) if parts else schema.empty_table()
    arrays: dict[str, Any] = {name: text_array(table.column(name)) for name in names[1:]}
    return pd.DataFrame({ROW: table.column(ROW).to_numpy(), **arrays}, copy=False)
