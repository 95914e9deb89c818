"""Dates that come in an order, and the rows in which they do not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.naming_words import contradiction_words, holds_word, spoken

__all__ = ["DateOrder", "date_orders"]

_LEAST_ROWS: Final = 30
_HOLDS: Final = 0.99
_BY_MEANING: Final = 0.8  # an order known by its names needs no more than this
_DAY: Final = np.timedelta64(1, "D")


@dataclass(frozen=True)
class DateOrder:
    """`earlier` is not after `later`, save in the rows of `broken`; `known` says that the names tell it."""

    earlier: str
    later: str
    broken: Any
    rows: int
    known: bool


def date_orders(frame: pd.DataFrame, meanings: dict[str, str]) -> list[DateOrder]:
    """Orders that a few rows break.

    Args:
        frame: The rows.
        meanings: Column of dates -> its name and meaning in words.
    """
    found = []
    for one, other in combinations(meanings, 2):
        first, second = frame[one].to_numpy(), frame[other].to_numpy()
        both = ~(np.isnat(first) | np.isnat(second))
        rows = int(both.sum())
        known = _known_order(meanings[one], meanings[other])
        if rows < (2 if known else _LEAST_ROWS):
            continue
        # a moment and the day it lies in are not out of order
        gap = (second.astype("datetime64[D]") - first.astype("datetime64[D]")) // _DAY
        for earlier, later, broken in ((one, other, both & (gap < 0)), (other, one, both & (gap > 0))):
            if known and known != ("first" if earlier == one else "second"):
                continue
            wrong = int(broken.sum())
            if wrong and rows - wrong >= (_BY_MEANING if known else _HOLDS) * rows and (known or _ordered(gap, both)):
                found.append(DateOrder(earlier, later, broken, rows, bool(known)))
    return _without_repeats(found)


def _ordered(gap: Any, both: Any) -> bool:
    """Whether the two dates belong together: most gaps are shorter than the time the rows spread over."""
    inside = np.abs(gap[both].astype("float64"))
    return bool(np.median(inside) > 0 and np.quantile(inside, 0.9) < 3650)


def _known_order(one: str, other: str) -> str:
    """Which of the two the words say comes first, or nothing."""
    words = contradiction_words()["dates"]
    if holds_word(one, words["any"]) or holds_word(other, words["any"]):
        return ""
    for name, early, late in (("first", one, other), ("second", other, one)):
        if holds_word(early, words["first"]) and not holds_word(late, words["first"]):
            return name
        if holds_word(late, words["last"]) and not holds_word(early, words["last"]):
            return name
        if any(holds_word(early, [a]) and holds_word(late, [b]) for a, b in words["order"]):
            return name
    return ""


def _without_repeats(found: list[DateOrder]) -> list[DateOrder]:
    """Without orders by chance in rows that a known order already names."""
    told = np.zeros(0, dtype=bool)
    kept: list[DateOrder] = []
    for order in sorted(found, key=lambda one: (not one.known, int(one.broken.sum()))):
        told = told if len(told) else np.zeros(len(order.broken), dtype=bool)
        if order.known or (order.broken & ~told).any():
            kept.append(order)
            told = told | order.broken
    return kept


def words_about(name: str, meaning: str) -> str:
    """Name and meaning of a column in words."""
    return f"{spoken(name)}{spoken(meaning)}"
