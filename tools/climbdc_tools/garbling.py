"""Words garbled by a slip: which rare value was meant to be which frequent one, learnt from the plainest cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from climbdc_tools.spelling import changes_meaning, may_be_misspelt

__all__ = ["Channel", "Words", "ambiguous", "garbled_words", "learn_channel", "nearest", "overwritten", "words_of"]

_LEAST_USUAL: Final = 3
_WORDY: Final = 6  # letters of a value that counts as known when it stands in two rows
_MOST: Final = 800  # rare and usual values of a column compared with each other
_LETTERS: Final = 15  # overwritten letters seen before one of them counts as the mark of the overwriting
_MARK: Final = 0.8
_GARBLED: Final = 5  # different garbled values before the table counts as garbled
_GARBLED_SHARE: Final = 0.03  # and their share of the rare values of columns that have any
_LEAST_PLAIN: Final = 5  # rows of a value whose slips are plain ones
_MOST_MEANT: Final = 20
_SHORT: Final = 4
_AGREED: Final = 4
_MOST_AGREED: Final = 0.25  # share of a word's slips that may be the same one


@dataclass(frozen=True)
class Words:
    """The values of one column: frequent ones, and rare ones that may be slips."""

    counts: Mapping[str, int]
    usual: tuple[str, ...]
    rare: tuple[str, ...]
    closed: bool
    """Whether the frequent values make up nearly all of the column."""


@dataclass
class Channel:
    """How this table was garbled: how much, and by which letter where one was written over others."""

    garbled: int = 0
    rare: int = 0
    blotted: bool = False
    """Whether letters stand beside signs for nothing."""
    letters: Counter[str] = field(default_factory=Counter)

    @property
    def open(self) -> bool:
        """Whether there are so many plain slips that further ones are to be expected."""
        return self.garbled >= max(_GARBLED, _GARBLED_SHARE * self.rare)

    @property
    def mark(self) -> str:
        """The letter written over others, or nothing."""
        total = self.letters.total()
        if total < _LETTERS:
            return ""
        letter, times = self.letters.most_common(1)[0]
        return letter if times >= _MARK * total else ""


def words_of(counts: Mapping[str, int], rarer: float) -> Words:
    """Split the values of a column into frequent and rare ones.

    Args:
        counts: Values with their counts, the most frequent first.
        rarer: A slip is at most this many times as frequent as what was meant.
    """
    total = sum(counts.values())
    known = [text for text, count in counts.items() if count >= (_LEAST_USUAL if len(text) < _WORDY else 2)][:_MOST]
    usual = _without_slips(known, counts, rarer)
    most = max(counts.values(), default=0) * 2 * rarer
    rare = tuple(text for text, count in counts.items() if count <= max(1, most))[:_MOST]
    within = sum(counts[text] for text in usual if counts[text] > 2)
    return Words(counts, usual, rare, within >= 0.6 * total)


def _without_slips(known: list[str], counts: Mapping[str, int], rarer: float) -> tuple[str, ...]:
    """Frequent values without those that are themselves a slip of a far more frequent one."""
    if not known:
        return ()
    apart = _edits(known, known, 1)
    times = np.array([counts[text] for text in known])
    length = np.array([len(text) for text in known])
    slip = ((apart == 1) & (times[:, None] <= 2 * rarer * times[None, :]) & (length[None, :] >= _SHORT)).any(axis=1)
    return tuple(text for text, wrong in zip(known, slip, strict=True) if not wrong)


def _edits(some: Sequence[str], others: Sequence[str], most: int) -> Any:
    """Edits between each of some texts and each of others: insertions, deletions, substitutions and exchanges.

    More than `most` of them are not counted to the end.
    """
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    return cdist(some, others, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)


def nearest(words: Words, rarer: float, most: int = 0) -> dict[str, tuple[str, int]]:
    """Rare value -> the one frequent value that is nearest, and how many edits away; none where two are as near."""
    if not words.usual or not words.rare:
        return {}
    apart = _edits(words.rare, words.usual, most or max(1, round(0.1 * max(len(text) for text in words.usual))))
    lengths = np.array([len(text) for text in words.usual])
    same = np.equal.outer(np.array(words.rare, dtype=object), np.array(words.usual, dtype=object))
    apart = np.where(same.astype(bool), 10**6, apart)
    near: dict[str, tuple[str, int]] = {}
    for at, text in enumerate(words.rare):
        best = int(np.argmin(apart[at]))
        edits = int(apart[at, best])
        usual = words.usual[best]
        enough = words.counts[text] <= max(1.0, rarer * words.counts[usual])
        if edits <= max(1, round(0.1 * lengths[best])) and enough and int((apart[at] == edits).sum()) == 1:
            near[text] = (usual, edits)
    return near


def learn_channel(columns: Mapping[str, Words], rarer: float) -> Channel:
    """What the plainest slips of all columns, long words one edit from a frequent one, say of the others."""
    channel = Channel()
    for words in columns.values():
        plain = _plain_slips(words, rarer)
        channel.garbled += len(plain)
        channel.rare += len(words.rare) if plain else 0  # a column without any says nothing
        for rare, usual in plain.items():
            wrong = [one for one, other in zip(rare, usual, strict=False) if one != other]
            if len(rare) == len(usual) and len(wrong) == 1:
                channel.letters[wrong[0].casefold()] += 1
    return channel


def _plain_slips(words: Words, rarer: float) -> dict[str, str]:
    plain = {}
    for rare, (usual, edits) in nearest(words, rarer, most=1).items():
        often = words.counts[usual] >= max(_LEAST_PLAIN, words.counts[rare] / rarer)
        if edits == 1 and len(usual) >= _WORDY and often and may_be_misspelt(rare, usual):
            plain[rare] = usual
    return plain


def overwritten(rare: Sequence[str], usual: Sequence[str], mark: str) -> dict[str, list[str]]:
    """Rare value -> the frequent values that it equals except where the mark stands.

    >>> overwritten(["1xx19"], ["10019", "10055"], "x")
    {'1xx19': ['10019']}
    """
    by_length: dict[int, list[str]] = {}
    for text in usual:
        by_length.setdefault(len(text), []).append(text)
    grids: dict[int, Any] = {
        size: np.array([list(text) for text in group], dtype="<U1") for size, group in by_length.items() if size
    }
    found: dict[str, list[str]] = {}
    for text in rare:
        if mark not in text.casefold() or len(text) not in grids:
            continue
        cells = np.array(list(text), dtype="<U1")
        free = np.array([letter.casefold() == mark for letter in text])
        if free.all():
            continue
        fits = (grids[len(text)][:, ~free] == cells[~free]).all(axis=1)
        meant = [by_length[len(text)][at] for at in np.flatnonzero(fits)]
        found[text] = [other for other in meant if other != text]
    return {text: meant for text, meant in found.items() if meant}


def garbled_words(words: Words, channel: Channel, rarer: float) -> dict[str, tuple[str, float]]:
    """Rare value -> what was meant and how sure that is, from the look of the column's values alone."""
    if not channel.open:
        return {}
    sure = _by_mark(words, channel.mark) if channel.mark else {}
    near = nearest(words, 2 * rarer)
    near = {rare: to for rare, to in near.items() if rare not in sure and _admissible(rare, to, words)}
    near = _scattered(words, near)
    crowds = Counter(usual for usual, _ in near.values())
    share = len(near) / max(1, len([text for text in words.rare if words.counts[text] <= 2]))
    crowded = len(near) >= 3 and share >= 0.7
    for rare, (usual, edits) in near.items():
        if len(usual) < _SHORT and not usual.isalnum() and crowds[usual] >= 3:
            sure[rare] = (usual, 0.92)
            continue
        sure[rare] = (usual, _confidence(usual, edits, closed=words.closed, crowded=crowded))
        if channel.mark:  # this table was garbled in one way, and this is another one
            sure[rare] = (usual, 0.6)
    return sure


def _scattered(words: Words, near: Mapping[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
    """Without values that come back too often beside the other slips of the same word: slips do not agree."""
    garbled: Counter[str] = Counter()
    for rare, (usual, _) in near.items():
        garbled[usual] += words.counts[rare]
    return {rare: to for rare, to in near.items() if words.counts[rare] <= max(_AGREED, _MOST_AGREED * garbled[to[0]])}


def ambiguous(words: Words, channel: Channel) -> dict[str, list[str]]:
    """Overwritten value -> the frequent values it may have been, where they are several; the rest of a row may tell."""
    if not channel.mark:
        return {}
    known = [text for text, count in words.counts.items() if count >= 2 and channel.mark not in text.casefold()]
    found = overwritten(words.rare, known, channel.mark)
    return {text: meant for text, meant in found.items() if 2 <= len(meant) <= _MOST_MEANT}


def _by_mark(words: Words, mark: str) -> dict[str, tuple[str, float]]:
    known = [text for text, count in words.counts.items() if count >= 2]
    found = overwritten(words.rare, known, mark)
    made = {}
    for rare, meant in found.items():
        heavier = [text for text in meant if words.counts[text] > words.counts[rare] and mark not in text.casefold()]
        if len(meant) == 1 and heavier:
            made[rare] = (heavier[0], 0.95)
    return made


def _admissible(rare: str, to: tuple[str, int], words: Words) -> bool:
    usual, edits = to
    if _same_length_code(usual, words) and len(rare) != len(usual):
        return edits == 1
    if changes_meaning(rare, usual):
        return False
    if len(usual) < _SHORT:
        return words.counts[usual] >= 0.5 * sum(words.counts.values()) and edits == 1
    return True


def _same_length_code(usual: str, words: Words) -> bool:
    """Whether the frequent values are digits, all of one length of five or more."""
    if len(usual) < 5 or not usual.isdigit():
        return False
    return all(len(text) == len(usual) for text in words.usual if text.isdigit())


def _confidence(usual: str, edits: int, *, closed: bool, crowded: bool) -> float:
    if closed and crowded:
        return 0.95 if len(usual) >= _SHORT or not usual.isalnum() else 0.9
    if len(usual) < _SHORT:
        return 0.5
    if edits == 1 and (closed or len(usual) >= _WORDY):
        return 0.92
    return 0.9 if len(usual) >= 20 else 0.8
