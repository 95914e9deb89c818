"""What a session's rows hold, as far as the gate must know it to keep it back."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pandas as pd

from climbdc.privacy._profile import label_of
from climbdc.privacy._rare import RareCells, key_of, rare_cells
from climbdc.sdk import Dictionary, Roles
from climbdc.store import SessionStore

__all__ = ["Secrets"]

_UNIQUE = 0.95
"""A column of whole numbers that differ in so many rows names rows."""


class Secrets:
    """The rows of a session as they were read, and what may be said of single values of them."""

    def __init__(self, stored: SessionStore, k: int) -> None:
        self.stored = stored
        self.k = k
        self._rare: dict[frozenset[str], RareCells] = {}
        self._reading: dict[str, Any] | None = None

    @property
    def reading(self) -> dict[str, Any]:
        """What was read; empty before that."""
        if self._reading is None:
            self._reading = self.stored.get("reading") or self.stored.on("main").get("reading")
        return self._reading or {}

    @property
    def columns(self) -> list[str]:
        """Names of the columns of the file, in order."""
        return list(self.reading.get("columns", []))

    @property
    def frames(self) -> list[pd.DataFrame]:
        """The rows, those of a test file too."""
        given = [self.reading, self.reading.get("test") or {}]
        return [self.stored.objects.frame(part["frame"]) for part in given if "frame" in part]

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return int(self.reading.get("rows", 0))

    def rare(self, revealed: frozenset[str] = frozenset()) -> RareCells:
        """What fewer than k rows hold, apart from columns that a person has shown to the model."""
        if not self.reading:
            return RareCells()
        if revealed not in self._rare:
            self._rare[revealed] = rare_cells(self.frames, self.k, self._coded, revealed)
        return self._rare[revealed]

    @property
    def _roles(self) -> Roles:
        goal = self.stored.get("goal")
        return Roles.model_validate(goal["roles"]) if goal else Roles()

    @property
    def _dictionary(self) -> Dictionary:
        return Dictionary.from_json(self.reading.get("dictionary", []))

    @property
    def naming(self) -> frozenset[str]:
        """Columns that name persons or rows by their role or type."""
        roles = self._roles
        named = {roles.patient, roles.group, *roles.identifiers, *self._dictionary.of_type("identifier")}
        return frozenset(name for name in named if name)

    @cached_property
    def _coded(self) -> frozenset[str]:
        """Columns of numbers that name somebody."""
        frame = self.frames[0]
        unique = {
            str(name)
            for name in frame.columns
            if frame[name].dtype.kind == "i" and frame[name].nunique() > max(_UNIQUE * len(frame), 2)
        }
        return self.naming | unique

    @cached_property
    def personal(self) -> frozenset[str]:
        """Columns that hold personal data by their shape, whatever their type says."""
        from climbdc.privacy._guard import scan_columns

        if not self.reading:
            return frozenset()
        found = scan_columns(self.frames[0], self._dictionary, self._roles)
        return frozenset(one.column for one in found)

    def carried(self, column: str, value: str) -> int:
        """How many rows of the file hold a value, as text, in a column; 0 for one that is not of the file."""
        if column not in self.columns:
            return 0
        return self._counts(column).get(value.strip().casefold(), 0)

    def _counts(self, column: str) -> dict[str, int]:
        if column not in self._carried:
            counts: dict[str, int] = {}
            for value, rows in self.frames[0][column].value_counts().items():
                key = label_of(value).strip().casefold()
                counts[key] = counts.get(key, 0) + int(rows)
            self._carried[column] = counts
        return self._carried[column]

    @cached_property
    def _carried(self) -> dict[str, dict[str, int]]:
        return {}

    def anywhere(self, text: str) -> bool:
        """Whether a text is, or holds, what fewer than k rows hold."""
        return self.rare().holds(text) or key_of(text) in self.rare().phrases
