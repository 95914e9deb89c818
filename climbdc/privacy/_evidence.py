"""Named numbers of findings and results, each let through by what it is; what is not known stays here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from climbdc.privacy._numbers import count, is_small, percent, significant

__all__ = ["Place", "Sieve", "groups", "kind_of", "told_params"]

MOST: Final = 40
"""Items of a list that are shown."""
_DEEP: Final = 6
_LEAST_CHANCE: Final = "below 0.0001"
_SHARES_OF = ("n", "N", "total", "filled", "rows", "present", "row_count", "rows_counted")


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((files("climbdc.privacy") / "evidence.yaml").read_text("utf-8"))
    return table


@cache
def _kinds() -> dict[str, str]:
    return {name: kind for kind, names in _table()["kinds"].items() for name in names}


def kind_of(key: str, tool: str = "") -> str:
    """What sort of thing a named number is; `never` where nobody said.

    >>> kind_of("auc"), kind_of("smallest"), kind_of("low", "impossible_values")
    ('strength', 'never', 'plain')
    """
    own: str | None = _table()["of_tool"].get(tool, {}).get(key)
    return own or _kinds().get(key) or _kinds().get(re.split(r"[/. ]", key)[-1], "never")


def told_params() -> frozenset[str]:
    """Params of steps that may be told."""
    return frozenset(_table()["params"])


def groups() -> frozenset[str]:
    """Names under which other named numbers may stand; other groups may be named after cells."""
    return frozenset(_table()["groups"])


@dataclass(frozen=True)
class Place:
    """Where a number stands.

    Args:
        tool: The tool that found it.
        column: The first column of its finding.
        small: Whether something beside or above it is about fewer than k rows.
        apart: Whether what stands inside has nothing to do with what stands beside.
        base: The rows that a share is of.
        deep: How far inside it is.
    """

    tool: str = ""
    column: str = ""
    small: bool = False
    apart: bool = False
    base: int = 0
    deep: int = 0


@dataclass(frozen=True)
class Sieve:
    """What lets named numbers through.

    Args:
        k: The least number of rows behind a number.
        total: Rows of the table.
        columns: Names of columns that there are.
        shown: A name as a model sees it.
        words: Words of ours, scrubbed.
        level: A value of a column as it may be shown, or None.
        target: The column to predict.
    """

    k: int
    total: int
    columns: frozenset[str]
    shown: Callable[[str], str]
    words: Callable[[str], str]
    level: Callable[[str, str], str | None]
    target: str = ""
    numbers: bool = True
    """Whether anything counted may be told at all; not at the level `metadata`."""

    def through(self, facts: Mapping[str, Any], place: Place | None = None) -> dict[str, Any]:
        """What of these facts may be told.

        Where one count is small, no share or strength beside it or inside is told: it could be worked out from them.
        """
        place = place or Place()
        kinds = {str(key): kind_of(str(key), place.tool) for key in facts}
        base = self._base(facts)
        here = replace(place, base=base, small=place.small or self._has_small(facts, kinds, base))
        inside = replace(here, small=place.small, apart=False) if place.apart else here
        told = {}
        for key, value in facts.items():
            one = self._one(str(key), kinds[str(key)], value, here, inside)
            if one is not None:
                told[str(key)] = one
        return told

    def _has_small(self, facts: Mapping[str, Any], kinds: Mapping[str, str], base: int) -> bool:
        """Whether a count or a share here tells of fewer than k rows."""
        counts = [facts[key] for key, kind in kinds.items() if kind == "count" and _is_number(facts[key])]
        shares = [_share_of(facts[key], kind) for key, kind in kinds.items() if kind in _PARTS]
        return any(is_small(number, self.k) for number in counts) or any(_is_few(one, base, self.k) for one in shares)

    def _base(self, facts: Mapping[str, Any]) -> int:
        """The least number of rows that a share may be a share of."""
        given = [int(facts[key]) for key in _SHARES_OF if _is_number(facts.get(key)) and facts[key] >= self.k]
        return min([*given, *([self.total] if self.total else [])], default=0)

    def _one(self, key: str, kind: str, value: Any, here: Place, inside: Place) -> Any:
        if isinstance(value, Mapping) and kind != "shares":
            return self._inside(value, inside) if key in groups() else None
        if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
            some = [item for item in value[:MOST] if isinstance(item, Mapping)] if key in groups() else []
            return [told for told in (self._inside(item, inside) for item in some) if told] or None
        reader = _READERS.get(kind) if self.numbers or kind in _WITHOUT_NUMBERS else None
        return None if reader is None else reader(self, value, here)

    def _inside(self, value: Mapping[str, Any], place: Place) -> dict[str, Any] | None:
        return None if place.deep >= _DEEP else self.through(value, replace(place, deep=place.deep + 1)) or None

    def _count(self, value: Any, place: Place) -> Any:
        return count(int(value), self.k, place.base) if _is_number(value) else None

    def _share(self, value: Any, place: Place) -> Any:
        share = _share_of(value)
        return None if place.small or share is None else percent(share)

    def _percent(self, value: Any, place: Place) -> Any:
        return self._share(_share_of(value, "percent"), place)

    def _strength(self, value: Any, place: Place) -> Any:
        return significant(float(value), 3) if _is_number(value) and not place.small else None

    def _chance(self, value: Any, place: Place) -> Any:
        if place.small:
            return None
        return value if value == _LEAST_CHANCE else significant(float(value), 1) if _is_number(value) else None

    def _plain(self, value: Any, place: Place) -> Any:
        if isinstance(value, str):
            return value if re.fullmatch(r"any|\d{1,3}\s?%", value) else None
        return significant(float(value), 4) if _is_number(value) else value if isinstance(value, bool) else None

    def _column(self, value: Any, place: Place) -> Any:
        return self.shown(value) if isinstance(value, str) and value in self.columns else None

    def _columns(self, value: Any, place: Place) -> Any:
        names = value.split(", ") if isinstance(value, str) else value if isinstance(value, list | tuple) else []
        return [self.shown(name) for name in names[:MOST] if isinstance(name, str) and name in self.columns] or None

    def _words(self, value: Any, place: Place) -> Any:
        return self.words(value) if isinstance(value, str) and value else None

    def _level(self, value: Any, place: Place) -> Any:
        return self.level(place.column, str(value)) if place.column else None

    def _outcome(self, value: Any, place: Place) -> Any:
        return self.level(self.target, str(value)) if self.target else None

    def _unit(self, value: Any, place: Place) -> Any:
        return value if isinstance(value, str) and re.fullmatch(r"[\w/%^·°(). -]{1,20}", value) else None

    def _shares(self, value: Any, place: Place) -> Any:
        return dict(self._shares_of(value)) if isinstance(value, Mapping) else None

    def _shares_of(self, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, given in list(value.items())[:MOST]:
            share = _share_of(given)
            if share is not None and name in self.columns and not _is_few(share, self.total, self.k):
                yield self.shown(name), percent(share)


_PARTS: Final = frozenset({"share", "percent"})
_WITHOUT_NUMBERS: Final = frozenset({"column", "columns", "words", "plain", "unit"})
_READERS: Final[dict[str, Callable[[Sieve, Any, Place], Any]]] = {
    "count": Sieve._count, "share": Sieve._share, "percent": Sieve._percent,
    "strength": Sieve._strength, "chance": Sieve._chance, "plain": Sieve._plain, "column": Sieve._column,
    "columns": Sieve._columns, "words": Sieve._words, "level": Sieve._level, "outcome": Sieve._outcome,
    "unit": Sieve._unit, "shares": Sieve._shares,
}  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _share_of(value: Any, kind: str = "share") -> float | None:
    """A share from 0.031, a percentage from 3.1, either from "3.1%"."""
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s?%", value)
        share = float(found[1]) / 100 if found else None
    else:
        share = (value / 100 if kind == "percent" else float(value)) if _is_number(value) else None
    return share if share is not None and 0 <= share <= 1 else None


def _is_few(share: float | None, base: int, k: int) -> bool:
    """Whether a share stands for fewer than k rows, or leaves fewer than k; unsure counts as yes."""
    if share is None or share in (0, 1):
        return False
    return base == 0 or is_small(share * base, k) or is_small((1 - share) * base, k)
