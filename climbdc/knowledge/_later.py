"""When a value is known, told from a column's meaning or, failing that, its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from climbdc.knowledge._lexicon import Lexicon, PhraseGroup
from climbdc.knowledge._text import plain, split_camel
from climbdc.sdk import KnownAt

__all__ = ["LaterHint", "known_at"]

Basis = Literal["meaning", "name"]
Strength = Literal["strong", "weak"]


class LaterHint(BaseModel):
    """What words say about the moment a value is known; a person confirms it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known_at: KnownAt
    kind: str = ""
    """For what is known after: outcome, known-later or others-predictions."""
    because: str
    strength: Strength
    """Strong is enough by itself; weak needs the data to agree."""
    basis: Basis


def known_at(lexicon: Lexicon, name: str, meaning: str) -> LaterHint | None:
    """The hint of the meaning where it says something, else that of the name, else None.

    Spans such as "history of stroke" or "in the past 6 months" are taken out first, so that what happened before is
    not mistaken for an outcome.
    """
    text = plain(meaning)
    if text and (hint := _meant(lexicon, text)):
        return hint
    for form in dict.fromkeys((plain(name), plain(split_camel(name)))):
        if hint := _named(lexicon, form):
            return hint
    return None


def _meant(lexicon: Lexicon, text: str) -> LaterHint | None:
    later = lexicon.later
    bare = _unshielded(lexicon, text)
    if hint := _after(lexicon, later.meaning, bare, "meaning", "strong"):
        return hint
    if phrase := _first(lexicon, later.before.meaning, text):
        return _hint("before", phrase, "meaning", "strong")
    if phrase := _first(lexicon, later.at.meaning, text):
        return _hint("at", phrase, "meaning", "strong")
    return _after(lexicon, later.meaning, bare, "meaning", "weak")


def _named(lexicon: Lexicon, text: str) -> LaterHint | None:
    later = lexicon.later
    bare = _unshielded(lexicon, text)
    if phrase := _first(lexicon, later.before.name, text):
        return _hint("before", phrase, "name", "weak")
    if hint := _after(lexicon, later.name, bare, "name", "strong"):
        return hint
    if phrase := _first(lexicon, later.at.name, text):
        return _hint("at", phrase, "name", "weak")
    return _after(lexicon, later.name, bare, "name", "weak")


def _after(
    lexicon: Lexicon, groups: Iterable[PhraseGroup], text: str, basis: Basis, strength: Strength
) -> LaterHint | None:
    for group in groups:
        if group.strength == strength and (phrase := _first(lexicon, group.patterns, text)):
            because = f"its {basis} says {phrase!r}, which {group.why}"
            return LaterHint(known_at="after", kind=group.kind, because=because, strength=strength, basis=basis)
    return None


def _hint(moment: KnownAt, phrase: str, basis: Basis, strength: Strength) -> LaterHint:
    return LaterHint(known_at=moment, because=f"its {basis} says {phrase!r}", strength=strength, basis=basis)


def _first(lexicon: Lexicon, patterns: Iterable[str], text: str) -> str:
    for pattern in patterns:
        if found := lexicon.pattern(pattern).search(text):
            return found[0].strip()
    return ""


def _unshielded(lexicon: Lexicon, text: str) -> str:
    for pattern in lexicon.later.shields:
        text = lexicon.pattern(pattern).sub(" ~ ", text)
    return text
