"""The words by which columns are recognised, from `words.yaml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from climbdc.sdk import KnownAt, SemanticType

__all__ = ["Words", "bare", "nearest", "spoken", "words"]

_BREAKS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|[\W_]+")


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IdentifierWords(_Group):
    """Names of identifiers, of row numbers and of codes."""

    names: frozenset[str]
    endings: frozenset[str]
    weak_names: frozenset[str]
    weak_endings: frozenset[str]
    row_numbers: frozenset[str]
    code_endings: frozenset[str]


class OrdinalWords(_Group):
    """Names of ordered columns and ordered sets of levels."""

    words: frozenset[str]
    scales: tuple[frozenset[str], ...]
    prefixes: tuple[str, ...]


class DurationWords(_Group):
    """Names, units and phrases of spans of time."""

    units: frozenset[str]
    names: frozenset[str]
    endings: frozenset[str]
    moments: frozenset[str]
    exceptions: frozenset[str]
    meanings: tuple[re.Pattern[str], ...]


class TargetWords(_Group):
    """Names of outcomes, with how sure each makes us."""

    whole: dict[str, float]
    words: dict[str, float]


class Words(_Group):
    """All of `words.yaml`, checked."""

    headings: dict[str, frozenset[str]]
    types: dict[str, SemanticType | None]
    known_at: dict[str, KnownAt]
    identifier: IdentifierWords
    ordinal: OrdinalWords
    duration: DurationWords
    target: TargetWords


@cache
def words() -> Words:
    """The words, read once."""
    raw = yaml.safe_load(files("climbdc.describe").joinpath("words.yaml").read_text("utf-8"))
    raw["types"] = {said: kind or None for kind, ways in raw["types"].items() for said in ways}
    raw["known_at"] = {said: moment for moment, ways in raw["known_at"].items() for said in ways}
    raw["duration"]["exceptions"] = raw["duration"].pop("not")
    return Words.model_validate(raw)


@cache
def spoken(name: str) -> str:
    """A column's name as lower-case words with one space between them, accents dropped.

    >>> [spoken(name) for name in ("d.time", "PatientID", "Unnamed: 0", "sno.", "Größe_cm")]
    ['d time', 'patient id', 'unnamed 0', 'sno', 'grosse cm']
    """
    return " ".join(part.casefold() for part in _BREAKS.split(bare(name)) if part).replace("ß", "ss")


def bare(text: str) -> str:
    """Text without accents.

    >>> bare("décès")
    'deces'
    """
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def nearest(wanted: str, names: Iterable[str], *, limit: int = 3, at_least: float = 60.0) -> list[str]:
    """The names most like the one wanted, best first, by rapidfuzz's weighted ratio.

    >>> nearest("hosp_dead", ["age", "hospdead", "death"])
    ['hospdead', 'death']
    """
    from rapidfuzz import fuzz, process

    found = process.extract(wanted, list(names), scorer=fuzz.WRatio, processor=spoken, limit=limit)
    return [name for name, score, _ in found if score >= at_least]
