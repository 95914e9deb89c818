"""What the other columns of a row say a cell should hold, from lookups learnt on the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.vocabulary import is_text

__all__ = ["Texts", "Verdict", "learn_votes", "often", "texts_of", "verdicts"]

LEAST_ROWS: Final = 3
"""Rows that agree before a group has a vote."""
LEAST_SHARE: Final = 0.75
"""Share of a group's rows that must agree."""

Texts = np.ndarray[Any, np.dtype[np.object_]]


@dataclass(frozen=True)
class Verdict:
    """What the others say of one column: the value they name for each row (None for nothing) and how many do."""

    named: Texts
    agreeing: np.ndarray[Any, np.dtype[np.int64]]
    against: np.ndarray[Any, np.dtype[np.int64]]
    """Columns that back the cell as it is, or name yet another value."""


def texts_of(series: pd.Series[Any]) -> Texts:
    """Cells as text that is equal where the values are, whole numbers without a fraction; None where missing."""
    numbers, values = pd.factorize(series)
    if is_text(series):
        texts = [str(value) for value in values]
    elif series.dtype.kind == "M":
        texts = [pd.Timestamp(value).isoformat() for value in values]
    else:
        texts = [repr(int(value)) if float(value).is_integer() else repr(float(value)) for value in values]
    table = np.array([*texts, None], dtype=object)
    found: Texts = table[numbers]
    return found


def often(series: pd.Series[Any]) -> list[str]:
    """Values that three rows or more hold: they may be unexpected in a row, but they are no slips."""
    times = series.value_counts()
    held = pd.Series(times.index[times >= LEAST_ROWS], dtype=series.dtype)
    return sorted(texts_of(held))


def learn_votes(frame: pd.DataFrame, by: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One line a column, telling column and value of it: the value most rows have, and how many of how many.

    Args:
        frame: Training rows.
        by: Column -> the columns that tell it.
    """
    lines = []
    texts = {name: texts_of(frame[name]) for name in {*by, *(left for lefts in by.values() for left in lefts)}}
    for right in sorted(by):
        for left in sorted(by[right]):
            lines.append(_counted(left, right, texts[left], texts[right]))
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in ("column", "by", "key", "value")})
    empty = empty.assign(agreeing=pd.Series(dtype="int64"), rows=pd.Series(dtype="int64"))
    kept = [line for line in lines if len(line)]
    return pd.concat(kept, ignore_index=True) if kept else empty


def _counted(left: str, right: str, keys: Texts, values: Texts) -> pd.DataFrame:
    pairs = pd.DataFrame({"key": keys, "value": values}).dropna()
    counts = pairs.groupby(["key", "value"], sort=True).size().reset_index(name="agreeing")
    counts["rows"] = counts.groupby("key")["agreeing"].transform("sum")
    counts = counts.sort_values(["key", "agreeing", "value"], ascending=[True, False, True]).drop_duplicates("key")
    settled = (counts["agreeing"] >= LEAST_ROWS) & (counts["agreeing"] >= LEAST_SHARE * counts["rows"])
    counts = counts[settled]
    return counts.assign(column=right, by=left)[["column", "by", "key", "value", "agreeing", "rows"]]


def verdicts(frame: pd.DataFrame, votes: pd.DataFrame, columns: Sequence[str]) -> dict[str, Verdict]:
    """What is said of each cell of these columns, every row for itself.

    A vote does not count where the column that gives it is itself contradicted by the rest of its row.
    """
    lookups = {
        (str(column), str(by)): dict(zip(group["key"], group["value"], strict=True))
        for (column, by), group in votes.groupby(["column", "by"], sort=True)
        if column in frame.columns and by in frame.columns
    }
    texts = {name: texts_of(frame[name]) for name in {name for pair in lookups for name in pair}}
    said = {pair: _looked_up(texts[pair[1]], table) for pair, table in lookups.items()}
    return {name: _verdict(name, texts, said) for name in columns if name in texts}


def _looked_up(keys: Texts, table: Mapping[str, str]) -> Texts:
    numbers, values = pd.factorize(keys, use_na_sentinel=True)
    found = np.array([*(table.get(value) for value in values), None], dtype=object)
    named: Texts = found[numbers]
    return named


def _verdict(name: str, texts: Mapping[str, Texts], said: Mapping[tuple[str, str], Texts]) -> Verdict:
    own = texts[name]
    filled = _there(own)
    agreeing, against = np.zeros(len(own), dtype="int64"), np.zeros(len(own), dtype="int64")
    named: Texts = np.full(len(own), None, dtype=object)
    lefts = [left for right, left in said if right == name]
    for left in lefts:
        vote = said[name, left]
        speaks = _there(vote) & filled
        backs = speaks & (vote == own)
        differs = speaks & ~backs & _trusted(left, name, texts, said)
        against += backs
        first = differs & ~_there(named)
        named[first] = vote[first]
        same = differs & (named == vote)
        agreeing += same
        against += differs & ~same
    return Verdict(named, agreeing, against)


def _trusted(left: str, about: str, texts: Mapping[str, Texts], said: Mapping[tuple[str, str], Texts]) -> Any:
    """Where a column's own value is not doubted: another column backs it, or none speaks against it."""
    own = texts[left]
    backed = np.zeros(len(own), dtype=bool)
    doubted = np.zeros(len(own), dtype=bool)
    for (right, other), vote in said.items():
        if right != left:
            continue
        speaks = _there(vote)
        doubted |= speaks & (vote != own)
        if other != about:
            backed |= speaks & (vote == own)
    return backed | ~doubted


def _there(values: Texts) -> Any:
    return np.array([value is not None for value in values], dtype=bool)
