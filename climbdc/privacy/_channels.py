"""Words on their way to a model: a person's, a model's own, a tool's, an error's, a file's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from climbdc.privacy._clean import clean, cut
from climbdc.privacy._names import Names
from climbdc.privacy._plain import plain_words
from climbdc.privacy._scrub import scrub
from climbdc.privacy._secrets import Secrets

__all__ = ["Channels", "Origin"]

Origin = Literal["person", "model", "tool", "error", "file"]

_FIRST = 0xE000
_MANY = 0x1900
"""Private letters that stand for columns while a text is worked on; cleaning has taken any others out."""
_NUMBER = re.compile(r"[-+]?(?<![^\W_])\d(?:[\d.,:/]*\d)?(?:[eE][-+]?\d+)?%?(?![^\W_])")
_CODE = re.compile(r"(?<![^\W_])(?=\w*\d\w*\d\w*\d)(?![SF]\d{2,4}(?![^\W_]))[^\W_]+")
"""Three digits and more in one word, ids of steps and findings apart."""
_PATH = re.compile(r"(?:[A-Za-z]:)?[\\/](?:[^\s\\/:\"'<>|]+[\\/])+")
_QUOTES = [("'", "'"), ('"', '"'), ("`", "`"), ("“", "”"), ("‘", "’"), ("«", "»"), ("„", "“")]


class Channels:
    """Takes out of words what must not leave."""

    def __init__(self, secrets: Secrets, names: Names) -> None:
        self.secrets = secrets
        self.names = names

    def spoken(self, text: str, longest: int, revealed: frozenset[str] = frozenset()) -> str:
        """What a person or a model wrote: without identifiers and rare cells; plain words and small numbers stay."""
        text, back = self._marked(clean(text, 20_000))
        text = self.secrets.rare(revealed).withhold(scrub(text).text, plain_words())
        return cut(self._unmarked(text, back), longest)

    def printed(self, text: str, longest: int) -> str:
        """What a program wrote: no number, no path, no rare cell; names of columns stay."""
        text = _PATH.sub("", clean(text, 20_000))
        text, back = self._marked(text)
        text = scrub(self.secrets.rare().withhold(text)).text
        text = _CODE.sub("#", _NUMBER.sub("#", text))
        return cut(self._unmarked(text, back), longest)

    def template(self, text: str, longest: int) -> str:
        """What one of our errors says, without what is quoted in it, names of columns apart."""
        text, back = self._marked(clean(text, 20_000))
        for opening, closing in _QUOTES:
            text = _unquoted(text, opening, closing)
        text = scrub(self.secrets.rare().withhold(_PATH.sub("", text))).text
        text = _CODE.sub("#", _NUMBER.sub("#", text))
        return cut(self._unmarked(text, back), longest)

    def file(self, name: str, longest: int) -> str:
        """The name of a file without its folders."""
        return self.printed(re.split(r"[\\/]", name.rstrip("\\/"))[-1].replace("_", " "), longest)

    def scrubbed(self, text: str) -> str:
        """A value that a person has shown, without what identifies somebody."""
        return scrub(text).text

    def _marked(self, text: str) -> tuple[str, dict[str, str]]:
        """The text with one private letter for each name of a column."""
        names = sorted(set(self.secrets.columns), key=lambda name: (-len(name), name))[:_MANY]
        back = {chr(_FIRST + number): name for number, name in enumerate(names)}
        if not back:
            return text, back
        marks = {name: mark for mark, name in back.items()}
        small = {name.casefold(): mark for name, mark in marks.items() if len(name) > 3}
        pattern = re.compile(
            r"(?<![^\W_])(?:" + _alternatives(clean(name, 2000) for name in names) + r")(?![^\W_])", re.I
        )

        def mark(found: re.Match[str]) -> str:
            return marks.get(found[0]) or small.get(found[0].casefold()) or found[0]

        return pattern.sub(mark, text), back

    def _unmarked(self, text: str, back: dict[str, str]) -> str:
        return "".join(self.names.shown(back[letter]) if letter in back else letter for letter in text)


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in names if name) or r"(?!)"


def _unquoted(text: str, opening: str, closing: str) -> str:
    """The text with what stands between these quotes replaced, single private letters (columns) apart."""
    one, other = re.escape(opening), re.escape(closing)
    pattern = re.compile(rf"(?<![^\W_]){one}(.*?){other}(?![^\W_])", re.DOTALL)

    def keep(found: re.Match[str]) -> str:
        inner = found[1]
        return found[0] if len(inner) == 1 and _FIRST <= ord(inner) < _FIRST + _MANY else f"{opening}…{closing}"

    return pattern.sub(keep, text)
