"""The words by which persons are named, and what words are names of other things."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict

from climbdc.knowledge import knowledge

__all__ = ["Persons", "folded", "persons"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STROKES: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"})
_LETTERS: Final = re.compile(r"[^\W\d_]+")


class Persons(BaseModel):
    """What `persons.yaml` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    titles: frozenset[str]
    exact_titles: frozenset[str]
    shaped_titles: frozenset[str]
    contexts: frozenset[str]
    particles: frozenset[str]
    given: frozenset[str]
    shared: frozenset[str]
    family: frozenset[str]
    alone: frozenset[str]
    after_eponyms: frozenset[str]
    before_places: frozenset[str]
    before_names: frozenset[str]
    after_names: frozenset[str]
    does_as_persons: frozenset[str]
    clinical_endings: frozenset[str]
    german_words: frozenset[str]
    words: frozenset[str]

    def is_word(self, text: str) -> bool:
        """Whether a text is an ordinary or a clinical word."""
        return folded(text) in self.words

    def is_term(self, text: str) -> bool:
        """Whether a text is a known word or ends as names of drugs, germs, diseases and procedures do."""
        plain = folded(text)
        return plain in self.words or plain.endswith(tuple(self.clinical_endings))

    def is_given(self, text: str) -> bool:
        """Whether a text is a given name, alone or with another by a hyphen."""
        parts = folded(text).split("-")
        return all(part in self.given or part in self.shared for part in parts)

    def is_surely_given(self, text: str) -> bool:
        """Whether it is one and, as far as known, nothing else."""
        parts = folded(text).split("-")
        return self.is_given(text) and any(part not in self.shared and part not in self.words for part in parts)


def folded(text: str) -> str:
    """Small letters without accents.

    >>> folded("Søren Łukasz Müller")
    'soren lukasz muller'
    """
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_STROKES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@cache
def persons() -> Persons:
    """The lexicon, with every word of the clinical knowledge among those that are no names."""
    with Path(__file__).with_name("persons.yaml").open(encoding="utf-8") as file:
        read = yaml.load(file, Loader=_LOADER)
    read["given"] = chain.from_iterable(read["given"].values())
    lists = {key: frozenset(folded(text) for text in values) for key, values in read.items() if key != "exact_titles"}
    family = frozenset(chain.from_iterable((text, text.split(" ")[-1]) for text in lists["family"]))
    words = lists["words"] | (_clinical() - lists["given"] - family - lists["alone"])
    return Persons(**{**lists, "family": family, "words": words, "exact_titles": frozenset(read["exact_titles"])})


def _clinical() -> frozenset[str]:
    """Every word of three letters or more by which the knowledge pack names a variable."""
    names = chain.from_iterable(
        (*one.names, *one.synonyms, *one.abbreviations, one.id) for one in knowledge().variables.values()
    )
    return frozenset(word for name in names for word in _LETTERS.findall(folded(name)))
