"""One entry of the dictionary, put together from all who say something of the column."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import pandas as pd

from climbdc.data import ColumnLabel
from climbdc.describe._limits import limits_in
from climbdc.describe._profile import Profile, number_text, profile
from climbdc.describe._types import Clues, type_of
from climbdc.knowledge import Match, knowledge
from climbdc.sdk import Column

__all__ = ["column_from"]

_UNLABELLED: Final = ColumnLabel()
_SURE: Final = 0.6  # below this nothing but an abbreviation speaks for a match
_TIMING: Final = ("known_at", "known_because", "later_kind")
_SETTLED_AREA: Final = "demography"  # what a person is does not come to be known after the outcome


class _Draft:
    """An entry in the making: what was said first stays, so those who are believed most speak first."""

    def __init__(self, name: str) -> None:
        self.fields: dict[str, Any] = {"name": name}
        self.sources: dict[str, str] = {}

    def say(self, source: str, **said: Any) -> None:
        """Put in what is not empty and not said yet."""
        for field, value in said.items():
            if field not in self.fields and value not in (None, "", "unknown", (), {}):
                self.fields[field] = value
                self.sources[field] = source

    def get(self, field: str, default: Any = "") -> Any:
        return self.fields.get(field, default)

    def column(self) -> Column:
        return Column(**self.fields, sources=self.sources)


def column_from(
    name: str, values: pd.Series[Any], *, label: ColumnLabel | None = None, given: Sequence[Column] = ()
) -> Column:
    """Describe one column, such as one a tool has made.

    What a person said stands, then the dictionary file, the labels of the data file, what a language model said, the
    knowledge pack and last what the values suggest; `Column.sources` says for each field who it was. When a value is
    known, a model is believed only where nothing else tells.

    Args:
        name: The column's name.
        values: All its values.
        label: What a statistics package knows of it.
        given: Entries by a person or from a file; a field whose source is not named counts as a person's word.
    """
    draft, label = _Draft(name), label or _UNLABELLED
    _say_given(draft, given, "person", "file")
    draft.say("label", meaning=label.meaning.strip(), labels=label.labels, missing_codes=label.missing_codes)
    _say_given(draft, given, "label")
    _say_given(draft, given, "model", without=_TIMING)
    _say_given(draft, given, "knowledge", "inferred")
    seen = profile(values, draft.get("missing_codes", ()))
    match = _recognised(name, draft, seen)
    _say_type(draft, seen, match)
    _say_when(draft, match)
    _say_given(draft, given, "model")
    _say_later(draft)
    return draft.column()


def _say_given(draft: _Draft, given: Sequence[Column], *sources: str, without: Collection[str] = ()) -> None:
    for source in sources:
        for column in given:
            said = _said_by(column, source)
            draft.say(source, **{field: value for field, value in said.items() if field not in without})


def _said_by(column: Column, source: str) -> dict[str, Any]:
    fields = [field for field in Column.model_fields if field in column.model_fields_set - {"name", "sources"}]
    return {field: getattr(column, field) for field in fields if column.sources.get(field, "person") == source}


def _recognised(name: str, draft: _Draft, seen: Profile) -> Match | None:
    """The clinical variable the column is, with its unit and limits put into the draft."""
    found = knowledge().match(name, meaning=draft.get("meaning"), unit=draft.get("unit"), values=_numbers(seen))
    if found is None or found.confidence < _SURE:
        return None
    draft.say("knowledge", variable=found.variable.id)
    limits = limits_in(found.variable.limits, found.unit or found.variable.unit)
    if limits is not None and found.variable.measured and _is_amount(seen):
        draft.say("knowledge", limits=limits, unit=found.unit)
    return found


def _numbers(seen: Profile) -> list[float]:
    """The numbers of a glance, those written as text included; none for dates and words."""
    if seen.storage == "date":
        return []
    if seen.storage == "text":
        return [number for number in map(number_text, seen.glance) if number is not None]
    return [float(value) for value in seen.glance]


def _is_amount(seen: Profile) -> bool:
    """Whether the values can be amounts: text may hold numbers that are not read yet, two numbers are a yes and no."""
    return seen.distinct > 2 or set(seen.levels) - {0, 1, 2} != set()


def _say_type(draft: _Draft, seen: Profile, match: Match | None) -> None:
    bare = Clues(draft.fields["name"], draft.get("meaning"), draft.get("unit"), draft.get("labels", {}))
    plain = type_of(seen, bare)
    if bare.labels and plain != type_of(seen, Clues(bare.name, bare.meaning, bare.unit)):
        draft.say("label", type=plain)
    elif match is not None:
        told = type_of(seen, Clues(bare.name, bare.meaning, bare.unit, bare.labels, match.variable.type))
        draft.say("inferred" if told == plain else "knowledge", type=told)
    draft.say("inferred", type=plain)


def _say_when(draft: _Draft, match: Match | None) -> None:
    """When the value is known: said, or told by a phrase of the meaning, a telling name, or what the column is."""
    hint = knowledge().known_at(draft.fields["name"], draft.get("meaning"))
    telling = hint is not None and (hint.basis == "meaning" or hint.strength == "strong")
    if hint is not None and telling and "known_at" not in draft.fields:
        draft.say("inferred", known_at=hint.known_at, known_because=hint.because, later_kind=hint.kind)
    elif match is not None and match.variable.area == _SETTLED_AREA and "known_at" not in draft.fields:
        because = f"{match.variable.names[0]} does not depend on what happens later"
        draft.say("knowledge", known_at="before", known_because=because)


def _say_later(draft: _Draft) -> None:
    """In which way a value is known later."""
    hint = knowledge().known_at(draft.fields["name"], draft.get("meaning"))
    if draft.get("known_at") == "after":
        source = "inferred" if hint is not None else draft.sources["known_at"]
        draft.say(source, later_kind=(hint.kind if hint is not None else "") or "known-later")
