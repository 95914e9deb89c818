"""Whether what was said of a column is what the key says: meanings by their words, units by what they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

__all__ = ["Scoring", "alike", "same_meaning", "same_unit", "scoring"]

_WORD = re.compile(r"[^\W_]+")


class Scoring(BaseModel):
    """The scorer's word lists and thresholds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float
    same_word: float
    idle: frozenset[str]
    same: tuple[tuple[str, ...], ...]
    units: tuple[tuple[str, ...], ...]
    none: frozenset[str]


@cache
def scoring() -> Scoring:
    """As the package has them."""
    text = (files("climbdc.bench.agents") / "scoring.yaml").read_text(encoding="utf-8")
    body = yaml.safe_load(text)
    return Scoring.model_validate({**body, "idle": [str(word) for word in body["idle"]]})


def same_meaning(said: str, keys: Sequence[str]) -> bool:
    """Whether a meaning is one of those that the key takes as right.

    >>> same_meaning("Heart rate of the patient", ["heart rate on day 3"])
    True
    >>> same_meaning("respiratory rate", ["heart rate on day 3"])
    False
    """
    return any(alike(said, key) >= scoring().threshold for key in keys)


def alike(said: str, key: str) -> float:
    """How far two meanings agree, 0 to 1: the harmonic mean of the shares of their words that the other has too.

    Words that say only when or in whom something was measured do not count, spellings and synonyms of the list are
    one word, and a word may be misspelt a little. Piling up words is of no use, as each that is not in the key counts.
    """
    one, other = _content(said), _content(key)
    if not one or not other:
        return 0.0
    precision = sum(_among(word, other) for word in one) / len(one)
    recall = sum(_among(word, one) for word in other) / len(other)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def same_unit(said: str, key: str) -> bool:
    """Whether two units are one; a column without a unit is told so by saying nothing.

    >>> same_unit("beats per minute", "beats/min"), same_unit("n/a", ""), same_unit("mmol/L", "mg/dL")
    (True, True, False)
    """
    if _is_none(said) or _is_none(key):
        return _is_none(said) and _is_none(key)
    from climbdc.knowledge import knowledge

    if knowledge().units.same(said, key):
        return True
    return any({_bare(said), _bare(key)} <= {_bare(unit) for unit in group} for group in scoring().units)


def _is_none(unit: str) -> bool:
    return _bare(unit) in scoring().none


def _bare(unit: str) -> str:
    return " ".join(unit.replace("µ", "u").replace("μ", "u").casefold().split())


def _content(text: str) -> set[str]:
    """The words that say what it is, synonyms made one."""
    plain = f" {' '.join(_WORD.findall(text.casefold().replace(chr(39) + 's', '')))} "
    for spelling, shown in _synonyms():
        plain = plain.replace(f" {spelling} ", f" {shown} ")
    found = plain.split()
    return {word for word in found if word not in scoring().idle} or set(found)


@cache
def _synonyms() -> tuple[tuple[str, str], ...]:
    """Spelling and what stands for it, the longest first."""
    found = {
        " ".join(_WORD.findall(spelling.casefold())): "_".join(_WORD.findall(group[0].casefold()))
        for group in scoring().same
        for spelling in group
    }
    return tuple(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def _among(word: str, others: set[str]) -> bool:
    from rapidfuzz import fuzz

    return any(word == other or fuzz.ratio(word, other) >= scoring().same_word for other in others)
