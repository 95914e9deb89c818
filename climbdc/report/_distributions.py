"""Before and after of the columns whose values changed: counts, never rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from climbdc.agents import Version
from climbdc.data import TEXT

__all__ = ["distributions"]

SHOWN = 24
BINS = 24
LEVELS = 10


def distributions(chain: list[Version]) -> list[dict[str, Any]]:
    """Histograms or level counts of each changed feature over the training rows, before and after."""
    split = next((version for version in chain if version.step and version.step.tool == "split_data"), chain[0])
    before, after = split.load(), chain[-1].load()
    told = []
    for name in before.columns:
        if name not in after.columns or name in chain[-1].roles.reserved or before[name].equals(after[name]):
            continue
        pair = _pair(before[name], after[name])
        if pair is not None:
            told.append({"column": str(name), "before": pair[0], "after": pair[1]})
    return told[:SHOWN]


def _pair(before: pd.Series, after: pd.Series) -> tuple[dict[str, Any], dict[str, Any]] | None:
    if before.dtype == TEXT or after.dtype == TEXT:
        labels = before.astype(object).value_counts().head(LEVELS).index.tolist()
        return _bars(before, labels), _bars(after, labels)
    if before.dtype.kind == "M" or after.dtype.kind == "M" or not before.notna().any():
        return None
    edges = np.histogram_bin_edges(before.dropna().to_numpy(dtype="float64"), bins=BINS)
    return _histogram(before, edges), _histogram(after, edges)


def _bars(values: pd.Series, labels: list[Any]) -> dict[str, Any]:
    counts = values.astype(object).value_counts()
    return {"labels": [str(label) for label in labels], "values": [int(counts.get(label, 0)) for label in labels]}


def _histogram(values: pd.Series, edges: np.ndarray) -> dict[str, Any]:
    counts, _ = np.histogram(values.dropna().to_numpy(dtype="float64"), bins=edges)
    return {"edges": [float(f"{edge:.6g}") for edge in edges], "counts": [int(count) for count in counts]}
