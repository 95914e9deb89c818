"""Two numbers of one scale of which the first is never the larger, such as diastolic and systolic pressure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.naming_words import contradiction_words, holds_word

__all__ = ["NumberOrder", "number_orders"]

_LEAST_ROWS: Final = 20
_HOLDS: Final = 0.95


@dataclass(frozen=True)
class NumberOrder:
    """`smaller` is at most `larger`, save in the rows of `broken`."""

    smaller: str
    larger: str
    broken: Any
    rows: int


def number_orders(frame: pd.DataFrame, meanings: Mapping[str, str]) -> list[NumberOrder]:
    """Orders that the names tell, that nearly all rows keep, and that a few break.

    Names must be alike but for the two words, so that the lower limit of one quantity is not held against the upper
    limit of another.
    """
    found = []
    for one, other in permutations(meanings, 2):
        if not any(_pair(meanings[one], meanings[other], low, high) for low, high in contradiction_words()["order"]):
            continue
        first, second = frame[one].to_numpy(dtype="float64"), frame[other].to_numpy(dtype="float64")
        both = np.isfinite(first) & np.isfinite(second)
        broken = both & (first > second)
        rows = int(both.sum())
        if rows >= _LEAST_ROWS and 0 < broken.sum() <= (1 - _HOLDS) * rows:
            found.append(NumberOrder(one, other, broken, rows))
    return found


def _pair(one: str, other: str, low: str, high: str) -> bool:
    if (
        not holds_word(one, [low])
        or not holds_word(other, [high])
        or holds_word(one, [high])
        or holds_word(other, [low])
    ):
        return False
    return _rest(one, low) == _rest(other, high) or low in {"diastol", "dbp", "diabp"}


def _rest(words: str, without: str) -> list[str]:
    return sorted(word for word in words.split() if not f"{word} ".startswith(without))
