"""Garbled words inside longer texts, such as names of hospitals, found by the words that the other cells use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from climbdc_tools.garbling import Channel, overwritten
from climbdc_tools.spelling import changes_meaning

__all__ = ["garbled_phrases", "words_in"]

_WORD: Final = re.compile(r"[^\W\d_]+")
_LEAST_USUAL: Final = 4  # values that hold a word before it counts as known
_SHORT: Final = 5
_ENDINGS: Final = "aeinodrsty"  # letters that make another form of a word
_MOST: Final = 1_200
_MOST_RARE: Final = 5
_PAIRS: Final = re.compile(r"(?=(?<![^\W\d_])([^\W\d_]+[ -][^\W\d_]+)(?![^\W\d_]))")


def garbled_phrases(
    counts: Mapping[str, int], channel: Channel, elsewhere: Counter[str]
) -> dict[str, tuple[str, float]]:
    """Value -> the value with its garbled word put right, and how sure that is.

    Args:
        counts: Values of the column with their counts.
        channel: How the table was garbled; nothing is put right where it was not.
        elsewhere: Words of the whole table, with the number of different values that hold them.
    """
    if not channel.open:
        return {}
    parts = {text: _parts(text) for text in counts}
    used: Counter[str] = Counter(part for found in parts.values() for part in set(found))
    weight: Counter[str] = Counter()
    for text, found in parts.items():
        for part in set(found):
            weight[part] += counts[text]
    usual = _known(used, weight)
    rare = [part for part, times in used.items() if times <= _MOST_RARE and len(part) >= _SHORT - 1][:_MOST]
    meant = _meant(rare, usual, channel.mark)
    meant = {part: word for part, word in meant.items() if elsewhere[part] <= max(1, 0.1 * elsewhere[word])}
    repaired: dict[str, tuple[str, float]] = {}
    for text, found in parts.items():
        wrong = [part for part in found if part in meant]
        if not wrong:
            continue
        new = _rewritten(text, wrong, meant, elsewhere)
        if new != text:
            repaired[text] = (new, 0.95 if new in counts else min(_sure(part, meant[part]) for part in wrong))
    return repaired


def _sure(part: str, word: str) -> float:
    """How sure a word is: less where it is short, or where only its end differs, as in other words of the same stem."""
    short, long = sorted((part, word), key=len)
    inflected = long[:-1] == short and long[-1] in _ENDINGS
    return 0.8 if len(word) <= _SHORT or inflected else 0.92


def words_in(values: Iterable[str]) -> Counter[str]:
    """Words with the number of different values that hold them."""
    return Counter(part for text in values for part in set(_parts(text)))


def _parts(text: str) -> list[str]:
    """Words and pairs of neighbouring words of a text."""
    return [*_WORD.findall(text), *(match.group(1) for match in _PAIRS.finditer(text))]


def _meant(rare: list[str], usual: list[str], mark: str) -> dict[str, str]:
    """Rare word -> the one known word that is one edit away."""
    if not rare or not usual:
        return {}
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    if mark:
        return {part: fits[0] for part, fits in overwritten(rare, usual, mark).items() if len(fits) == 1}
    meant = {}
    apart = cdist(rare, usual, scorer=OSA.distance, score_cutoff=1, dtype=np.int32)
    for at, part in enumerate(rare):
        near = np.flatnonzero(apart[at] == 1)
        if len(near) != 1:
            continue
        word = usual[near[0]]
        if len(word) >= _SHORT and word.casefold() != part.casefold() and not changes_meaning(part, word):
            meant[part] = word
    return meant


def _known(used: Counter[str], weight: Counter[str]) -> list[str]:
    """Words that several values hold and that are not themselves a slip of a far commoner one."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    usual = [part for part, times in used.most_common(_MOST) if times >= _LEAST_USUAL and weight[part] >= _LEAST_USUAL]
    if not usual:
        return []
    apart = cdist(usual, usual, scorer=OSA.distance, score_cutoff=1, dtype=np.int32) == 1
    times = np.array([used[part] for part in usual])
    slip = (apart & (times[None, :] >= 10 * times[:, None])).any(axis=1)
    return [part for part, wrong in zip(usual, slip, strict=True) if not wrong]


def _rewritten(text: str, wrong: list[str], meant: Mapping[str, str], elsewhere: Counter[str]) -> str:
    """The text with its garbled words put right, longer ones first; a letter across a blank goes back over it."""
    for part in sorted(wrong, key=len, reverse=True):
        found = re.search(rf"(?<![^\W\d_]){re.escape(part)}(?![^\W\d_])", text)
        if found is None:
            continue
        before, after, word = text[: found.start()], text[found.end() :], meant[part]
        last, first = (_WORD.findall(before) or [""])[-1], (_WORD.findall(after) or [""])[0]
        if part[1:] == word and before.endswith(" ") and _better(last + part[0], last, elsewhere):
            before = f"{before[:-1]}{part[0]} "
        elif part[:-1] == word and after.startswith(" ") and _better(part[-1] + first, first, elsewhere):
            after = f" {part[-1]}{after[1:]}"
        elif part == word[1:] and before.endswith(f"{word[0]} ") and _better(last[:-1], last, elsewhere):
            before = f"{before[:-2]} "
        elif part == word[:-1] and after.startswith(f" {word[-1]}") and _better(first[1:], first, elsewhere):
            after = f" {after[2:]}"
        text = f"{before}{word}{after}"
    return text


def _better(other: str, word: str, elsewhere: Counter[str]) -> bool:
    """Whether a neighbouring word is better explained as another one: it is unknown, or the other is far commoner."""
    return bool(word) and (elsewhere[word] <= 1 or elsewhere[other] >= 5 * elsewhere[word])
