"""The lexicon: missing-value tokens, phrases of time, patterns of roles, words that matter in matching."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from climbdc.knowledge._text import unaccented

__all__ = ["Later", "Lexicon", "Matching", "Missing", "PhraseGroup", "RolePatterns", "TimeWords", "token_form"]

Kind = Literal["outcome", "known-later", "others-predictions"]
Strength = Literal["strong", "weak"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Missing(_Part):
    """Texts that stand for a missing value."""

    certain: tuple[str, ...]
    likely: tuple[str, ...]


class PhraseGroup(_Part):
    """Patterns that say one thing about when a value is known."""

    kind: Kind
    strength: Strength
    why: str
    patterns: tuple[str, ...] = Field(min_length=1)


class TimeWords(_Part):
    """Patterns that say a value is known in time, in a meaning and in a name."""

    meaning: tuple[str, ...] = ()
    name: tuple[str, ...] = ()


class Later(_Part):
    """All that tells when a value is known."""

    shields: tuple[str, ...] = ()
    meaning: tuple[PhraseGroup, ...]
    name: tuple[PhraseGroup, ...]
    at: TimeWords
    before: TimeWords


class RolePatterns(_Part):
    """Names that suggest one role."""

    role: str
    weight: Strength
    why: str
    patterns: tuple[str, ...] = Field(min_length=1)


class Matching(_Part):
    """Words that do or do not change what a column is."""

    qualifiers: frozenset[str]
    flag_words: frozenset[str]
    meaning_qualifiers: frozenset[str]
    blockers: frozenset[str]


class Lexicon(_Part):
    """The whole of `lexicon.yaml`."""

    fragments: dict[str, str] = {}
    missing: Missing
    numeric_sentinels: tuple[float, ...]
    later: Later
    roles: tuple[RolePatterns, ...]
    matching: Matching
    units: tuple[tuple[str, ...], ...]
    unit_suffix_exceptions: frozenset[str] = frozenset()

    def pattern(self, text: str) -> re.Pattern[str]:
        """A pattern with its fragments put in, compiled (and kept by `re` itself)."""
        for _ in range(3):
            for name, fragment in self.fragments.items():
                text = text.replace(f"<{name}>", fragment)
        return re.compile(text)

    @cached_property
    def missing_tokens(self) -> dict[str, Literal["certain", "likely"]]:
        """Every token in plain spelling, and how sure it is."""
        sure: dict[str, Literal["certain", "likely"]] = {token_form(text): "likely" for text in self.missing.likely}
        return sure | {token_form(text): "certain" for text in self.missing.certain}


def token_form(text: str) -> str:
    """A cell as missing-value tokens are compared: signs count, case, accents and spaces do not.

    >>> token_form("  Not   Recorded "), token_form("#N/A")
    ('not recorded', '#n/a')
    """
    return " ".join(unaccented(text).split())
