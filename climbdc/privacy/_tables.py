"""The table as a model sees it: one line a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from climbdc.privacy._clean import LONGEST_LABEL, clean
from climbdc.privacy._history import History, Rows, fingerprint, ones
from climbdc.privacy._names import Names
from climbdc.privacy._numbers import count
from climbdc.privacy._profile import OTHER, Profile, profile
from climbdc.privacy._scrub import scrub
from climbdc.privacy._secrets import Secrets
from climbdc.sdk import Column, Dictionary, Roles

__all__ = ["Detail", "Tables"]

Detail = Literal["names", "short", "full"]
_SHORT_LEVELS = 4
OLD = 89
_ROLES = ("target", "duration", "event", "patient", "visit_time", "index_date", "group", "site")
_NAMELESS = ("patient", "group", "visit_time", "index_date")
"""Roles whose values name somebody or a moment."""


class Tables:
    """Releases columns, each with its earlier releases in mind."""

    def __init__(self, history: History, secrets: Secrets, names: Names, words: Callable[[str, int], str]) -> None:
        self.history = history
        self.secrets = secrets
        self.names = names
        self.words = words
        self.k = history.k

    def rows(self, frame: pd.DataFrame) -> tuple[int | str, bool]:
        """How many rows there are, and whether that is as of an earlier release."""
        rows = frame.index.to_numpy(dtype="int64")
        body, old = self.history.settle("rows", rows, ones(rows), {}, {"rows": count(len(rows), self.k)})
        told: int | str = body["rows"]
        return told, old

    def line(
        self, frame: pd.DataFrame, name: str, entry: Column, roles: Roles, detail: Detail, *, numbers: bool
    ) -> dict[str, Any]:
        """What is told of a column."""
        line: dict[str, Any] = {"name": self.names.shown(name), "type": entry.type, "role": _role(name, roles)}
        if detail == "names":
            return line
        meaning = self.words(entry.meaning, 300 if detail == "full" else 60)
        line |= {"unit": self.words(entry.unit, 20), "meaning": meaning}
        line |= {"known_at": "" if entry.known_at == "unknown" else entry.known_at}
        if detail == "full" and entry.limits is not None:
            line["possible"] = [entry.limits.low, entry.limits.high]
        if not numbers or name not in frame.columns:
            return line
        told, old = self.profile(frame, name, entry, roles)
        return line | _numbers(told, detail) | ({"as_of": "an earlier version"} if old else {})

    def profile(self, frame: pd.DataFrame, name: str, entry: Column, roles: Roles) -> tuple[Profile, bool]:
        """The numbers of a column, or those of an earlier release."""
        hidden = self._is_hidden(name, roles)
        rows = frame.index.to_numpy(dtype="int64")
        persons = self.secrets.persons(rows)
        label = self.young if name in self.secrets.ages else self.label
        fresh = profile(frame[name], entry, self.k, label, hidden=hidden, persons=persons)
        if name in self.secrets.ages:
            fresh = replace(fresh, quantiles={key: age for key, age in fresh.quantiles.items() if age <= OLD})
        cells = {cell: rows[mask] for cell, mask in fresh.cells.items()}
        if name not in self.secrets.columns and self._tells_of_others(name, rows, cells):
            return Profile(missing=""), False
        body, old = self.history.settle(
            f"column/{name}", rows, fingerprint(frame[name]), cells, fresh.to_json(), counted=fresh.told
        )
        return Profile.from_json(dict(body)), old

    def label(self, text: str) -> str | None:
        """A value that enough rows have, as it may be shown; None for one that looks like somebody's."""
        cleaned = clean(text, LONGEST_LABEL)
        return cleaned if cleaned and scrub(cleaned).text == cleaned and cleaned != OTHER else None

    def young(self, text: str) -> str | None:
        """An age as it may be shown; higher ones than 89 are not told (45 CFR 164.514(b)(2)(i)(C))."""
        return self.label(text) if text.isdigit() and int(text) <= OLD else None

    def _is_hidden(self, name: str, roles: Roles) -> bool:
        named = {getattr(roles, role) for role in _NAMELESS} | set(roles.identifiers) | set(roles.ignored)
        return name in named or name in self.secrets.personal

    def _tells_of_others(self, name: str, rows: Rows, cells: Mapping[str, Rows]) -> bool:
        """Whether a column that was made from others tells of few rows, together with what was told of those."""
        known = self.history.releases("rows")
        if self.history.near_any(rows, (release.rows for release in known)):
            return True
        others = [
            cell
            for column in self.secrets.columns
            for release in self.history.releases(f"column/{column}")
            for cell in release.cells.values()
        ]
        return any(self.history.near_any(some, others) for some in cells.values())


def _numbers(told: Profile, detail: Detail) -> dict[str, Any]:
    missing = "" if told.missing == "none" else told.missing
    if detail == "full":
        return {"missing": told.missing, "levels": told.levels, "quantiles": told.quantiles}
    levels = dict(list(told.levels.items())[:_SHORT_LEVELS])
    more = len(told.levels) - len(levels)
    quantiles = {name: told.quantiles[name] for name in ("p5", "p50", "p95") if name in told.quantiles}
    return {"missing": missing, "levels": levels, "more_levels": more, "quantiles": quantiles} if more else {
        "missing": missing, "levels": levels, "quantiles": quantiles,
    }  # fmt: skip


def _role(name: str, roles: Roles) -> str:
    for role in _ROLES:
        if getattr(roles, role) == name:
            return role
    return "identifier" if name in roles.identifiers else "ignored" if name in roles.ignored else ""


def described(dictionary: Dictionary, name: str) -> Column:
    """What is known of a column; a bare entry when nothing is."""
    return dictionary[name] if name in dictionary else Column(name=name)


def wanted(frame: pd.DataFrame, columns: Sequence[str] | None) -> list[str]:
    """Columns to tell of, in the order of the table."""
    every = [str(name) for name in frame.columns]
    return every if columns is None else [name for name in every if name in set(columns)]
