"""Numbers written in words: their value and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["spelled"]

_WORD = re.compile(r"[^\W\d_]+")
_HYPHENS = "-‐‑–"
Found = tuple[int, int, float, bool]


def spelled(text: str, words: Mapping[str, Any]) -> Iterator[Found]:
    """Start, end and value of each number in words, and whether it is a fraction.

    Args:
        text: The text.
        words: As in `grounded.yaml`.

    >>> from climbdc.models.llm._grounded_numbers import lexicon
    >>> [found[2:] for found in spelled("Two hundred and five, this one, two thirds, zero", lexicon())]
    [(205.0, False), (0.6666666666666666, True), (0.0, False)]
    """
    tokens = list(_WORD.finditer(text.casefold() if len(text.casefold()) == len(text) else text.lower()))
    at = 0
    while at < len(tokens):
        found, at = _at(text, tokens, at, words)
        if found is not None:
            yield found


def _at(text: str, tokens: Sequence[re.Match[str]], at: int, words: Mapping[str, Any]) -> tuple[Found | None, int]:
    """The number that begins with a word, and the word after it."""
    first = tokens[at][0]
    if first in {"half", "halves"}:
        return (*tokens[at].span(), 0.5, True), at + 1
    run = _Run(words)
    last = at - 1
    if first in {"a", "an"}:
        last = at
    while last + 1 < len(tokens) and (last < at or _near(text, tokens[last], tokens[last + 1])):
        word = tokens[last + 1][0]
        after = tokens[last + 2][0] if last + 2 < len(tokens) else ""
        if run.joins(word, after):
            run.take(word)
        else:
            break
        last += 1
    parts = run.value if run.begun else 1.0
    fraction = _fraction(text, tokens, last + 1, parts, words) if run.begun or last == at else 0
    if fraction and _near(text, tokens[last], tokens[last + 1]):
        return (tokens[at].start(), tokens[last + 1].end(), parts / fraction, True), last + 2
    if not run.begun or (run.words == ["one"] and _says_nothing(text, tokens, last, words)):
        return None, max(last, at) + 1
    return (tokens[at].start(), tokens[last].end(), run.value, False), last + 1


def _near(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether only a blank or a hyphen stands between two words."""
    between = text[one.end() : other.start()]
    return between.isspace() or between in _HYPHENS


def _fraction(text: str, tokens: Sequence[re.Match[str]], at: int, parts: float, words: Mapping[str, Any]) -> int:
    """The denominator that a word names; 0 where it is an ordinal or something else."""
    if at >= len(tokens) or tokens[at][0] not in words["fractions"]:
        return 0
    word = tokens[at][0]
    many = word.endswith("s") or word == "half"
    after = text[tokens[at].end() :].lstrip(" ")
    alone = not after[:1].isalpha() or re.match(r"(?:of|are|is|were|have|has|had)\b", after) is not None
    return int(words["fractions"][word]) if (many if parts > 1 else alone) else 0


def _says_nothing(text: str, tokens: Sequence[re.Match[str]], at: int, words: Mapping[str, Any]) -> bool:
    """Whether "one" stands for something else than a number."""
    before = tokens[at - 1][0] if at and _near(text, tokens[at - 1], tokens[at]) else ""
    after = tokens[at + 1][0] if at + 1 < len(tokens) and _near(text, tokens[at], tokens[at + 1]) else ""
    return before in words["one_after"] or not after or after in words["one_before"]


class _Run:
    """A number as it grows word by word."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.numbers: Mapping[str, int] = words["numbers"]
        self.scales: Mapping[str, int] = words["scales"]
        self.words: list[str] = []
        self.total = self.current = 0.0
        self.digits = ""
        self.point = False

    @property
    def begun(self) -> bool:
        """Whether there is a number."""
        return bool(self.words)

    @property
    def value(self) -> float:
        """What it is so far."""
        whole = self.total + self.current
        return float(f"{whole:.0f}.{self.digits}") if self.digits else float(whole)

    def joins(self, word: str, after: str) -> bool:
        """Whether the word goes on with the number, or begins one."""
        last = self.words[-1] if self.words else ""
        if word == "and":
            return last in self.scales and after in self.numbers
        if word == "point":
            return self.begun and not self.point and self.numbers.get(after, 10) < 10
        if self.point:
            return self.numbers.get(word, 10) < 10
        if word in self.scales or word == "dozen":
            return last != "and" and (not self.begun or self.scales.get(word, 1) > self.scales.get(last, 0))
        if word not in self.numbers:
            return False
        size = self.numbers[word]
        if not last or last == "and" or last in self.scales:
            return True
        tens = self.numbers.get(last, 0)
        return 20 <= tens <= 90 and 1 <= size <= 9

    def take(self, word: str) -> None:
        """Add it."""
        if word == "point":
            self.point = True
        elif self.point:
            self.digits += str(self.numbers[word])
        elif word == "hundred" or word == "dozen":
            self.current = (self.current or 1) * (self.scales["hundred"] if word == "hundred" else 12)
        elif word in self.scales:
            self.total = self.total + (self.current or 1) * self.scales[word]
            self.current = 0
        elif word != "and":
            self.current += self.numbers[word]
        self.words.append(word)
