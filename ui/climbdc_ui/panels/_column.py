"""What the card of one column says: numbers, spread, and what was changed in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from climbdc.agents import Version
from climbdc.data import TEXT
from climbdc.registry import title
from climbdc.sdk import Column, Roles
from climbdc_ui.panels._grid import cell_text
from climbdc_ui.panels._picture import Picture, picture
from climbdc_ui.panels._sheet import Kept, Sheet, changed_between, names_of, places, rows_of

__all__ = ["Brief", "Card", "Change", "brief", "card", "matching", "role_of"]

MOST_PAIRS = 6
MOST_AFTER = 3
MOST_COUNTED = 50_000
_MISSING: Kept[int] = Kept(4096)
_CARDS: Kept[Card] = Kept(128)
_ROLES = {
    "target": "what is predicted",
    "duration": "time of follow-up",
    "event": "what happened",
    "patient": "names the patient",
    "visit_time": "time of the visit",
    "index_date": "date of reference",
    "group": "group",
    "site": "place",
}


@dataclass(frozen=True)
class Brief:
    """A column in one line."""

    name: str
    entry: Column
    role: str
    rows: int
    missing: int

    @property
    def share(self) -> float:
        """Share of cells that are missing."""
        return self.missing / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Change:
    """What one step did to the column."""

    step: str
    title: str
    told: str


@dataclass(frozen=True)
class Card:
    """All that is told of one column.

    Args:
        facts: Names and texts, such as the median.
        picture: How its values are spread, or None where there is none.
        missing_before: Cells that were missing at first; None where there was no such column.
        changed: Cells that differ from what they were at first.
        pairs: The most frequent replacements: before, after, times.
        history: What each step did to it.
    """

    brief: Brief
    facts: tuple[tuple[str, str], ...]
    picture: Picture | None
    missing_before: int | None
    changed: int
    pairs: tuple[tuple[str, str, int], ...]
    history: tuple[Change, ...]

    @property
    def made(self) -> bool:
        """Whether a step made the column."""
        return self.missing_before is None


def matching(sheet: Sheet, find: str) -> list[str]:
    """Columns that are meant by parts of names or words of meanings, parted by commas; all for none.

    A part that is the whole name of a column means that column alone.
    """
    names, entries = list(sheet.names), sheet.now.dictionary
    parts = [part.strip().casefold() for part in find.split(",") if part.strip()]
    if not parts:
        return names
    folded = {name: name.casefold() for name in names}
    exact = set(parts) & set(folded.values())
    vague = [part for part in parts if part not in exact]
    return [
        name
        for name in names
        if folded[name] in exact or name == find.strip() or _holds(folded[name], entries.get(name), vague)
    ]


def _holds(name: str, entry: Column | None, parts: Sequence[str]) -> bool:
    """Whether a part stands in a name, or begins a word of the meaning."""
    meaning = f" {entry.meaning.casefold()}" if entry else ""
    return any(part in name or f" {part}" in meaning for part in parts)


def role_of(roles: Roles, name: str) -> str:
    """What part a column plays, in words; empty for one that is like any other.

    >>> role_of(Roles(target="died", patient="id"), "id")
    'names the patient'
    """
    told = next((words for role, words in _ROLES.items() if getattr(roles, role) == name), "")
    return told or ("only a number for the row" if name in roles.identifiers else "")


def brief(sheet: Sheet, name: str) -> Brief:
    """A column in one line."""
    entry = sheet.now.dictionary.get(name) or Column(name=name)
    missing = _MISSING.get((sheet.now.frame, name), lambda: int(sheet.column(name).isna().sum()))
    return Brief(name, entry, role_of(sheet.now.roles, name), len(sheet.rows), missing)


def card(sheet: Sheet, name: str) -> Card:
    """All of a column; kept for each version."""
    return _CARDS.get((sheet.now.id, name), lambda: _card(sheet, name))


def _card(sheet: Sheet, name: str) -> Card:
    now, before = sheet.column(name), sheet.column_at_first(name)
    changed = sheet.changed(name) if before is not None else np.zeros(len(now), dtype=bool)
    return Card(
        brief=brief(sheet, name),
        facts=tuple(_facts(now)),
        picture=picture(now, before if changed.any() else None),
        missing_before=None if before is None else int(before.isna().sum()),
        changed=int(changed.sum()),
        pairs=_pairs(before, now, changed) if before is not None else (),
        history=tuple(_history(sheet, name)),
    )


def _facts(values: pd.Series[Any]) -> list[tuple[str, str]]:
    known = values.dropna()
    told = [("different values", f"{known.nunique():,}")]
    if not len(known) or values.dtype == TEXT:
        return told
    if values.dtype.kind == "M":
        return [*told, ("earliest", cell_text(known.min()) or ""), ("latest", cell_text(known.max()) or "")]
    if known.nunique() <= 2:
        return told
    numbers = {"smallest": known.min(), "median": known.median(), "mean": known.mean(), "largest": known.max()}
    return [*told, *((word, f"{float(number):,.4g}") for word, number in numbers.items())]


def _pairs(
    before: pd.Series[Any], now: pd.Series[Any], changed: np.ndarray[Any, np.dtype[np.bool_]]
) -> tuple[tuple[str, str, int], ...]:
    """The most frequent replacements; of very many changes the first are counted."""
    at = np.flatnonzero(changed)[:MOST_COUNTED]
    if not len(at):
        return ()
    both = pd.DataFrame({"before": _texts(before.iloc[at]), "after": _texts(now.iloc[at])})
    befores = both["before"].value_counts()
    if len(befores) > max(MOST_PAIRS, len(both) / 2):
        return ((f"{len(befores):,} different values", _several(now.iloc[at], both["after"].nunique()), len(both)),)
    told = []
    for text in befores.index[:MOST_PAIRS]:
        here = (both["before"] == text).to_numpy()
        counts = both["after"][here].value_counts()
        if len(counts) > MOST_AFTER:
            told.append((str(text), _several(now.iloc[at][here], len(counts)), int(here.sum())))
        else:
            told += [(str(text), str(after), int(times)) for after, times in counts.items()]
    return tuple(sorted(told, key=lambda pair: (-pair[2], *pair[:2]))[:MOST_PAIRS])


def _several(values: pd.Series[Any], different: int) -> str:
    """Many values in a few words."""
    if values.dtype == TEXT:
        return f"{different:,} different values"
    return f"{different:,} different values, {cell_text(values.min())} to {cell_text(values.max())}"


def _texts(values: pd.Series[Any]) -> list[str]:
    return [cell_text(value) or "" for value in values.astype(object).tolist()]


def _history(sheet: Sheet, name: str) -> list[Change]:
    """What each step did to the column, in order."""
    told = []
    for parent, child in pairwise(sheet.chain):
        words = _done(parent, child, name)
        if words and child.step is not None:
            told.append(Change(child.step.id, title(child.step.tool), words))
    return told


def _done(parent: Version, child: Version, name: str) -> str:
    had, has = (name in names_of(version) for version in (parent, child))
    if not has:
        return ""
    if not had:
        return "made this column"
    words = []
    if parent.frame != child.frame and (
        cells := int(changed_between(parent, child, name)[_shared(parent, child)].sum())
    ):
        words.append(f"{cells:,} {'cell' if cells == 1 else 'cells'} changed")
    if parent.dictionary.get(name) != child.dictionary.get(name):
        words.append("its description changed")
    return ", ".join(words)


def _shared(parent: Version, child: Version) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Rows of the child that the parent had, too."""
    where = places(parent, child)
    return np.ones(len(rows_of(child)), dtype=bool) if where is None else where >= 0
