"""What a session's rows hold, as far as the gate must know it to keep it back."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from climbdc.privacy._cells import persons_by_value, rare_cells
from climbdc.privacy._identifiers import scan_columns
from climbdc.privacy._profile import label_of
from climbdc.privacy._rare import RareCells, Spared, key_of
from climbdc.sdk import Dictionary, Roles
from climbdc.store import SessionStore

__all__ = ["Rows", "Secrets"]

Rows = np.ndarray[Any, np.dtype[np.int64]]
AGE = "age"
"""The kind of personal data that may be told of groups."""
_LETTERS = 3
_UNIQUE = 0.95
"""A column of whole numbers that differ in so many rows names rows."""


class Secrets:
    """The rows of a session as they were read: who they are about and what may be said of single values."""

    def __init__(self, stored: SessionStore, k: int) -> None:
        self.stored = stored
        self.k = k
        self._rare: dict[tuple[str | None, frozenset[str]], RareCells] = {}
        self._carried: dict[tuple[str | None, str], dict[str, int]] = {}
        self._people: dict[str, Rows] = {}
        self._most: dict[str, int] = {}
        self._repeated: dict[str, bool] = {}
        self._reading: dict[str, Any] | None = None
        self._goal: Roles | None = None
        self._frames: list[pd.DataFrame] = []
        self._found: tuple[Roles, dict[str, str]] | None = None
        self._lines: dict[str, frozenset[str]] = {}

    def look_again(self) -> None:
        """What the session says of goal and dictionary may have changed; what was read does not."""
        self._reading = self._goal = None

    @property
    def reading(self) -> dict[str, Any]:
        """What was read; empty before that."""
        if self._reading is None:
            self._reading = self.stored.get("reading")
        return self._reading or {}

    @property
    def columns(self) -> list[str]:
        """Names of the columns of the file, in order."""
        return list(self.reading.get("columns", []))

    @property
    def every_column(self) -> frozenset[str]:
        """Names of the columns of the file and of all versions that led to the newest."""
        head = self.stored.get("head")
        if head is None:
            return frozenset(self.columns)
        if head["version"] not in self._lines:
            names = {
                name
                for _, body in self.stored.lineage(head["version"])
                for name in self.stored.objects.table(body["frame"]).schema.names
            }
            self._lines = {head["version"]: frozenset(names - {"_row"}) | frozenset(self.columns)}
        return self._lines[head["version"]]

    @property
    def frames(self) -> list[pd.DataFrame]:
        """The rows, those of a test file too; none before they were read."""
        if not self._frames and self.reading:
            given = [self.reading, self.reading.get("test") or {}]
            self._frames = [self.stored.objects.frame(part["frame"]) for part in given if "frame" in part]
        return self._frames

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return int(self.reading.get("rows", 0))

    # -- who ---------------------------------------------------------------------------------------------------------

    @property
    def patient(self) -> str | None:
        """The column that says who a row is about, where several rows may be about one."""
        name = self._roles.patient
        if name is None or name not in self.columns:
            return None
        if name not in self._repeated:
            self._repeated[name] = bool(self.frames[0][name].duplicated().any())
        return name if self._repeated[name] else None

    def people(self, rows: Rows) -> Rows:
        """Who these rows are about, each person once; the rows where each is a person."""
        persons = self.persons(rows)
        return np.unique(rows if persons is None else persons)

    def persons(self, rows: Rows) -> Rows | None:
        """Who each of these rows is about, by a number; None where each is about somebody else."""
        name = self.patient
        if name is None:
            return None
        if name not in self._people:
            whole = pd.concat([frame[name] for frame in self.frames if name in frame.columns])
            codes = pd.factorize(whole)[0].astype("int64")
            strangers = np.flatnonzero(codes < 0)  # a row without an id is somebody of its own
            codes[strangers] = len(codes) + strangers
            known = np.arange(2 * len(codes), 2 * len(codes) + int(whole.index.max()) + 1, dtype="int64")
            known[whole.index.to_numpy()] = codes
            self._people[name] = known
        known = self._people[name]
        return np.where((rows >= 0) & (rows < len(known)), known[np.clip(rows, 0, len(known) - 1)], -1 - np.abs(rows))

    @property
    def most_rows(self) -> int:
        """The most rows that are about one person."""
        name = self.patient
        if name is None:
            return 1
        if name not in self._most:
            self._most[name] = max(int(frame[name].value_counts().max()) for frame in self.frames if name in frame)
        return self._most[name]

    def units(self, frame: pd.DataFrame) -> pd.Series[Any] | None:
        """Who each row of the file is about; None where each is about somebody else."""
        persons = self.persons(frame.index.to_numpy(dtype="int64"))
        return None if persons is None else pd.Series(persons, index=frame.index)

    # -- values ------------------------------------------------------------------------------------------------------

    def rare(self, revealed: frozenset[str] = frozenset()) -> RareCells:
        """What fewer than k persons hold, apart from columns that a person has shown to the model."""
        if not self.reading:
            return RareCells()
        key = (self.patient, revealed)
        if key not in self._rare:
            cells = rare_cells(self.frames, self.k, self._coded, self.units, revealed)
            self._rare[key] = cells.also(self._of_files())
        return self._rare[key]

    def _of_files(self) -> frozenset[str]:
        """Words of the names of the files, which may name whom they are about."""
        options = self.stored.options
        paths = [*options.get("files", ()), options.get("test"), options.get("dictionary")]
        stems = [PurePath(str(path).replace("\\", "/")).stem for path in paths if path]
        return frozenset(word for stem in stems for word in key_of(stem).split(" ") if len(word) >= _LETTERS)

    def is_rare(self, text: str, spared: Spared | None = None) -> bool:
        """Whether a text is, as a whole, what fewer than k persons hold."""
        key = key_of(text)
        rare = self.rare()
        known = key in rare.phrases or (key in rare.words and " " not in key)
        return known and not (spared is not None and spared.whole(key.split(" ")))

    def carried(self, column: str, value: str) -> int:
        """How many persons have a value, as text, in a column of the file; 0 for one that is not of the file."""
        if column not in self.columns:
            return 0
        key = (self.patient, column)
        if key not in self._carried:
            counts: dict[str, int] = {}
            frame = self.frames[0]
            for found, persons in persons_by_value(frame[column], self.units(frame)).items():
                text = label_of(found).strip().casefold()
                counts[text] = counts.get(text, 0) + persons
            self._carried[key] = counts
        return self._carried[key].get(value.strip().casefold(), 0)

    # -- columns -----------------------------------------------------------------------------------------------------

    @property
    def _roles(self) -> Roles:
        if self._goal is None:
            self._goal = Roles.model_validate((self.stored.get("goal") or {"roles": {}})["roles"])
        return self._goal

    @property
    def _dictionary(self) -> Dictionary:
        return Dictionary.from_json(self.reading.get("dictionary", []))

    @property
    def target(self) -> str:
        """The column to predict; empty before it is known."""
        return self._roles.target or ""

    @property
    def naming(self) -> frozenset[str]:
        """Columns that name persons or rows by their role or type."""
        roles = self._roles
        named = {roles.patient, roles.group, *roles.identifiers, *self._dictionary.of_type("identifier")}
        return frozenset(name for name in named if name)

    @property
    def _coded(self) -> frozenset[str]:
        """Columns of numbers that name somebody."""
        frame = self.frames[0]
        unique = {
            str(name)
            for name in frame.columns
            if frame[name].dtype.kind == "i" and frame[name].nunique() > max(_UNIQUE * len(frame), 2)
        }
        return self.naming | unique

    @property
    def personal(self) -> frozenset[str]:
        """Columns that hold personal data by their shape, whatever their type says; ages are told in groups."""
        return frozenset(column for column, kind in self._scanned.items() if kind != AGE)

    @property
    def ages(self) -> frozenset[str]:
        """Columns of ages."""
        return frozenset(column for column, kind in self._scanned.items() if kind == AGE)

    @property
    def _scanned(self) -> dict[str, str]:
        """Column -> kind of personal data, as the roles stand."""
        roles = self._roles
        if (self._found is None or self._found[0] != roles) and self.reading:
            found = scan_columns(self.frames[0], self._dictionary, roles)
            self._found = roles, {one.column: one.kind for one in found}
        return {} if self._found is None else self._found[1]
