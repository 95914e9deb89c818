"""What is written in few cells, so that it is found again in any other text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from climbdc.privacy._clean import clean

__all__ = ["WITHHELD", "RareCells", "Spared", "key_of", "words_in"]

WITHHELD: Final = "[value]"
PHRASE: Final = 6
"""Words in a row of a long text that are looked for, and the longest value that is looked for as one."""
DIGITS: Final = 5
"""A number of so many digits points to somebody; doses, ages and years have fewer."""
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=65536)
def key_of(text: str) -> str:
    """A text as it is compared: one form of each letter, small, words with one blank between them.

    >>> key_of("  O'Neil-Smith ")
    'o neil smith'
    """
    return " ".join(words_in(clean(text, 2000).casefold()))


def words_in(text: str) -> list[str]:
    """Runs of letters and digits."""
    return _WORD.findall(text)


@dataclass(frozen=True)
class Spared:
    """What is kept although few cells hold it.

    Args:
        inside: Words, where a cell holds others beside them.
        alone: Words, where a cell holds nothing else.
        numbers: Whether numbers of few digits are kept.
    """

    inside: Set[str] = frozenset()
    alone: Set[str] = frozenset()
    numbers: bool = False

    def word(self, word: str) -> bool:
        """Whether a word of a longer cell is kept."""
        return word in self.inside or self._number(word)

    def whole(self, words: list[str]) -> bool:
        """Whether a whole cell of these words is kept."""
        digits = sum(len(word) for word in words if word.isdigit())
        return digits < DIGITS and all(word in self.alone or self._number(word) for word in words)

    def _number(self, word: str) -> bool:
        return self.numbers and word.isdigit() and len(word) < DIGITS


@dataclass(frozen=True)
class RareCells:
    """Words and whole values that fewer than k persons hold, in small letters.

    Args:
        words: Single words of longer cells.
        phrases: Whole cells, and runs of words of long ones, with one blank between words.
        lengths: How many words the phrases have.
    """

    words: Set[str] = frozenset()
    phrases: Set[str] = frozenset()
    lengths: tuple[int, ...] = ()

    def also(self, words: Set[str]) -> RareCells:
        """These cells and some words beside."""
        return replace(self, words=self.words | words)

    def holds(self, text: str, spared: Spared | None = None) -> bool:
        """Whether the text names a rare cell."""
        return next(self._found(list(_WORD.finditer(text)), spared or Spared()), None) is not None

    def withhold(self, text: str, spared: Spared | None = None) -> str:
        """The (cleaned) text with rare cells taken out."""
        matches = list(_WORD.finditer(text))
        for first, last in reversed(_merged(self._found(matches, spared or Spared()))):
            text = text[: matches[first].start()] + WITHHELD + text[matches[last].end() :]
        return text

    def _found(self, matches: list[re.Match[str]], spared: Spared) -> Iterator[tuple[int, int]]:
        words = [match[0].casefold() for match in matches]
        for at, word in enumerate(words):
            if word in self.words and not spared.word(word):
                yield at, at
            for length in self.lengths:
                some = words[at : at + length]
                if len(some) == length and " ".join(some) in self.phrases and not spared.whole(some):
                    yield at, at + length - 1


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
