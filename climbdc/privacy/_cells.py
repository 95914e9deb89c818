"""Counting who holds what: the words and values of a table that too few persons have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

import numpy as np
import pandas as pd

from climbdc.privacy._rare import DIGITS, PHRASE, RareCells, key_of

__all__ = ["persons_by_value", "rare_cells"]

Units = Callable[[pd.DataFrame], "pd.Series[Any] | None"]
"""Who each row is about, or None where every row is somebody else."""


def rare_cells(frames: Iterable[pd.DataFrame], k: int, coded: Set[str], units: Units, left_out: Set[str]) -> RareCells:
    """All that fewer than k persons hold in every column that has it.

    Args:
        frames: The rows as they were read, those of a test file too.
        k: The least number of persons that makes a value common.
        coded: Columns of numbers that name somebody, such as a record number.
        units: Says who the rows of a frame are about.
        left_out: Columns that a person has shown to the model.
    """
    words: dict[str, int] = {}
    phrases: dict[str, int] = {}
    columns: dict[str, list[tuple[pd.Series[Any], pd.Series[Any] | None]]] = {}
    for frame in frames:
        who = units(frame)
        for name in frame.columns:
            if name not in left_out:
                columns.setdefault(str(name), []).append((frame[name], who))
    for name, parts in columns.items():
        for found, counts in zip(_column(parts, name in coded), (words, phrases), strict=True):
            for key, persons in found.items():
                counts[key] = max(counts.get(key, 0), persons)
    rare = frozenset(word for word, persons in words.items() if persons < k)
    several = frozenset(phrase for phrase, persons in phrases.items() if persons < k)
    return RareCells(rare, several, tuple(sorted({phrase.count(" ") + 1 for phrase in several})))


def _column(
    parts: list[tuple[pd.Series[Any], pd.Series[Any] | None]], coded: bool
) -> tuple[dict[str, int], dict[str, int]]:
    """How many persons hold each word and each phrase of a column."""
    words: dict[str, int] = {}
    phrases: dict[str, int] = {}
    for values, who in parts:
        kind = values.dtype.kind
        if kind == "M":
            continue
        exact = kind in "iuf" and not coded
        for value, persons in persons_by_value(values, who).items():
            text = as_text(value)
            if exact and len(text.replace(".", "").replace("-", "").strip("0")) < DIGITS:
                continue
            some = key_of(text).split(" ")
            if len(some) > 1 and not exact:
                for word in set(some):
                    words[word] = words.get(word, 0) + persons
            for phrase in _phrases(some):
                phrases[phrase] = phrases.get(phrase, 0) + persons
    for counts in (words, phrases):
        counts.pop("", None)
    return words, phrases


def _phrases(words: list[str]) -> Iterator[str]:
    if len(words) <= PHRASE:
        yield " ".join(words)
    else:
        yield from {" ".join(words[i : i + PHRASE]) for i in range(len(words) - PHRASE + 1)}


def persons_by_value(values: pd.Series[Any], who: pd.Series[Any] | None) -> dict[Any, int]:
    """How many persons have each value; rows where each row is a person."""
    if who is None:
        return {value: int(rows) for value, rows in values.value_counts().items()}
    held = values.notna().to_numpy()
    persons = pd.Series(who.to_numpy()[held]).groupby(values[held].to_numpy(), sort=False).nunique()
    return {value: int(number) for value, number in persons.items()}


def as_text(value: object) -> str:
    """A cell as text; whole numbers without a point."""
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if abs(number) < 1e15 and number == int(number) else str(number)
    return str(value)
