"""Words on their way to a model: a person's, a model's own, a program's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final, Literal

from climbdc.privacy._clean import clean, cut
from climbdc.privacy._names import Names
from climbdc.privacy._plain import function_words, plain_words
from climbdc.privacy._rare import Spared
from climbdc.privacy._scrub import scrub
from climbdc.privacy._secrets import Secrets

__all__ = ["Channels", "Origin"]

Origin = Literal["person", "model", "tool"]

_READ: Final = 20_000
_CLEAR: Final = 3
"""A name of more letters is known in capitals too."""
_FIRST = 0xE000
_MANY = 0x1900
"""Private letters that stand for columns while a text is worked on; cleaning has taken any others out."""
_NUMBER = re.compile(r"[-+]?(?<![^\W_])\d(?:[\d.,:/]*\d)?(?:[eE][-+]?\d+)?%?(?![^\W_])")
_CODE = re.compile(r"(?<![^\W_])(?=\w*\d\w*\d\w*\d)(?![SF]\d{2,4}(?![^\W_]))[^\W_]+")
"""Three digits and more in one word, ids of steps and findings apart."""
_FEW = re.compile(
    r"(?<![\w.,])[1-9](?= (?:rows?|patients?|persons?|people|cells?|values?|visits?|events?|groups?|cases?)(?!\w))"
)
_PATH = re.compile(r"(?:[A-Za-z]:)?[\\/](?:[^\s\\/:\"'<>|]+[\\/])+")
ENDINGS = frozenset(
    "csv tsv txt xls xlsx xlsm sav dta por sas7bdat xpt parquet feather arrow json gz zip bz2 xz".split()
)
_FILE = re.compile(rf"(?<![^\W_])[\w-]+(?:\.[\w-]+)*\.(?:{'|'.join(sorted(ENDINGS))})(?![^\W_])", re.IGNORECASE)
_QUOTES = [("'", "'"), ('"', '"'), ("`", "`"), ("“", "”"), ("‘", "’"), ("«", "»"), ("„", "“")]


class Channels:
    """Takes out of words what must not leave."""

    def __init__(self, secrets: Secrets, names: Names) -> None:
        self.secrets = secrets
        self.names = names
        self._pattern: tuple[tuple[str, ...], re.Pattern[str]] | None = None

    def spoken(self, text: str, longest: int, revealed: frozenset[str] = frozenset()) -> str:
        """What a person or a model wrote: without identifiers and rare cells; plain words and small numbers stay."""
        text, back = self._marked(clean(text, _READ))
        text = self.secrets.rare(revealed).withhold(scrub(text).text, _spoken())
        return cut(self._unmarked(text, back), longest)

    def thought(self, text: str, longest: int, revealed: frozenset[str] = frozenset()) -> str:
        """What a model or the rules wrote: as what a person wrote, and without small counts."""
        return _FEW.sub("few", self.spoken(text, longest, revealed))

    def printed(self, text: str, longest: int) -> str:
        """What a program wrote: no number, no path, nothing quoted, no rare cell; names of columns stay."""
        text, back = self._marked(_FILE.sub("[file]", _PATH.sub("", clean(text, _READ))))
        for opening, closing in _QUOTES:
            text = _unquoted(text, opening, closing)
        return cut(self._unmarked(self._without(text), back), longest)

    def _without(self, text: str) -> str:
        """The text without numbers and codes, whatever they are, and then without identifiers and rare cells.

        Numbers go first: which of them is a rare cell must not be seen from what stands in their place.
        """
        text = scrub(_CODE.sub("#", _NUMBER.sub("#", scrub(text).text))).text
        return self.secrets.rare().withhold(text, _printed())

    def scrubbed(self, text: str) -> str:
        """A value that a person has shown, without what identifies somebody."""
        return scrub(text).text

    def _marked(self, text: str) -> tuple[str, dict[str, str]]:
        """The text with one private letter for each name of a column."""
        names = tuple(sorted(set(self.secrets.columns), key=lambda name: (-len(name), name))[:_MANY])
        back = {chr(_FIRST + number): name for number, name in enumerate(names)}
        marks = {clean(name, _READ): mark for mark, name in back.items()}
        small = {name.casefold(): mark for name, mark in marks.items() if len(name) > _CLEAR}
        if self._pattern is None or self._pattern[0] != names:
            self._pattern = names, _pattern_of(marks)

        def mark(found: re.Match[str]) -> str:
            return marks.get(found[0]) or small.get(found[0].casefold()) or found[0]

        return self._pattern[1].sub(mark, text), back

    def _unmarked(self, text: str, back: dict[str, str]) -> str:
        return "".join(self.names.shown(back[letter]) if letter in back else letter for letter in text)


def _pattern_of(names: Iterable[str]) -> re.Pattern[str]:
    """Any of these names as a whole; a bare number is never taken for a name."""
    some = "|".join(re.escape(name) for name in names if any(letter.isalpha() for letter in name))
    return re.compile(rf"(?<![^\W_])(?:{some or '(?!)'})(?![^\W_])", re.IGNORECASE)


@cache
def _spoken() -> Spared:
    return Spared(inside=plain_words(), alone=plain_words(), numbers=True)


@cache
def _printed() -> Spared:
    return Spared(inside=plain_words(), alone=function_words())


def _unquoted(text: str, opening: str, closing: str) -> str:
    """The text with what stands between these quotes replaced, single private letters (columns) apart."""
    one, other = re.escape(opening), re.escape(closing)
    pattern = re.compile(rf"(?<![^\W_]){one}(.*?){other}(?![^\W_])", re.DOTALL)

    def keep(found: re.Match[str]) -> str:
        inner = found[1]
        return found[0] if len(inner) == 1 and _FIRST <= ord(inner) < _FIRST + _MANY else f"{opening}…{closing}"

    return pattern.sub(keep, text)
