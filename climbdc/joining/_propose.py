"""How several tables belong together: which is the main one, and how each other may be joined to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import pandas as pd
import yaml

from climbdc.data import TEXT, match_keys, moments
from climbdc.joining._keys import KeyMatch, propose_keys

__all__ = ["SAFE", "TableProposal", "choose_main", "propose_joins"]

SAFE: Final = 0.95
"""Share of a table's keys that the main one has to hold for a join that nobody looks at; what is lost in a linkage
is not lost at random (Bohensky et al. 2010)."""
_PLAUSIBLE: Final = 0.05
_LEVELS: Final = (2, 80)
"""How many measurements a long table may name."""
_DATES: Final = 0.9


@dataclass(frozen=True)
class TableProposal:
    """How one further table may be joined, or why it is left out."""

    number: int
    """Its place among the tables."""
    table: str
    match: KeyMatch | None
    safe: bool
    reason: str
    """Why it is not joined unasked; empty where it is."""
    order: str | None = None
    labels: str | None = None
    value: str | None = None

    @property
    def joinable(self) -> bool:
        """Whether it can be joined at all, if somebody wants it."""
        return self.match is not None and self.match.relation != "m:n"

    @property
    def several(self) -> bool:
        """Whether a row of the main table finds several of it."""
        return self.match is not None and self.match.relation == "1:n"


def choose_main(frames: Sequence[pd.DataFrame], wanted: Collection[str]) -> int:
    """The table whose rows stay: the one with the most wanted columns, else the first of which most others hang.

    Args:
        frames: The tables.
        wanted: Target, time and event, as far as they are named.
    """
    held = [len(set(wanted) & set(frame.columns)) for frame in frames]
    if max(held) > 0:
        return held.index(max(held))
    hanging = [sum(_hangs(frame, other) for other in frames if other is not frame) for frame in frames]
    return hanging.index(max(hanging))


def propose_joins(frames: Sequence[pd.DataFrame], names: Sequence[str], main: int) -> list[TableProposal]:
    """How each table but the main one may be joined to it."""
    return [
        _proposal(frames[main], frame, number, name)
        for number, (frame, name) in enumerate(zip(frames, names, strict=True))
        if number != main
    ]


def _hangs(main: pd.DataFrame, other: pd.DataFrame) -> bool:
    found = propose_keys(main, other)
    return bool(found) and found[0].relation in {"1:1", "1:n"}


def _proposal(main: pd.DataFrame, other: pd.DataFrame, number: int, name: str) -> TableProposal:
    found = propose_keys(main, other)
    if not found:
        reason = "no column of it holds what one of the main table holds"
        return TableProposal(number, name, None, False, reason)
    match = found[0]
    if match.relation == "m:n":
        reason = "its keys repeat in both tables, so a join would multiply rows"
        return TableProposal(number, name, match, False, reason)
    order = _order(other, match) if match.relation == "1:n" else None
    labels, value = _long(other, match) if match.relation == "1:n" else (None, None)
    reason = ""
    if match.contained < SAFE:
        reason = f"only {match.contained:.0%} of its keys are in the main table, so {match.lost:,} of its rows are lost"
    return TableProposal(number, name, match, not reason, reason, order, labels, value)


@cache
def _words(group: str) -> tuple[str, ...]:
    return tuple(yaml.safe_load((files("climbdc.joining") / "joining.yaml").read_text("utf-8"))[group])


def _ranked(names: Sequence[str], group: str) -> list[str]:
    """Names that end as a word of the group does, in the order of the group."""
    plain = {name: "".join(letter for letter in name.casefold() if letter.isalnum() or letter == "_") for name in names}
    return list(dict.fromkeys(name for word in _words(group) for name in names if plain[name].endswith(word)))


def _order(other: pd.DataFrame, match: KeyMatch) -> str | None:
    """The column that tells when each row of a key was, and moves on within keys."""
    codes = match_keys(other, other, [(right, right) for _, right in match.keys]).main
    held = {right for _, right in match.keys}
    named = _ranked([str(name) for name in other.columns if name not in held], "times")
    dates = [str(name) for name in other.columns if other[name].dtype.kind == "M" and name not in named]
    return next((name for name in [*named, *dates] if _tells_time(other[name], codes)), None)


def _tells_time(values: pd.Series[Any], codes: np.ndarray[Any, Any]) -> bool:
    """Whether nearly all values are moments or numbers, and differ within keys."""
    filled = values.notna()
    if not filled.any():
        return False
    if values.dtype == TEXT and not values.dropna().head(1000).str.match(r"\d{4}-\d\d").mean() >= _DATES:
        return False
    moment = moments(values)
    if np.isfinite(moment).sum() < _DATES * filled.sum():
        return False
    groups = pd.Series(moment).groupby(codes)
    return bool((groups.max() > groups.min()).mean() >= 0.5)


def _long(other: pd.DataFrame, match: KeyMatch) -> tuple[str | None, str | None]:
    """Columns with what was measured and the number, where a table has a row for each measurement."""
    held = {right for _, right in match.keys}
    names = [str(name) for name in other.columns if name not in held]
    numbers = [name for name in names if other[name].dtype.kind in "if"]
    least, most = _LEVELS
    labels = [name for name in names if name not in numbers and least <= other[name].nunique() <= most]
    named, valued = _ranked(labels, "labels"), _ranked(numbers, "values")
    filled = [name for name in valued if other[name].notna().mean() >= _PLAUSIBLE]
    return (named[0], filled[0]) if named and filled else (None, None)
