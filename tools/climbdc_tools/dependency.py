"""Columns that are told by another column, or by two: approximate functional dependencies, discovered and ranked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.row_hash import codes
from climbdc_tools.vocabulary import is_text

__all__ = ["Coded", "Dependency", "coded", "dependencies", "strength_of"]

Codes = np.ndarray[Any, np.dtype[np.int64]]

_SCREENED: Final = 2_000  # rows on which hopeless pairs are passed over
_HOPELESS: Final = 0.35
_LEAST_GROUP: Final = 2.0  # rows a value of the left side has on average, at least
_PAIRED: Final = 10  # columns that are joined two by two


@dataclass(frozen=True)
class Dependency:
    """`left` tells `right`.

    Args:
        left: One column, or two.
        right: The column that is told.
        strength: mu+, 0 (no better than chance) to 1 (no exception).
        rows: Rows whose left side occurs at least twice.
        groups: Values of the left side that occur at least twice.
        exceptions: Rows that differ from the majority of their group.
    """

    left: tuple[str, ...]
    right: str
    strength: float
    rows: int
    groups: int
    exceptions: int


@dataclass(frozen=True)
class Coded:
    """A column as numbers from 0, -1 where it is missing."""

    codes: Codes
    distinct: int
    filled: int


def coded(series: pd.Series[Any]) -> Coded:
    """The column as numbers, equal where its cells are."""
    missing = series.isna().to_numpy()
    dense = np.full(len(series), -1, dtype="int64")
    found = np.unique(codes(series)[~missing], return_inverse=True)[1] if not missing.all() else np.empty(0, "int64")
    dense[~missing] = found
    return Coded(dense, int(found.max(initial=-1)) + 1, int((~missing).sum()))


def strength_of(left: Codes, right: Codes) -> tuple[float, int, int, int]:
    """mu+ of a dependency, the rows and groups it is judged on, and its exceptions.

    mu+ compares the chance that two rows of a group agree with what it would be were the columns unrelated, corrected
    for the number of groups (Piatetsky-Shapiro and Matheus, AAAI workshop on knowledge discovery 1993; recommended by
    Parciak et al., ICDE 2024, in a comparison of such measures). Groups of one row say nothing and are left out.
    """
    there = (left >= 0) & (right >= 0)
    left, right = left[there], right[there]
    size = np.bincount(left) if len(left) else np.zeros(0, dtype="int64")
    again = size[left] >= 2 if len(left) else np.zeros(0, dtype=bool)
    left, right = left[again], right[again]
    rows, groups = len(left), int((size >= 2).sum())
    if rows < 2 or groups < 2 or rows <= groups:
        return 0.0, rows, groups, 0
    _, first, times = np.unique(left * (int(right.max()) + 1) + right, return_index=True, return_counts=True)
    of = left[first]
    inside = float((times.astype("float64") ** 2 / size[of]).sum()) / rows
    overall = float(((np.bincount(right) / rows) ** 2).sum())
    most = np.zeros(len(size), dtype="int64")
    np.maximum.at(most, of, times)
    exceptions = rows - int(most.sum())
    if overall >= 1.0:
        return 0.0, rows, groups, exceptions
    mu = 1 - (1 - inside) / (1 - overall) * (rows - 1) / (rows - groups)
    return max(0.0, mu), rows, groups, exceptions


def dependencies(
    frame: pd.DataFrame,
    names: Sequence[str],
    least: float,
    *,
    pairs: bool = False,
    given: dict[str, Coded] | None = None,
) -> list[Dependency]:
    """Dependencies between the columns at least as strong as asked for, the strongest first.

    Args:
        frame: The rows; a sample of at most 100,000 is enough.
        names: Columns to look at; those that were measured (fractions) never tell another.
        least: The least strength.
        pairs: Also look for two columns that tell a third together.
        given: Columns already coded.
    """
    table = given if given is not None else {name: coded(frame[name]) for name in names}
    told = [name for name in names if 2 <= table[name].distinct <= 0.7 * max(1, table[name].filled)]
    tell = [name for name in names if _may_tell(frame[name], table[name])]
    few = _few_rows(len(frame))
    found: list[Dependency] = []
    for left in tell:
        found += _of((left,), table[left].codes, told, table, few, least)
    if pairs:
        single = {dependency.right for dependency in found}
        rest = [name for name in told if name not in single]
        found += _two(frame, tell, rest, table, few, least)
    return sorted(found, key=lambda one: (-one.strength, len(one.left), one.left, one.right))


def _may_tell(series: pd.Series[Any], column: Coded) -> bool:
    if not 2 <= column.distinct <= column.filled / _LEAST_GROUP:
        return False
    if is_text(series) or series.dtype.kind in "iM":
        return True
    if series.dtype.kind != "f":
        return False
    values = series.to_numpy()
    return bool((values[np.isfinite(values)] % 1 == 0).all())


def _few_rows(rows: int) -> Codes:
    """Rows on which pairs are screened: neighbours in blocks, evenly spread."""
    return np.arange(rows)[:: max(1, rows // _SCREENED)]


def _of(
    names: tuple[str, ...], keys: Codes, told: Iterable[str], table: dict[str, Coded], few: Codes, least: float
) -> list[Dependency]:
    found = []
    sample = keys[few]
    for right in told:
        if right in names or _agreement(sample, table[right].codes[few]) < _HOPELESS:
            continue
        strength, rows, groups, exceptions = strength_of(keys, table[right].codes)
        if strength >= least:
            found.append(Dependency(names, right, round(strength, 4), rows, groups, exceptions))
    return found


def _two(
    frame: pd.DataFrame, tell: list[str], rest: list[str], table: dict[str, Coded], few: Codes, least: float
) -> list[Dependency]:
    found: list[Dependency] = []
    chosen = sorted(tell, key=lambda name: table[name].distinct)[:_PAIRED]
    for one, other in combinations(chosen, 2):
        if table[one].distinct * table[other].distinct > len(frame) / 3:
            continue
        first, second = table[one].codes, table[other].codes
        keys = np.where((first >= 0) & (second >= 0), first * table[other].distinct + second, -1)
        found += _of((one, other), keys, [name for name in rest if name not in (one, other)], table, few, least)
    return found


def _agreement(left: Codes, right: Codes) -> float:
    """How much more often two rows of one group agree than any two rows do; 0 for chance, 1 for always."""
    there = (left >= 0) & (right >= 0)
    left, right = left[there], right[there]
    if len(left) < 2:
        return 0.0
    size = np.bincount(left).astype("float64")
    pairs = float((size * (size - 1)).sum())
    if pairs < 20:
        return 1.0  # too few rows to tell
    wide = int(right.max()) + 1
    both = left * wide + right
    times = (np.bincount(both) if len(size) * wide <= 200_000 else np.unique(both, return_counts=True)[1]).astype(
        "float64"
    )
    inside = float((times * (times - 1)).sum()) / pairs
    each = np.bincount(right).astype("float64")
    overall = float((each * (each - 1)).sum()) / (len(right) * (len(right) - 1))
    return (inside - overall) / (1 - overall) if overall < 1 else 0.0
