"""What is written in few cells, so that it is found again in any other text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import pandas as pd

from climbdc.privacy._clean import clean

__all__ = ["RareCells", "key_of", "rare_cells", "words_in"]

WITHHELD: Final = "[value]"
PHRASE: Final = 6
"""Words in a row of a long text that are looked for, and the longest value that is looked for as one."""
_DIGITS: Final = 5
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
class RareCells:
    """Words and whole values that fewer than k rows hold.

    Args:
        words: Single words, small.
        phrases: Several words, small, with one blank between.
        lengths: How many words the phrases have.
    """

    words: Set[str] = frozenset()
    phrases: Set[str] = frozenset()
    lengths: tuple[int, ...] = field(default=())

    def holds(self, text: str) -> bool:
        """Whether the text names a rare cell."""
        return next(self._found(list(_WORD.finditer(text)), frozenset()), None) is not None

    def withhold(self, text: str, spared: Set[str] = frozenset()) -> str:
        """The text with rare cells taken out.

        Args:
            text: Cleaned text.
            spared: Words that say nothing of anybody, small; a phrase of nothing but these is kept too, and so are
                numbers of up to four digits. Nothing is spared where it is empty.
        """
        matches = list(_WORD.finditer(text))
        spans = list(self._found(matches, spared))
        for first, last in reversed(_merged(spans)):
            text = text[: matches[first].start()] + WITHHELD + text[matches[last].end() :]
        return text

    def _found(self, matches: list[re.Match[str]], spared: Set[str]) -> Iterator[tuple[int, int]]:
        words = [match[0].casefold() for match in matches]
        for at, word in enumerate(words):
            if word in self.words and not _is_spared(word, spared):
                yield at, at
            for length in self.lengths:
                some = words[at : at + length]
                if len(some) < length or " ".join(some) not in self.phrases:
                    continue
                if not all(_is_spared(word, spared) for word in some):
                    yield at, at + length - 1


def _is_spared(word: str, spared: Set[str]) -> bool:
    return bool(spared) and (word in spared or (word.isdigit() and len(word) < _DIGITS))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def rare_cells(frames: Iterable[pd.DataFrame], k: int, coded: Set[str], revealed: Set[str] = frozenset()) -> RareCells:
    """All that fewer than k rows of these frames hold.

    Args:
        frames: The rows as they were read, those of a test file too.
        k: The least number of rows that makes a value common.
        coded: Columns of numbers that name somebody, such as a record number.
        revealed: Columns that a person has shown to the model.
    """
    words: Counter[str] = Counter()
    phrases: Counter[str] = Counter()
    for frame in frames:
        for name in frame.columns:
            if str(name) in revealed:
                continue
            values = frame[name]
            if values.dtype.kind in "iufM" and str(name) not in coded:
                if values.dtype.kind != "M":
                    _count_exact(values, words)
                continue
            _count_text(values, words, phrases)
    rare = frozenset(word for word, rows in words.items() if rows < k)
    several = frozenset(phrase for phrase, rows in phrases.items() if rows < k)
    return RareCells(rare, several, tuple(sorted({phrase.count(" ") + 1 for phrase in several})))


def _count_text(values: pd.Series, words: Counter[str], phrases: Counter[str]) -> None:
    for value, rows in values.dropna().value_counts().items():
        parts = key_of(_as_text(value)).split(" ")
        for part in set(parts):
            words[part] += rows
        if 1 < len(parts) <= PHRASE:
            phrases[" ".join(parts)] += rows
        for phrase in {" ".join(parts[i : i + PHRASE]) for i in range(len(parts) - PHRASE + 1)}:
            if len(parts) > PHRASE:
                phrases[phrase] += rows
    words.pop("", None)


def _count_exact(values: pd.Series, words: Counter[str]) -> None:
    """Numbers with so many digits that they point to somebody, such as 5-digit codes or costs to the cent."""
    for value, rows in values.dropna().value_counts().items():
        text = _as_text(value)
        if len(text.replace(".", "").replace("-", "").strip("0")) >= _DIGITS:
            for part in words_in(text):
                if len(part) >= _DIGITS:
                    words[part] += rows


def _as_text(value: object) -> str:
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(value)
