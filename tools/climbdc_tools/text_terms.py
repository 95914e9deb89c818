"""Frequent words of the texts themselves, without names of persons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np

from climbdc.privacy import scrub
from climbdc_tools.clinical_text import lexicon
from climbdc_tools.outcome import Array

__all__ = ["own_terms", "terms_in"]

_MOST_SHARE: Final = 0.5  # a word that every second text has says little
_LOOKED: Final = 10  # texts in which a word is seen with what stands around it
_PATTERN: Final = r"(?u)\b[^\W\d_]{4,}\b"
_CAP: Final = 20_000


def own_terms(texts: Sequence[str], codes: Array, people: Array | None, least: int, most: int, seed: int) -> list[str]:
    """The words that most patients have, apart from those of the lexicon, function words and names.

    Args:
        texts: The different texts, without what they deny.
        codes: Which of them each row has; -1 for none.
        people: The patient of each row, or None where each row is one.
        least: In how many patients a word must occur.
        most: No more words than this.
        seed: Draws the texts that are looked at when there are very many.
    """
    rows = np.flatnonzero(codes >= 0)
    if not most or len(rows) < least:
        return []
    if len(rows) > _CAP:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _CAP, replace=False))
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(binary=True, stop_words="english", token_pattern=_PATTERN, max_features=2000)
    try:
        matrix = vectorizer.fit_transform([texts[code] for code in codes[rows]]).tocsc()
    except ValueError:  # nothing but function words
        return []
    owners = rows if people is None else people[rows]
    total = len(np.unique(owners))
    terms = vectorizer.get_feature_names_out()
    support = [len(np.unique(owners[matrix[:, place].indices])) for place in range(len(terms))]
    ordered = sorted(range(len(terms)), key=lambda place: (-support[place], terms[place]))
    chosen: list[str] = []
    for place in ordered:
        if len(chosen) == most or support[place] < least:
            break
        held = [texts[codes[rows[row]]] for row in matrix[:, place].indices[:_LOOKED]]
        if (
            support[place] <= _MOST_SHARE * total
            and terms[place] not in _lexicon_words()
            and not _is_name(terms[place], held)
        ):
            chosen.append(str(terms[place]))
    return sorted(chosen)


def terms_in(texts: Sequence[str], terms: Sequence[str]) -> Any:
    """Which text holds which word: a row a text, a column a word."""
    if not terms or not texts:
        return np.zeros((len(texts), len(terms)), dtype=bool)
    from sklearn.feature_extraction.text import CountVectorizer

    found = CountVectorizer(binary=True, vocabulary=list(terms), token_pattern=_PATTERN).transform(texts)
    return found.toarray().astype(bool)


@cache
def _lexicon_words() -> frozenset[str]:
    """The words of findings, which have columns of their own, and of triggers."""
    told = lexicon()
    phrases = [phrase for name in told["concepts"] for phrase in told["concepts"][name]]
    phrases += [phrase for kind, listed in told.items() if isinstance(listed, list) for phrase in listed]
    return frozenset(word for phrase in phrases for word in phrase.split())


def _is_name(term: str, texts: Sequence[str]) -> bool:
    """Whether the word goes when names of persons are taken out of texts that hold it."""
    scrubbed = [scrub(text).text.casefold() for text in texts]
    gone = sum(term not in text for text in scrubbed)
    return gone > 0.2 * len(texts)
