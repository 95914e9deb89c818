"""The newest version of the data as the page reads it: memory-mapped, a piece at a time, beside what it was."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.agents import Version, load_version
from climbdc.data import ROW, diff, from_arrow

if TYPE_CHECKING:
    from climbdc.store import SessionStore

__all__ = [
    "Kept",
    "Mask",
    "Rows",
    "Sheet",
    "aligned",
    "changed_between",
    "column_of",
    "names_of",
    "places",
    "rows_of",
    "sheet_of",
    "table_of",
]

V = TypeVar("V")
Rows = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Kept(Generic[V]):
    """The last few results of a costly function, by names that never mean anything else (hashes of content)."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """The value under this key, made where it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self.most:
                self._values.popitem(last=False)
        return value


_VERSIONS: Kept[Version] = Kept(64)
_TABLES: Kept[pa.Table] = Kept(24)
_NAMES: Kept[Mapping[str, None]] = Kept(24)
_PLACES: Kept[Rows | None] = Kept(8)
_MASKS: Kept[Mask] = Kept(8)
_COLUMNS: Kept[Mask] = Kept(16)


@dataclass(frozen=True)
class Sheet:
    """What is shown of a session's data.

    Args:
        chain: All versions, the first first; the last is what is shown.
    """

    chain: tuple[Version, ...]

    @property
    def now(self) -> Version:
        """The newest version."""
        return self.chain[-1]

    @property
    def first(self) -> Version:
        """What is compared with: the file, or the rows as they were merged from visits."""
        merged = [version for version in self.chain if version.lineage is not None]
        return merged[-1] if merged else self.chain[0]

    @property
    def split(self) -> bool:
        """Whether rows were set aside for the test; they are not in the newest version."""
        return any(version.step is not None and version.step.tool == "split_data" for version in self.chain)

    @property
    def table(self) -> pa.Table:
        """The newest version, mapped."""
        return table_of(self.now)

    @property
    def names(self) -> Mapping[str, None]:
        """Its columns, in order."""
        return names_of(self.now)

    @property
    def made(self) -> set[str]:
        """Columns that were not there at first."""
        return self.names.keys() - names_of(self.first).keys()

    @property
    def rows(self) -> Rows:
        """Row number of each row."""
        return rows_of(self.now)

    def place(self, row: int) -> int | None:
        """Where a row is; None where it is not there."""
        found = np.flatnonzero(self.rows == row)
        return int(found[0]) if len(found) else None

    def column(self, name: str) -> pd.Series[Any]:
        """A whole column of the newest version; numbers are not copied."""
        return column_of(self.now, name)

    def column_at_first(self, name: str) -> pd.Series[Any] | None:
        """The same column for the same rows as it was at first; None where there was none."""
        if name not in names_of(self.first):
            return None
        return aligned(self.first, self.now, name)

    def changed(self, name: str) -> Mask:
        """Which cells of a column differ from what they were at first; all of a column that is new."""
        return changed_between(self.first, self.now, name)

    def any_changed(self) -> Mask:
        """Which rows have a cell that differs from what it was at first, new columns apart."""

        def make() -> Mask:
            total = np.zeros(len(self.rows), dtype=bool)
            for name in self.names.keys() - self.made:
                total |= self.changed(name)
            return total

        return _MASKS.get((self.first.frame, self.now.frame), make)


def sheet_of(stored: SessionStore) -> Sheet | None:
    """The newest version of a session with all before it; None while the data are still being read."""
    head = stored.get("head")
    if head is None:
        return None
    chain: list[Version] = []
    name: str | None = head["version"]
    while name is not None:
        wanted = name
        chain.append(_VERSIONS.get((stored.id, wanted), lambda wanted=wanted: load_version(stored, wanted)))  # type: ignore[misc]
        name = chain[-1].parent
    return Sheet(tuple(reversed(chain)))


def table_of(version: Version) -> pa.Table:
    """A version's rows, mapped from disk."""
    return _TABLES.get(version.frame, lambda: version.objects.table(version.frame))


def names_of(version: Version) -> Mapping[str, None]:
    """The columns of a version, in order, quick to be looked up."""
    return _NAMES.get(version.frame, lambda: {name: None for name in table_of(version).column_names if name != ROW})


def rows_of(version: Version) -> Rows:
    """The row numbers of a version."""
    rows: Rows = table_of(version).column(ROW).to_numpy()
    return rows


def column_of(version: Version, name: str) -> pd.Series[Any]:
    """One column of a version."""
    return from_arrow(pa.table({name: table_of(version).column(name)}))[name]


def places(before: Version, after: Version) -> Rows | None:
    """Where each row of `after` was in `before`, -1 where it was not; None where all rows are the same."""

    def make() -> Rows | None:
        old, new = rows_of(before), rows_of(after)
        if len(old) == len(new) and bool((old == new).all()):
            return None
        return pd.Index(old).get_indexer(pd.Index(new)).astype("int64")

    return _PLACES.get((before.frame, after.frame), make)


def aligned(before: Version, after: Version, name: str) -> pd.Series[Any]:
    """A column of `before` in the rows of `after`; missing where a row was not there."""
    column, where = column_of(before, name), places(before, after)
    if where is None:
        return column
    if (where < 0).any():
        return column.set_axis(rows_of(before)).reindex(rows_of(after)).reset_index(drop=True)
    return column.take(where).reset_index(drop=True)


def changed_between(before: Version, after: Version, name: str) -> Mask:
    """Which cells of a column differ between two versions; all of it where the column is new."""

    def make() -> Mask:
        if name not in names_of(before):
            return np.ones(len(rows_of(after)), dtype=bool)
        where = places(before, after)
        old = table_of(before).column(name)
        old = old if where is None else old.take(pa.array(where, mask=where < 0))
        return _differ(old, table_of(after).column(name), name)

    return _COLUMNS.get((before.frame, after.frame, name), make)


def _differ(before: pa.ChunkedArray, after: pa.ChunkedArray, name: str) -> Mask:
    """Which cells differ; two missing ones are alike."""
    text = [pa.types.is_large_string(column.type) for column in (before, after)]
    dates = [pa.types.is_timestamp(column.type) for column in (before, after)]
    if text[0] != text[1] or dates[0] != dates[1]:  # one was turned into the other: alike where they are written alike
        old, new = (from_arrow(pa.table({name: column})) for column in (before, after))
        mask = np.zeros(len(new), dtype=bool)
        mask[diff(old, new, [name]).cells[ROW].to_numpy()] = True
        return mask
    if text[0]:
        same = pc.or_(pc.fill_null(pc.equal(before, after), False), pc.and_(pc.is_null(before), pc.is_null(after)))
        return ~np.asarray(same.to_numpy(), dtype=bool)
    left, right = before.to_numpy(), after.to_numpy()
    return np.asarray((left != right) & ~((left != left) & (right != right)), dtype=bool)
