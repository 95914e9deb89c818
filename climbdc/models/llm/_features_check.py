"""Which features make sense by the rules: kinds of columns, units, and what would be the same again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Final, NamedTuple

from climbdc.knowledge import knowledge
from climbdc.models._mind import FeatureIdea
from climbdc.models.llm._table import Table
from climbdc.sdk import Column, SemanticType

__all__ = ["OPERATIONS", "checked_feature", "feasible", "offered"]

_MEASURED: Final[tuple[SemanticType, ...]] = ("continuous", "integer", "duration")
_USABLE: Final[tuple[SemanticType, ...]] = (*_MEASURED, "binary", "ordinal")


class _Operation(NamedTuple):
    """How a feature is named, how many columns it takes, and when it makes sense."""

    name: str
    takes: int
    fits: Callable[[Sequence[Column]], bool]
    either_way: bool = False
    """Whether the order of the columns does not matter."""


def _all_measured(parts: Sequence[Column]) -> bool:
    return all(part.type in _MEASURED for part in parts)


def _one_measured(parts: Sequence[Column]) -> bool:
    return any(part.type in _MEASURED for part in parts)


def _same_unit(parts: Sequence[Column]) -> bool:
    """Apples are not added to pears; where no unit is known they may be scores."""
    one, other = (part.unit for part in parts)
    return _all_measured(parts) and (knowledge().units.same(one, other) if one and other else one == other)


def _in(units: Sequence[Sequence[str]]) -> Callable[[Sequence[Column]], bool]:
    return lambda parts: all(part.unit in allowed for part, allowed in zip(parts, units, strict=True))


def _has_high(parts: Sequence[Column]) -> bool:
    return parts[0].limits is not None and parts[0].limits.typical_high is not None


def _has_low(parts: Sequence[Column]) -> bool:
    return parts[0].limits is not None and parts[0].limits.typical_low is not None


OPERATIONS: Final[dict[str, _Operation]] = {
    "ratio": _Operation("{0}_per_{1}", 2, _all_measured),
    "difference": _Operation("{0}_minus_{1}", 2, _same_unit),
    "sum": _Operation("{0}_plus_{1}", 2, _same_unit, either_way=True),
    "product": _Operation("{0}_times_{1}", 2, _one_measured, either_way=True),
    "log": _Operation("log_{0}", 1, _all_measured),
    "square": _Operation("{0}_squared", 1, _all_measured),
    "above": _Operation("{0}_above_usual", 1, _has_high),
    "below": _Operation("{0}_below_usual", 1, _has_low),
    "bmi": _Operation("bmi", 2, _in((("kg",), ("cm", "m")))),
    "mean_pressure": _Operation("mean_pressure", 2, _in((("mmHg",), ("mmHg",)))),
}
"""The operations of the tool `derive_features` -> what the rules ask of them."""


def offered(table: Table, columns: Sequence[str]) -> list[str]:
    """The columns that a feature may be made of; recognised clinical quantities first."""
    features = set(table.roles.features([str(name) for name in table.frame.columns]))
    there = [
        name
        for name in map(str, table.frame.columns)
        if name in set(columns) & features
        and table.frame[name].dtype.kind in "if"
        and _entry(table, name).known_at != "after"
        and _entry(table, name).type in _USABLE
    ]
    return sorted(there, key=lambda name: (not _entry(table, name).variable, _entry(table, name).type not in _MEASURED))


def feasible(table: Table, columns: Sequence[str]) -> list[str]:
    """The operations for which some of these columns fit: a weak model proposes whatever it is offered."""
    entries = [_entry(table, name) for name in columns]
    return [
        name
        for name, known in OPERATIONS.items()
        if any(known.fits(parts) for parts in permutations(entries, known.takes))
    ]


def checked_feature(operation: str, columns: Sequence[str], because: str, table: Table) -> FeatureIdea | None:
    """The idea with a name of ours, or None where the rules see no sense in it."""
    known = OPERATIONS.get(operation)
    if known is None or len(columns) < known.takes:
        return None
    parts = [*columns[: known.takes]]
    if len(set(parts)) < known.takes or not known.fits([_entry(table, name) for name in parts]):
        return None
    if known.either_way:
        parts = [name for name in map(str, table.frame.columns) if name in parts]
    name = known.name.format(*parts)
    if name in table.frame.columns:
        return None
    return FeatureIdea(name=name, operation=operation, columns=tuple(parts), because=because)


def _entry(table: Table, name: str) -> Column:
    return table.dictionary.get(name) or Column(name=name)
