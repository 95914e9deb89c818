"""Whether two values can be spellings of one category: the letters must bear it out, and nothing contradict."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml
from pydantic import BaseModel, ConfigDict

from climbdc.knowledge import knowledge

__all__ = ["one_category"]

_ALIKE = 0.85
"""Share of letters in common from which a word counts as misspelt; ours: one slip in seven letters."""
_SHORTEST_PART = 3
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_ROMAN = frozenset({"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"})
_SIGNS = re.compile(r"[<>=≤≥+-](?=\s*\d)|(?<=\d)[+-]|^[+-]+$")


class _Words(BaseModel):
    """The whole of `spellings.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    negations: frozenset[str]
    opposites: tuple[tuple[str, ...], ...]
    prefixes: tuple[str, ...]


@cache
def _words() -> _Words:
    text = (files("climbdc.models.llm") / "spellings.yaml").read_text(encoding="utf-8")
    return _Words.model_validate(yaml.load(text, Loader=yaml.BaseLoader))


def one_category(one: str, other: str) -> bool:
    """Whether two values may be one category.

    >>> one_category("surgery", "Surg."), one_category("male", "MALE "), one_category("m", "male")
    (True, True, True)
    >>> one_category("stage I", "stage II"), one_category("typical angina", "atypical angina")
    (False, False)
    >>> one_category("yes", "no"), one_category("edema", "no edema"), one_category("flat", "upsloping")
    (False, False, False)
    """
    return not _contradict(one, other) and _bear_out(one, other)


def _contradict(one: str, other: str) -> bool:
    """Different numbers, signs, degrees or categories, or the one denies what the other says."""
    pack, left, right = knowledge(), _split(one), _split(other)
    first, second = pack.synonym_group(one), pack.synonym_group(other)
    if first is not None and second is not None:
        return first != second
    return (
        _numbers(one) != _numbers(other)
        or _SIGNS.findall(one) != _SIGNS.findall(other)
        or bool(set(left) & _words().negations) != bool(set(right) & _words().negations)
        or any(_differ(set(left), set(right), words) for words in _words().opposites)
        or _prefixed(left, right)
        or _prefixed(right, left)
    )


def _split(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _numbers(text: str) -> list[str]:
    """Numbers, Roman ones and single letters beside other words, which name degrees and groups."""
    words = _split(text)
    letters = [word for word in words if word in _ROMAN or (len(word) == 1 and len(words) > 1)]
    return [*_NUMBER.findall(text), *letters]


def _differ(left: set[str], right: set[str], words: tuple[str, ...]) -> bool:
    mine, theirs = left & {*words}, right & {*words}
    return bool(mine and theirs and mine != theirs)


def _prefixed(left: list[str], right: list[str]) -> bool:
    """Whether a word of the one is a word of the other with a beginning that changes its meaning."""
    there = set(right)
    return any(
        word.startswith(prefix) and word not in there and _has_end(word[len(prefix) :], right)
        for word in left
        for prefix in _words().prefixes
        if len(word) > len(prefix) + 2
    )


def _has_end(rest: str, words: list[str]) -> bool:
    """Whether a word is this, as it stands or after another beginning."""
    return any(word == rest or any(word == f"{prefix}{rest}" for prefix in _words().prefixes) for word in words)


def _bear_out(one: str, other: str) -> bool:
    """Whether the letters show it: the same word, a misspelling, an abbreviation, or known synonyms."""
    pack = knowledge()
    group = pack.synonym_group(one)
    if group is not None and group == pack.synonym_group(other):
        return True
    left, right = _split(one), _split(other)
    whole, others = "".join(left), "".join(right)
    if not whole or not others:
        return False
    if whole == others or SequenceMatcher(None, whole, others).ratio() >= _ALIKE:
        return True
    return _shortened(left, right) or _shortened(right, left)


def _shortened(short: list[str], long: list[str]) -> bool:
    """Whether one is an abbreviation: the first letters of the words, or beginnings of some of them in order."""
    if len(short) == 1 and len(long) > 1 and short[0] == "".join(word[0] for word in long):
        return True
    places = [next((n for n, word in enumerate(long) if _begins(part, word)), -1) for part in short]
    in_order = all(first < second for first, second in pairwise(places))
    return -1 not in places and in_order and len(short) == len(long)


def _begins(part: str, word: str) -> bool:
    return word == part or (word.startswith(part) and (len(part) >= _SHORTEST_PART or part == word[:1]))
