"""From a table to the matrix of numbers that quick models take, learnt on one part and applied to the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array

__all__ = ["matrices"]

_LEVELS = 20
_DAY = 86_400_000_000.0  # microseconds


def matrices(
    train: pd.DataFrame, valid: pd.DataFrame, columns: list[str], *, gaps: bool = False
) -> tuple[Array, Array, list[str]]:
    """Standardised numbers for both parts, and the name of each column of the matrix.

    Dates become days; gaps the median of train; text one column for each of its commonest 20 levels in train. Columns
    without any spread in train are left out.

    Args:
        train: What is learnt from.
        valid: What is treated alike.
        columns: Feature columns.
        gaps: Leave gaps of numbers as NaN, for models that understand them.
    """
    pairs: list[tuple[str, Array, Array]] = []
    for name in columns:
        pairs += _numeric(name, train, valid, gaps) if train[name].dtype.kind in "ifM" else _text(name, train, valid)
    if not pairs:
        return np.zeros((len(train), 0)), np.zeros((len(valid), 0)), []
    names = [name for name, _, _ in pairs]
    return np.column_stack([left for _, left, _ in pairs]), np.column_stack([right for _, _, right in pairs]), names


def _numeric(name: str, train: pd.DataFrame, valid: pd.DataFrame, gaps: bool) -> list[tuple[str, Array, Array]]:
    left, right = _numbers(train[name]), _numbers(valid[name])
    present = left[~np.isnan(left)]
    if not len(present):
        return []
    middle, spread = float(np.median(present)), float(present.std())
    if not gaps:
        left, right = np.where(np.isnan(left), middle, left), np.where(np.isnan(right), middle, right)
    mean = float(present.mean())
    if not np.isfinite(spread) or spread <= 1e-12 * max(1.0, abs(mean)):
        return []
    return [(name, (left - mean) / spread, (right - mean) / spread)]


def _text(name: str, train: pd.DataFrame, valid: pd.DataFrame) -> list[tuple[str, Array, Array]]:
    counts = train[name].value_counts()
    counts = counts[counts < len(train)]
    ordered = sorted(((-int(often), str(level)) for level, often in counts.items()))[:_LEVELS]
    found = []
    for often, level in ordered:
        share = -often / len(train)
        scale = float(np.sqrt(share * (1 - share)))
        left, right = _equals(train[name], level), _equals(valid[name], level)
        found.append((f"{name}={level}", (left - share) / scale, (right - share) / scale))
    return found


def _numbers(column: pd.Series[Any]) -> Array:
    if column.dtype.kind == "M":
        days = column.to_numpy().astype("datetime64[us]").astype("int64") / _DAY
        return np.where(column.isna().to_numpy(), np.nan, days)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64")
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _equals(column: pd.Series[Any], level: str) -> Array:
    return (column == level).to_numpy(dtype="float64", na_value=0.0)
