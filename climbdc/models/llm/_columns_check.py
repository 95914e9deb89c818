"""What the rules believe of a model's words about columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final, get_args

import yaml
from pydantic import BaseModel, ConfigDict

from climbdc.knowledge import Match, Variable, knowledge
from climbdc.models._mind import ColumnIdea
from climbdc.models.llm._table import Table
from climbdc.sdk import Column, KnownAt, SemanticType

__all__ = ["NO_UNIT", "Told", "checked_ideas", "codes_among", "has_unit"]

MEASURED: Final[tuple[SemanticType, ...]] = ("continuous", "integer", "duration")
NO_UNIT: Final = "none"
_SAMPLE: Final = 2000
_SURE: Final = 0.6
"""Below this nothing but an abbreviation speaks for a match, as in `describe`."""
_SETTLED_AREA: Final = "demography"


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


def checked_ideas(told: Sequence[Told], table: Table) -> list[ColumnIdea]:
    """The ideas that are left of one answer; a column of which nothing is left has none.

    Of a column that the model does not understand it is not believed in which unit it is or when it is known.
    """
    meanings = Counter(_plain(each.meaning) for each in told)
    ideas = [_checked(each, table, repeated=meanings[_plain(each.meaning)] > 1) for each in told]
    return [idea for idea in ideas if idea.meaning or idea.unit or idea.missing_codes or idea.known_at != "unknown"]


def _checked(told: Told, table: Table, *, repeated: bool) -> ColumnIdea:
    entry = table.dictionary.get(told.column) or Column(name=told.column)
    meaning = _borne_out(told.column, "" if repeated else _meaning(told), table)
    match = _recognised(told.column, entry.meaning or meaning, table)
    understood = bool(entry.meaning or meaning)
    known_at, because = _when(told if understood else Told(told.column), entry, entry.meaning or meaning, match)
    return ColumnIdea(
        column=told.column,
        meaning=meaning,
        unit=_unit(told, entry, match) if understood else "",
        known_at=known_at,
        missing_codes=tuple(code for code in codes_among(told.levels) if code in told.missing_codes),
        because=because,
    )


class _Words(BaseModel):
    """The whole of `columns.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    storage: frozenset[str]
    fillers: frozenset[str]

    @property
    def empty(self) -> frozenset[str]:
        """What says nothing of a meaning."""
        return self.storage | {*get_args(SemanticType)}


@cache
def _words() -> _Words:
    text = (files("climbdc.models.llm") / "columns.yaml").read_text(encoding="utf-8")
    return _Words.model_validate(yaml.load(text, Loader=yaml.BaseLoader))


def _plain(meaning: str) -> str:
    return " ".join(meaning.casefold().split())


def _meaning(told: Told) -> str:
    """What was said, unless it is only how the values are stored.

    Where it is the column's name again, it is what the knowledge pack calls that, and nothing where it knows none.
    """
    said = _plain(told.meaning).strip(" .")
    if said in _words().empty:
        return ""
    left = {word.strip(".,()'") for word in said.split()} - _words().fillers - _words().empty
    if said != _plain(told.column) and not left <= {_plain(told.column)}:
        return told.meaning.strip()
    match = knowledge().match(told.column)
    return "" if match is None else match.variable.names[0]


def _borne_out(name: str, meaning: str, table: Table) -> str:
    """What was said, or what the pack calls the column where it knows it by name and the words speak against that."""
    known = _recognised(name, "", table)
    if known is None or known.confidence < _SURE:
        return meaning
    said = _recognised(name, meaning, table) if meaning else None
    agrees = said is not None and said.variable.id == known.variable.id
    return meaning if agrees else known.variable.names[0]


def _recognised(name: str, meaning: str, table: Table) -> Match | None:
    """The clinical variable that the column is, by its name, what is said of it and its values."""
    return knowledge().match(name, meaning=meaning, values=_numbers(name, table))


def _numbers(name: str, table: Table) -> list[float]:
    values = table.frame[name]
    return values.dropna().head(_SAMPLE).astype("float64").tolist() if values.dtype.kind in "if" else []


def _unit(told: Told, entry: Column, match: Match | None) -> str:
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
        return said, why
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


def codes_among(levels: Sequence[str]) -> list[str]:
    """The values that may stand for missing: known ones, numbers often used so, and signs alone.

    Small models guess these badly, so that they are asked about nothing else.

    >>> codes_among(["yes", "no", "unknown", "-9", "?"])
    ['unknown', '-9', '?']
    """
    pack = knowledge()
    return [
        level
        for level in levels
        if pack.is_missing_token(level) is not None or not any(map(str.isalnum, level)) or _is_sentinel(level)
    ]


def _is_sentinel(level: str) -> bool:
    try:
        return float(level) in knowledge().numeric_sentinels
    except ValueError:
        return False


def has_unit(table: Table, name: str, levels: Sequence[str]) -> bool:
    """Whether the column may have a unit: it is measured, and not by a few whole numbers."""
    entry = table.dictionary.get(name)
    return entry is not None and entry.type in MEASURED and table.frame[name].dtype.kind in "if" and not levels
