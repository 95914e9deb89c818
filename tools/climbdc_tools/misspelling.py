"""Rare spellings of a frequent category, checked against what the other columns say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.row_hash import codes
from climbdc_tools.spelling import digits, fingerprint, may_be_misspelt
from climbdc_tools.vocabulary import rows_holding

__all__ = ["Misspelling", "misspellings"]

_LEAST_USUAL: Final = 5
_LONG: Final = 6  # a shorter word is not corrected on its look alone
_MOST_RARE: Final = 500  # more rare values than this are no typing errors
_WITNESSES: Final = 12  # other columns asked
_ROWS: Final = 100_000  # rows in which they are asked, beside those with the rare spellings


@dataclass(frozen=True)
class Misspelling:
    """A rare spelling, the category it probably is, and how sure that is."""

    rare: str
    usual: str
    confidence: float


def misspellings(frame: pd.DataFrame, name: str, heads: Mapping[str, int], rarer: float) -> list[Misspelling]:
    """Rare values that are typing errors of exactly one frequent value, unless the other columns contradict it."""
    usual = [text for text, count in heads.items() if count >= _LEAST_USUAL]
    most = max(heads.values(), default=0) * rarer
    rare = [text for text, count in heads.items() if count <= max(1, most) and len(fingerprint(text)) >= 4]
    if not usual or not rare or len(rare) > _MOST_RARE:
        return []
    pairs = {text: near for text in rare if (near := _only_neighbour(text, heads, usual, rarer))}
    closed = len(usual) <= 30 and sum(heads[text] for text in usual) >= 0.9 * sum(heads.values())
    return _witnessed(frame, name, pairs, closed) if pairs else []


def _only_neighbour(text: str, heads: Mapping[str, int], usual: list[str], rarer: float) -> str | None:
    near = [
        other
        for other in usual
        if other != text
        and heads[text] <= rarer * heads[other]
        and abs(len(other) - len(text)) <= max(2, len(text) // 10)
        and digits(other) == digits(text)
        and may_be_misspelt(text, other)
    ]
    return near[0] if len(near) == 1 else None


def _witnessed(frame: pd.DataFrame, name: str, pairs: Mapping[str, str], closed: bool) -> list[Misspelling]:
    """The pairs that other columns confirm, and those among few, well-filled categories that none contradicts."""
    if len(frame) > _ROWS:
        kept = np.arange(len(frame)) % (len(frame) // _ROWS + 1) == 0
        frame = frame[kept | frame[name].isin(list(pairs)).to_numpy()]
    own, others = frame[name], _witnesses(frame, name)
    texts = own.to_numpy(dtype=object)
    found = []
    for rare, usual in pairs.items():
        at = own.index.get_indexer(pd.Index(rows_holding(own, [rare])))
        word = _verdict(texts, others, at, usual)
        if word:
            found.append(Misspelling(rare, usual, 0.93))
        elif word is None and closed and min(len(rare), len(usual)) >= _LONG and not rare.isupper():
            found.append(Misspelling(rare, usual, 0.85))
    return found


def _witnesses(frame: pd.DataFrame, name: str) -> list[Any]:
    """Codes of columns fine enough to tell the category, and coarse enough to come back."""
    fine = []
    for other in frame.columns:
        if other != name and frame[other].dtype.kind != "f":
            coded = np.unique(codes(frame[other]), return_inverse=True)[1]
            if 5 <= coded.max(initial=0) + 1 <= len(frame) / 3:
                fine.append(coded)
    return sorted(fine, key=lambda coded: -int(coded.max()))[:_WITNESSES]


def _verdict(texts: Any, others: list[Any], at: Any, usual: str) -> bool | None:
    """What the other columns say of a rare spelling: that it is the usual one, that it is not, or nothing.

    A column is heard where the rows that share its value hold one category in nine cases of ten.
    """
    agree = 0
    for coded in others:
        beside = np.isin(coded, coded[at])
        beside[at] = False
        values = texts[beside]
        if len(values) < 3:
            continue
        share = float((values == usual).mean())
        if share >= 0.9:
            agree += 1
        elif share <= 0.1 and _settled(values):
            return False
    return True if agree else None


def _settled(values: Any) -> bool:
    return bool(pd.Series(values).value_counts(normalize=True).max() >= 0.9)
