"""Spellings of units, and units written into a column's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from climbdc.knowledge._text import compact, split_camel, unaccented, words

__all__ = ["Named", "Units"]

_BRACKETS = re.compile(r"[\(\[]([^\)\]]*)[\)\]]")


class Named(NamedTuple):
    """A name without its unit, and the unit."""

    base: str
    unit: str


class Units:
    """Which spellings are one unit.

    >>> units = Units([["mg/dL", "mg/100ml"], ["1/min", "bpm"]])
    >>> units.same("MG/DL", "mg/100 mL"), units.split("Creatinine (mg/dL)"), units.split("pulse_bpm")
    (True, Named(base='Creatinine', unit='mg/dL'), Named(base='pulse', unit='1/min'))
    """

    def __init__(self, groups: Iterable[Iterable[str]], not_in_names: Collection[str] = ()) -> None:
        self._shown: dict[str, str] = {}
        ends: dict[str, set[str]] = {}
        for group in groups:
            spellings = tuple(group)
            for spelling in spellings:
                known = self._shown.setdefault(_key(spelling), spellings[0])
                if known != spellings[0]:
                    raise ValueError(f"the unit {spelling!r} is listed under {known!r} and under {spellings[0]!r}")
                ends.setdefault(compact(spelling), set()).add(spellings[0])
        self._ends = {end: next(iter(shown)) for end, shown in ends.items() if end and len(shown) == 1}
        self._not_in_names = set(not_in_names)

    def known(self, unit: str) -> str | None:
        """The usual spelling of a unit, or None when it is not listed."""
        return self._shown.get(_key(unit)) if unit.strip() else None

    def same(self, one: str, other: str) -> bool:
        """Whether two spellings are one unit."""
        return (self.known(one) or _key(one)) == (self.known(other) or _key(other))

    def split(self, name: str) -> Named:
        """A column's name without the unit in it, such as `glucose_mgdl`; the unit is empty when there is none."""
        bracket = _BRACKETS.search(name)
        if bracket and (unit := self.known(bracket[1])):
            return Named(_BRACKETS.sub(" ", name).strip(), unit)
        parts = words(split_camel(name))
        for size in (3, 2, 1):
            tail = "".join(parts[-size:])
            if len(parts) > size and tail not in self._not_in_names and (unit := self._ends.get(tail)):
                return Named(" ".join(parts[:-size]), unit)
        return Named(name, "")


def _key(unit: str) -> str:
    sign = unaccented(unit).replace("μ", "u").replace("mcg", "ug")
    sign = f"per{sign[1:]}" if sign.startswith("/") else sign
    return "".join(mark for mark in sign if mark.isalnum() or mark in "/%")
