"""Recognising clinical variables by name, meaning and values; rather none than a wrong one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from climbdc.knowledge._fit import TYPICAL, fit
from climbdc.knowledge._lexicon import Lexicon
from climbdc.knowledge._text import compact, plain, split_camel, words
from climbdc.knowledge._units import Units
from climbdc.knowledge._variable import Variable

__all__ = ["Match", "Matcher"]

Basis = Literal["name", "synonym", "meaning"]
_END = re.compile(r"[,;:.(\[]\s|[(\[]")
_DIGITS = re.compile(r"(?<=[a-z]{2})\d$")


class Match(NamedTuple):
    """A column recognised as a clinical variable."""

    variable: Variable
    confidence: float
    """0 to 1; below 0.6 nothing but an abbreviation speaks for it."""
    basis: Basis
    unit: str
    """The unit the values are in: the variable's own, or one of its conversions."""


class Spelling(NamedTuple):
    """One way a variable is written."""

    variable: Variable
    basis: Basis
    short: bool
    """An abbreviation, believed only with values."""


class Candidate(NamedTuple):
    """A spelling that a column agrees with, before its values are looked at."""

    spelling: Spelling
    confidence: float
    basis: Basis


class Matcher:
    """Looks columns up among the variables."""

    def __init__(self, variables: Iterable[Variable], lexicon: Lexicon, units: Units) -> None:
        self._lexicon = lexicon
        self._units = units
        self._spellings: dict[str, list[Spelling]] = defaultdict(list)
        for variable in variables:
            for key, spelling in _spellings(variable):
                if all(other.variable.id != variable.id for other in self._spellings[key]):
                    self._spellings[key].append(spelling)

    def clashes(self) -> Iterator[tuple[str, Variable, Variable]]:
        """Spellings that two variables claim whose values could not tell them apart."""
        for key, spellings in self._spellings.items():
            for position, one in enumerate(spellings):
                for other in spellings[position + 1 :]:
                    if one.variable.overlaps(other.variable):
                        yield key, one.variable, other.variable

    def match(self, name: str, meaning: str, unit: str, values: Sequence[float] | None) -> Match | None:
        """The variable a column is, or None."""
        base, in_name = self._units.split(name)
        stated = unit if self._units.known(unit) else in_name
        found: list[tuple[float, float, Match]] = []
        for candidate in self._candidates(name, base, meaning):
            variable, _, short = candidate.spelling
            fitted = fit(variable, values, stated=stated, units=self._units, sentinels=self._lexicon.numeric_sentinels)
            if fitted is None or (short and fitted.tested and fitted.typical < TYPICAL):
                continue
            confidence = candidate.confidence - (0.25 if short and not fitted.tested else 0)
            match = Match(variable, round(confidence, 2), candidate.basis, fitted.unit)
            found.append((match.confidence, fitted.typical, match))
        return max(found, key=lambda item: item[:2])[2] if found else None

    def _candidates(self, name: str, base: str, meaning: str) -> list[Candidate]:
        by_name = list(self._by_name(name, base))
        if not meaning.strip():
            return by_name
        if by_meaning := list(self._by_meaning(meaning)):
            same = {candidate.spelling.variable.id for candidate in by_name}
            return [c._replace(confidence=0.98) if c.spelling.variable.id in same else c for c in by_meaning]
        return [candidate for candidate in by_name if self._bears(candidate.spelling, meaning)]

    def _by_name(self, name: str, base: str) -> Iterator[Candidate]:
        for key in dict.fromkeys((compact(name), compact(base))):
            for spelling in self._spellings.get(key, ()):
                yield Candidate(spelling, _confidence(spelling), spelling.basis)
        keys = {"".join(self._kept(words(text))) for text in (base, split_camel(base))}
        keys |= {_DIGITS.sub("", key) for key in keys}
        flags = {"".join(self._unflagged(words(text))) for text in (base, split_camel(base))}
        for key in sorted((keys | flags) - {compact(name), compact(base)}):
            for spelling in self._spellings.get(key, ()):
                if key in keys or not spelling.variable.measured:
                    yield Candidate(spelling, _confidence(spelling) - 0.1, spelling.basis)

    def _by_meaning(self, meaning: str) -> Iterator[Candidate]:
        drop = self._lexicon.matching.meaning_qualifiers
        for part in dict.fromkeys((meaning, _END.split(meaning)[0])):
            base = self._units.split(part).base
            kept = self._kept(words(base))
            loose = [word for word in kept if word not in drop and not word.isdigit()]
            for key in dict.fromkeys((compact(part), compact(base), "".join(kept), "".join(loose))):
                if spellings := self._spellings.get(key):
                    yield from (Candidate(s, 0.7 if s.short else 0.9, "meaning") for s in spellings)
                    return

    def _kept(self, parts: Iterable[str]) -> list[str]:
        return [word for word in parts if word not in self._lexicon.matching.qualifiers]

    def _unflagged(self, parts: Iterable[str]) -> list[str]:
        return [word for word in self._kept(parts) if word not in self._lexicon.matching.flag_words]

    def _bears(self, spelling: Spelling, meaning: str) -> bool:
        """Whether a meaning that is no spelling itself at least does not speak against the name."""
        text = f" {plain(meaning)} "
        variable = spelling.variable
        own = [plain(word) for word in (*variable.names, *variable.synonyms)]
        blockers = {word for word in self._lexicon.matching.blockers if f" {word} " in text}
        if any(all(word not in known.split() for known in own) for word in blockers):
            return False
        return not spelling.short or any(f" {known} " in text for known in own)


def _confidence(spelling: Spelling) -> float:
    return 0.75 if spelling.short else 0.95 if spelling.basis == "name" else 0.9


def _spellings(variable: Variable) -> Iterator[tuple[str, Spelling]]:
    for name in variable.names:
        yield compact(name), Spelling(variable, "name", short=False)
    for name in variable.synonyms:
        yield compact(name), Spelling(variable, "synonym", short=False)
    for name in variable.abbreviations:
        yield compact(name), Spelling(variable, "synonym", short=True)
