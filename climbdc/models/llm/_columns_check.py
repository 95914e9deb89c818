"""What the rules believe of a model's words about columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from climbdc.knowledge import Match, Variable, knowledge
from climbdc.models._mind import ColumnIdea
from climbdc.models.llm._table import Table
from climbdc.sdk import Column, KnownAt, SemanticType

__all__ = ["MEASURED", "NO_UNIT", "Told", "checked_ideas"]

MEASURED: Final[tuple[SemanticType, ...]] = ("continuous", "integer", "duration")
NO_UNIT: Final = "none"
_SAMPLE: Final = 2000
_SETTLED_AREA: Final = "demography"
_EMPTY: Final = frozenset(
    {*get_args(SemanticType), "", "unknown", "none", "n/a", "number", "value", "column", "string"}
)
"""Said of what a column means, these tell how it is stored, or nothing."""


@dataclass(frozen=True)
class Told:
    """What a model said of one column."""

    column: str
    levels: Sequence[str] = ()
    """The values that the model sees."""
    meaning: str = ""
    unit: str = ""
    missing_codes: Sequence[str] = field(default=())
    known_at: str = "unknown"
    because: str = ""


def checked_ideas(told: Sequence[Told], table: Table) -> list[ColumnIdea]:
    """The ideas that are left of one answer; a column of which nothing is left has none."""
    meanings = Counter(_plain(each.meaning) for each in told)
    ideas = [_checked(each, table, repeated=meanings[_plain(each.meaning)] > 1) for each in told]
    return [idea for idea in ideas if idea.meaning or idea.unit or idea.missing_codes or idea.known_at != "unknown"]


def _checked(told: Told, table: Table, *, repeated: bool) -> ColumnIdea:
    entry = table.dictionary.get(told.column) or Column(name=told.column)
    meaning = "" if repeated or _says_nothing(told) else told.meaning.strip()
    match = _recognised(told.column, entry.meaning or meaning, table)
    known_at, because = _when(told, entry, entry.meaning or meaning, match)
    return ColumnIdea(
        column=told.column,
        meaning=meaning,
        unit=_unit(told, entry, match, table),
        known_at=known_at,
        missing_codes=tuple(dict.fromkeys(code for code in told.missing_codes if _may_stand_for_missing(code, told))),
        because=because,
    )


def _plain(meaning: str) -> str:
    return " ".join(meaning.casefold().split())


def _says_nothing(told: Told) -> bool:
    """Whether it is the column's name again, or only how its values are stored."""
    said = _plain(told.meaning).strip(" .")
    return said in _EMPTY or said == _plain(told.column)


def _recognised(name: str, meaning: str, table: Table, unit: str = "") -> Match | None:
    """The clinical variable that the column is, by its name, what is said of it and its values."""
    return knowledge().match(name, meaning=meaning, unit=unit, values=_numbers(name, table))


def _numbers(name: str, table: Table) -> list[float]:
    values = table.frame[name]
    return values.dropna().head(_SAMPLE).astype("float64").tolist() if values.dtype.kind in "if" else []


def _unit(told: Told, entry: Column, match: Match | None, table: Table) -> str:
    """The unit, where the column can have one: of a recognised quantity only the one its values are in."""
    said = knowledge().units.known(told.unit)
    if said is None or entry.type not in MEASURED:
        return ""
    if match is None:
        return said
    return said if knowledge().units.same(said, match.unit) else ""


def _when(told: Told, entry: Column, meaning: str, match: Match | None) -> tuple[KnownAt, str]:
    """When it is known, and why: what the rules can tell is believed before the model."""
    choices: tuple[KnownAt, ...] = get_args(KnownAt)
    said: KnownAt = next((when for when in choices if when == told.known_at), "unknown")
    rule, why = _by_rule(entry, meaning, match)
    if rule == "unknown" or rule == said:
        return said, told.because.strip()
    heard = f"; the model said {said!r}" if said != "unknown" else ""
    return rule, f"{why}{heard}"


def _by_rule(entry: Column, meaning: str, match: Match | None) -> tuple[KnownAt, str]:
    if entry.known_at != "unknown":
        return entry.known_at, entry.known_because or "the dictionary says so"
    hint = knowledge().known_at(entry.name, meaning)
    if hint is not None and (hint.basis == "meaning" or hint.strength == "strong"):
        return hint.known_at, hint.because
    if match is not None and match.variable.area == _SETTLED_AREA:
        return "before", f"{_title(match.variable)} does not depend on what happens later"
    return "unknown", ""


def _title(variable: Variable) -> str:
    return variable.names[0]


def _may_stand_for_missing(code: str, told: Told) -> bool:
    """A value that the model saw and that does not say yes, no, male or the like."""
    pack = knowledge()
    return code in told.levels and (pack.is_missing_token(code) is not None or pack.synonym_group(code) is None)
