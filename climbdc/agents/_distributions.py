"""The columns a step touches most, before and after, as a few counts: what a picture needs, never a row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from climbdc.data import Changes
from climbdc.sdk import Dictionary

__all__ = ["MOST_COLUMNS", "distributions", "pair"]

MOST_COLUMNS = 6
BINS = 20
LEVELS = 8
NOT_SHOWN = ("text", "identifier")
"""Their values name rows; a count of each says nothing."""


def distributions(
    before: pd.DataFrame, after: pd.DataFrame, changes: Changes, dictionary: Dictionary
) -> dict[str, Any]:
    """Counts of the most touched columns before and after.

    Returns:
        `columns`, at most six of them as `pair` tells them, with their name, and `left_out`, how many touched columns
        are not among them.
    """
    touched = sorted(changes.by_column, key=lambda name: (-changes.by_column[name], name))
    told: list[dict[str, Any]] = []
    for name in touched:
        known = dictionary.get(name)
        if len(told) == MOST_COLUMNS:
            break
        if known is not None and known.type in NOT_SHOWN:
            continue
        found = pair(before[name], after[name])
        if found is not None:
            told.append({"column": name, **found})
    return {"columns": told, "left_out": len(touched) - len(told)}


def pair(before: pd.Series, after: pd.Series) -> dict[str, Any] | None:
    """One column before and after, on the same bins or levels; None where neither can be drawn.

    Returns:
        `kind` is `numbers` with `edges`, or `levels` with `labels`; `before` and `after` are counts in them, `missing`
        and `other` are pairs of counts outside them.
    """
    numbers = [_numbers(before), _numbers(after)]
    if numbers[1] is not None:
        return _histograms(before, after, [values for values in numbers if values is not None])
    if before.dtype.kind == "M" or after.dtype.kind == "M":
        return None
    return _levels(before, after)


def _numbers(values: pd.Series) -> np.ndarray[Any, Any] | None:
    if values.dtype.kind not in "if":
        return None
    known: np.ndarray[Any, Any] = values.dropna().to_numpy(dtype="float64")
    finite: np.ndarray[Any, Any] = known[np.isfinite(known)]
    return finite


def _histograms(before: pd.Series, after: pd.Series, numbers: list[np.ndarray[Any, Any]]) -> dict[str, Any] | None:
    """Both on the same edges; what was text before has no counts before."""
    every = np.concatenate(numbers)
    if not len(every):
        return None
    distinct = np.unique(every)
    edges = np.histogram_bin_edges(every, bins=min(BINS, max(len(distinct), 1)))
    counts = [np.histogram(values, bins=edges)[0].tolist() for values in numbers]
    return {
        "kind": "numbers",
        "edges": [float(f"{edge:.6g}") for edge in edges],
        "before": counts[0] if len(counts) == 2 else [],
        "after": counts[-1],
        "missing": [int(before.isna().sum()), int(after.isna().sum())],
        "other": [0 if len(counts) == 2 else int(before.notna().sum()), 0],
    }


def _levels(before: pd.Series, after: pd.Series) -> dict[str, Any]:
    """The commonest levels of either, the rest as one number."""
    counted = [_counted(before), _counted(after)]
    both = counted[0].add(counted[1], fill_value=0)
    labels = sorted(both.index, key=lambda label: (-both[label], label))[:LEVELS]
    counts = [[int(levels.get(label, 0)) for label in labels] for levels in counted]
    return {
        "kind": "levels",
        "labels": labels,
        "before": counts[0],
        "after": counts[1],
        "missing": [int(before.isna().sum()), int(after.isna().sum())],
        "other": [int(levels.sum()) - sum(shown) for levels, shown in zip(counted, counts, strict=True)],
    }


def _counted(values: pd.Series) -> pd.Series:
    """How often each level comes, by its text."""
    counts = values.value_counts()
    return pd.Series(counts.to_numpy(dtype="int64"), index=[_written(value) for value in counts.index])


def _written(value: Any) -> str:
    """A level as text; 1.0 is 1."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
