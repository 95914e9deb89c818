"""Which columns of two tables hold the same: by what their values share, by uniqueness and by name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from rapidfuzz import fuzz

from climbdc.data import TEXT, match_keys
from climbdc.knowledge import knowledge

__all__ = ["KeyMatch", "Relation", "propose_keys"]

Relation = Literal["1:1", "n:1", "1:n", "m:n"]
"""How many rows of the main table share a key, and of the other."""

ALIKE: Final = 0.75
"""Least likeness of two names for their columns to be compared at all, unless the values are long codes."""
_FILLED: Final = 0.5
_PAIRS: Final = 40
_MOST_COMPOSITE: Final = 6
_LEAST_OVERLAP: Final = 0.05
_CODE_LETTERS: Final = 6
"""Values of this length on average, almost all different, do not fall together by chance."""
_DIFFERENT: Final = 0.9


@dataclass(frozen=True)
class KeyMatch:
    """A key that two tables may be joined by, and what joining by it would do to the rows."""

    keys: tuple[tuple[str, str], ...]
    relation: Relation
    main_rows: int
    main_found: int
    """Rows of the main table that find a row of the other."""
    other_rows: int
    other_found: int
    joined_rows: int
    """Rows if each fitting pair became one: more than `main_rows` where keys repeat."""
    contained: float
    """Share of the other table's different keys that the main table holds (inclusion dependency; Papenbrock et al.,
    PVLDB 2015)."""
    named: float
    """Likeness of the names, 0..1."""

    @property
    def lost(self) -> int:
        """Rows of the other table that find none of the main one."""
        return self.other_rows - self.other_found

    @property
    def score(self) -> float:
        """To rank by: what is contained, then names, then how many main rows find something."""
        found = self.main_found / max(self.main_rows, 1)
        clear = 0.0 if self.relation == "m:n" else 1.0
        return round(clear + 0.5 * self.contained + 0.3 * self.named + 0.2 * found - 0.01 * len(self.keys), 6)


@dataclass(frozen=True)
class _Column:
    """A column that may be part of a key."""

    values: pd.Series[Any]

    @cached_property
    def known(self) -> pd.Series[Any]:
        return self.values.dropna()

    @cached_property
    def distinct(self) -> int:
        return int(self.known.nunique())

    @property
    def may_be_key(self) -> bool:
        """Whether it is filled, not constant and no measurement."""
        if len(self.known) < _FILLED * len(self.values) or self.distinct < 2:
            return False
        return not (self.values.dtype.kind == "f" and bool((self.known % 1 != 0).any()))

    @property
    def is_code(self) -> bool:
        """Whether its values are so long and so different that two columns do not hold the same by chance."""
        if self.values.dtype != TEXT or self.distinct < _DIFFERENT * len(self.known):
            return False
        return float(self.known.head(1000).str.len().mean()) >= _CODE_LETTERS


def propose_keys(main: pd.DataFrame, other: pd.DataFrame) -> list[KeyMatch]:
    """Keys that two tables share, the best first; two columns together where none alone is unique on either side."""
    left, right = _columns(main), _columns(other)
    pairs = _pairs(left, right)
    single = [match for pair, named in pairs.items() if (match := _match(main, other, (pair,), named)) is not None]
    found = sorted(single, key=lambda match: -match.score)
    if found and found[0].relation == "m:n":
        several = [
            match
            for one, two in itertools.combinations([m for m in found if m.named >= ALIKE][:_MOST_COMPOSITE], 2)
            if one.keys[0][0] != two.keys[0][0]
            and one.keys[0][1] != two.keys[0][1]
            and (match := _match(main, other, (*one.keys, *two.keys), min(one.named, two.named))) is not None
        ]
        found = sorted([*several, *found], key=lambda match: -match.score)
    return found


def _columns(frame: pd.DataFrame) -> dict[str, _Column]:
    columns = {str(name): _Column(frame[name]) for name in frame.columns}
    return {name: column for name, column in columns.items() if column.may_be_key}


def _pairs(left: Mapping[str, _Column], right: Mapping[str, _Column]) -> dict[tuple[str, str], float]:
    """Pairs of columns worth comparing, with the likeness of their names."""
    roles = {name: _roles(name) for name in {*left, *right}}
    found = {}
    for (one, of_main), (two, of_other) in itertools.product(left.items(), right.items()):
        named = _likeness(one, two, roles[one], roles[two])
        if (
            named >= ALIKE
            or (of_main.is_code and of_other.values.dtype == TEXT)
            or (of_other.is_code and of_main.values.dtype == TEXT)
        ):
            found[one, two] = named
    best = sorted(found, key=lambda pair: -found[pair])[:_PAIRS]
    return {pair: found[pair] for pair in best}


def _roles(name: str) -> frozenset[str]:
    return frozenset(hint.role for hint in knowledge().role_hints(name) if hint.role in {"patient", "site"})


def _likeness(one: str, two: str, roles_one: frozenset[str], roles_two: frozenset[str]) -> float:
    """How alike two names are; both naming the patient counts as much as a shared ending.

    >>> _likeness("Patient ID", "patient_id", frozenset(), frozenset())
    1.0
    >>> _likeness("id", "patient_id", frozenset(), frozenset())
    0.8
    """
    first, second = _words(one), _words(two)
    if "".join(first) == "".join(second):
        return 1.0
    if roles_one & roles_two:
        return 0.9
    if first[-1:] == second[-1:] and 1 in (len(first), len(second)):
        return 0.8
    return round(0.8 * fuzz.ratio("".join(first), "".join(second)) / 100, 4)


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[\W_]+", spaced.casefold()) if word]


def _match(main: pd.DataFrame, other: pd.DataFrame, keys: tuple[tuple[str, str], ...], named: float) -> KeyMatch | None:
    """What a join by these columns would do; None where they share next to nothing."""
    matched = match_keys(main, other, keys)
    left = np.bincount(matched.main[matched.main >= 0], minlength=matched.keys)
    right = np.bincount(matched.other[matched.other >= 0], minlength=matched.keys)
    both = (left > 0) & (right > 0)
    contained = float(both.sum()) / max(int((right > 0).sum()), 1)
    covered = float(both.sum()) / max(int((left > 0).sum()), 1)
    if max(contained, covered) < _LEAST_OVERLAP or int(both.sum()) < 2:
        return None
    found = int(left[both].sum())
    return KeyMatch(
        keys=keys,
        relation=_relation(single=bool(left.max() == 1), other_single=bool(right.max() == 1)),
        main_rows=len(main),
        main_found=found,
        other_rows=len(other),
        other_found=int(right[both].sum()),
        joined_rows=int((left[both] * right[both]).sum()) + len(main) - found,
        contained=round(contained, 4),
        named=named,
    )


def _relation(*, single: bool, other_single: bool) -> Relation:
    if single:
        return "1:1" if other_single else "1:n"
    return "n:1" if other_single else "m:n"
