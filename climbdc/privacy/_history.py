"""What was released before, so that two releases together never tell of a small group.

A release is about a set of rows with their values. All releases of one column cut the rows into parts: rows that were
alike in every release are one part. A number about any union of parts can be worked out by adding and subtracting
releases, so no part may hold 1 to k-1 rows; and no single published cell may differ by 1 to k-1 rows from the same cell
of an earlier release. Otherwise the earlier release is given again. (Tracking of sets is what table builders do against
differencing; SDAP, Handbook on Statistical Disclosure Control for Outputs, 2024.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from climbdc.store import SessionStore

__all__ = ["MOST_RELEASES", "History", "Rows", "fingerprint", "ones"]

MOST_RELEASES: Final = 12
"""After so many different releases of one thing the last is given again; a bound on what can be combined."""

Rows = np.ndarray[Any, np.dtype[np.int64]]
_Marks = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True)
class Release:
    """One earlier release: its rows (sorted), a mark for what each holds, its cells, and what was told."""

    rows: Rows
    marks: _Marks
    cells: Mapping[str, Rows]
    body: Mapping[str, Any]


def fingerprint(values: pd.Series[Any]) -> _Marks:
    """One mark a row for its value; a number and the text of it have the same mark, gaps have one."""
    marks = np.ones(len(values), dtype="uint64")
    present = values.notna().to_numpy()
    if values.dtype.kind == "M":
        numbers = values.to_numpy().astype("datetime64[us]").astype("int64").astype("float64")
    else:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    counted = present & ~np.isnan(numbers)
    marks[counted] = pd.util.hash_array(numbers[counted] + 0.0)
    words = present & ~counted
    if words.any():
        marks[words] = pd.util.hash_array(values[words].astype(str).to_numpy(dtype=object))
    marks[marks == 0] = 2
    return marks


class History:
    """The releases of a session, all branches and all runs of it together.

    Args:
        stored: The session.
        k: The least number of persons that two releases may differ in.
        people: Says who some rows are about, each once; where a row is a person, the rows.
        most: Says how many rows may be about one person.
    """

    def __init__(
        self, stored: SessionStore, k: int, people: Callable[[Rows], Rows] = np.unique,
        most: Callable[[], int] = lambda: 1,
    ) -> None:  # fmt: skip
        self.stored = stored.on("main")
        self.k = k
        self.people = people
        self.most = most
        self._known: dict[str, list[Release]] = {}
        self._looked: set[str] = set()

    def look_again(self) -> None:
        """Others may have released more of the same session since; what they did is read when it is asked for."""
        self._looked.clear()

    def releases(self, name: str) -> list[Release]:
        """The releases of one thing, the first first."""
        known = self._known.setdefault(name, [])
        if name not in self._looked:
            body = self.stored.get(_key(name)) or {"releases": []}
            known += [self._load(item) for item in body["releases"][len(known) :]]
            self._looked.add(name)
        return known

    def settle(
        self,
        name: str,
        rows: Rows,
        marks: _Marks,
        cells: Mapping[str, Rows],
        body: Mapping[str, Any],
        *,
        counted: bool = True,
    ) -> tuple[Mapping[str, Any], bool]:
        """Release `body`, or give an earlier release again.

        Args:
            name: What it is about, such as `column/age`.
            rows: Row numbers.
            marks: What each row holds.
            cells: Cell -> its row numbers, where a number is told of them.
            body: What is told, JSON.
            counted: Whether anything that is told depends on the rows beyond the cells.

        Returns:
            What to tell, and whether it is as of an earlier release.
        """
        order = np.argsort(rows, kind="stable")
        new = Release(rows[order], marks[order], {cell: np.sort(some) for cell, some in cells.items()}, dict(body))
        before = self.releases(name)
        for known in reversed(before):
            if _same(known, new) and known.body == new.body:
                return known.body, False
        clash = self._clash(before, new, counted)
        if clash is not None:
            return clash.body, True
        self._add(name, new)
        return new.body, False

    def remember(self, name: str, rows: Rows, body: Mapping[str, Any]) -> None:
        """Keep a set of rows of which a number was told, beside any others."""
        new = Release(np.sort(rows), ones(rows), {}, dict(body))
        if not any(_same(known, new) for known in self.releases(name)):
            self._add(name, new)

    def _clash(self, before: Sequence[Release], new: Release, counted: bool) -> Release | None:
        """The earlier release that the new one would tell too much with."""
        if len(before) >= MOST_RELEASES:
            return before[-1]
        for known in reversed(before):
            if any(self.is_near(known.cells[cell], rows) for cell, rows in new.cells.items() if cell in known.cells):
                return known
        if before and counted and not self._parts_are_large([*before, new]):
            return before[-1]
        return None

    def is_near(self, one: Rows, other: Rows) -> bool:
        """Whether two sets of rows differ, and in fewer than k persons."""
        if abs(len(one) - len(other)) >= self.k * self.most() or np.array_equal(one, other):
            return False
        return not self._many(np.setxor1d(one, other, assume_unique=True))

    def near_any(self, rows: Rows, others: Iterable[Rows]) -> bool:
        """Whether a set of rows differs in 1 to k-1 persons from one of the others."""
        return any(self.is_near(rows, other) for other in others)

    def is_small(self, rows: Rows) -> bool:
        """Whether some rows are about 1 to k-1 persons."""
        return len(rows) > 0 and not self._many(rows)

    def _many(self, rows: Rows) -> bool:
        """Whether some rows are about k persons and more."""
        return len(rows) >= self.k and len(self.people(rows)) >= self.k

    def _parts_are_large(self, releases: Sequence[Release]) -> bool:
        """Whether rows that were alike in every release form parts of at least k persons.

        A row's pattern says, for each release, that it is not there, or names the first in which it stood as it does
        there.
        """
        every = np.unique(np.concatenate([release.rows for release in releases]))
        states = [_state(every, release) for release in releases]
        pattern = np.zeros(len(every), dtype="int64")
        for number, state in enumerate(states):
            first = np.full(len(every), number, dtype="int64")
            for earlier in range(number - 1, -1, -1):
                first[states[earlier] == state] = earlier
            first[state == 0] = len(releases)
            pattern = pattern * (len(releases) + 1) + first
        return not any(self.is_small(every[pattern == part]) for part in np.unique(pattern))

    def _add(self, name: str, new: Release) -> None:
        stored = self.stored.get(_key(name)) or {"releases": []}
        objects = self.stored.objects
        item = {
            "rows": objects.put_table(pa.table({"_row": pa.array(new.rows), "mark": pa.array(new.marks)})),
            "cells": {
                cell: objects.put_table(pa.table({"_row": pa.array(rows, pa.int64())}))
                for cell, rows in new.cells.items()
            },
            "body": dict(new.body),
        }
        self.stored.put(_key(name), {"of": name[:200], "releases": [*stored["releases"], item]})
        known = self._known.setdefault(name, [])
        if len(known) == len(stored["releases"]):
            known.append(new)
        else:  # another gate was quicker: what it released is read before the next
            self._looked.discard(name)

    def _load(self, item: Mapping[str, Any]) -> Release:
        table = self.stored.objects.table(item["rows"])
        cells = {cell: self.stored.objects.table(named)["_row"].to_numpy() for cell, named in item["cells"].items()}
        return Release(table["_row"].to_numpy(), table["mark"].to_numpy(), cells, item["body"])


def ones(rows: Rows) -> _Marks:
    """Marks that only say that a row is there."""
    return np.ones(len(rows), dtype="uint64")


def _key(name: str) -> str:
    """The name of the result that keeps the releases of a thing; names of columns may be of any length."""
    return f"disclosed/{hashlib.sha256(name.encode()).hexdigest()[:40]}"


def _same(one: Release, other: Release) -> bool:
    return np.array_equal(one.rows, other.rows) and np.array_equal(one.marks, other.marks)


def _state(every: Rows, release: Release) -> _Marks:
    """What each row holds in a release, 0 where it is not there."""
    state = np.zeros(len(every), dtype="uint64")
    state[np.searchsorted(every, release.rows)] = release.marks
    return state
