"""When two texts are one category spelt in two ways."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Final

import yaml

__all__ = ["changes_meaning", "digits", "fingerprint", "may_be_misspelt"]

_SIGNS: Final = re.compile(r"[.,;:!_'\"`´’‘“”()\[\]{}]")  # a footnote mark or a plus says something, these do not
_TOKENS: Final = re.compile(r"[^\W_]+")
_ROMAN: Final = re.compile(r"[ivx]+")
_SHORT: Final = 4


def fingerprint(text: str) -> str:
    """The text without case, accents, outer and doubled spaces, and punctuation that says nothing.

    Signs that may change a meaning (+ - < % * †) stay; a hyphen or slash between letters is a space.

    >>> fingerprint(" Non-Smoker "), fingerprint("non smoker."), fingerprint("A+") == fingerprint("A-")
    ('non smoker', 'non smoker', False)
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(mark for mark in letters if not unicodedata.combining(mark))
    bare = re.sub(r"(?<=\d)[.,:](?=\d)", "\x00", bare)  # 1.5 is not 15
    bare = re.sub(r"(?<=[^\W\d_])[-/_](?=[^\W\d_])", " ", bare)
    return " ".join(_SIGNS.sub(" ", bare.replace("\x00", "=")).split())


def digits(text: str) -> str:
    """The digits of a text, with a mark where other signs part them.

    >>> digits("12a-3")
    '12 3'
    """
    return " ".join(re.findall(r"\d+", text))


def may_be_misspelt(rare: str, usual: str) -> bool:
    """Whether the differences are such as typing errors make, and none that changes a meaning.

    Not for other digits or Roman numerals, words of fewer than four letters, opposite prefixes (hyper and hypo), a
    word more or fewer, or a word that begins with another letter and differs elsewhere too.

    >>> may_be_misspelt("birmingxam", "birmingham"), may_be_misspelt("hypotension", "hypertension")
    (True, False)
    >>> may_be_misspelt("stage iii", "stage ii"), may_be_misspelt("female", "male")
    (False, False)
    """
    from rapidfuzz.distance import OSA

    one, other = fingerprint(rare), fingerprint(usual)
    if digits(one) != digits(other) or _skeleton(one) != _skeleton(other) or min(len(one), len(other)) < _SHORT:
        return False
    differing = [pair for pair in zip(_TOKENS.findall(one), _TOKENS.findall(other), strict=True) if pair[0] != pair[1]]
    if not differing or OSA.distance(one, other) > max(1, round(0.1 * len(other))):
        return False
    return all(_one_word(left, right) for left, right in differing)


def changes_meaning(rare: str, usual: str) -> bool:
    """Whether two texts that look alike differ in what may carry the meaning: a number, a sign, an opposite prefix.

    >>> changes_meaning("stage ii", "stage i"), changes_meaning("O-", "O+"), changes_meaning("Femle", "Female")
    (True, True, False)
    """
    if digits(rare) != digits(usual) or any(rare.count(sign) != usual.count(sign) for sign in "+<>=%"):
        return True
    signs, others = (set(re.findall(r"[^\w\s]", text)) for text in (rare, usual))
    if signs - others and others - signs:
        return True
    one, other = _TOKENS.findall(fingerprint(rare)), _TOKENS.findall(fingerprint(usual))
    for left, right in zip(one, other, strict=False):
        if left != right and ((_ROMAN.fullmatch(left) and _ROMAN.fullmatch(right)) or _opposite(left, right)):
            return True
    return False


def _skeleton(text: str) -> str:
    """The text with each word as one mark: the same number of words, and the same signs between them."""
    return _TOKENS.sub("w", text)


def _one_word(left: str, right: str) -> bool:
    from rapidfuzz.distance import OSA

    if min(len(left), len(right)) < _SHORT or _ROMAN.fullmatch(left) or _ROMAN.fullmatch(right):
        return False
    if abs(len(left) - len(right)) > 1 or _opposite(left, right):
        return False
    if len(left) != len(right) and left[0] != right[0]:  # a letter put before a word may negate it: asymptomatic
        return False
    apart = OSA.distance(left, right)
    return apart == 1 or (apart == 2 and min(len(left), len(right)) >= 8)


def _opposite(left: str, right: str) -> bool:
    return any(one != other for group in _opposites() for one in _held(left, group) for other in _held(right, group))


def _held(word: str, group: tuple[str, ...]) -> list[str]:
    return [prefix for prefix in group if word.startswith(prefix)]


@lru_cache(maxsize=1)
def _opposites() -> tuple[tuple[str, ...], ...]:
    lists = yaml.safe_load(files(__package__).joinpath("spelling.yaml").read_text("utf-8"))["opposites"]
    return tuple(tuple(group) for group in lists)
