"""What is learnt of each column before its gaps are filled, and the matrix in which they are filled together."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from climbdc.sdk import Column

__all__ = ["Kind", "as_matrix", "from_matrix", "layout", "learn", "simple_fill"]

Kind = Literal["number", "category", "date"]

_LEVELS = 20


def learn(column: pd.Series, known: Column, numeric: str) -> dict[str, Any] | str:
    """The plain fill value of a column and what else is to be kept of it; a text says why it is left alone."""
    present = column.dropna()
    if not len(present):
        return "all its values are missing"
    if column.dtype.kind == "M":
        middle = present.sort_values().iloc[(len(present) - 1) // 2]
        return {"kind": "date", "value": middle.isoformat()}
    if column.dtype.kind in "if" and known.type != "categorical":
        value = float(present.mean() if numeric == "mean" else present.median())
        whole = bool((present % 1 == 0).all())
        return {"kind": "number", "value": float(np.rint(value)) if whole else value, "whole": whole}
    if known.type in {"text", "identifier"} and column.dtype.kind not in "if":
        return "free text and identifiers have no usual value"
    counts = present.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    levels = [value.item() if isinstance(value, np.generic) else value for value in counts.index[:_LEVELS]]
    return {"kind": "category", "value": levels[0], "levels": levels, "whole": True}


def simple_fill(column: pd.Series, learnt: dict[str, Any]) -> pd.Series:
    """The column with its gaps filled by its one value."""
    value = pd.Timestamp(learnt["value"]) if learnt["kind"] == "date" else learnt["value"]
    if column.dtype.kind == "f" and not isinstance(value, int | float):
        return column if column.notna().any() else pd.Series([value] * len(column), column.index, dtype=_dtype(value))
    return column.fillna(value)


def _dtype(value: Any) -> Any:
    from climbdc.data import TEXT

    return TEXT if isinstance(value, str) else "datetime64[us]"


def layout(frame: pd.DataFrame, learnt: dict[str, dict[str, Any]], names: list[str]) -> list[list[Any]]:
    """The columns of the matrix: [column, level or None]; those that do not vary are left out.

    The most frequent level has no indicator of its own: with it, each level would be one minus the others, and the
    chain would repeat its start values for ever.
    """
    places: list[list[Any]] = []
    for name in names:
        if learnt[name]["kind"] == "number" and frame[name].nunique() > 1:
            places.append([name, None])
        elif learnt[name]["kind"] == "category":
            places += [[name, level] for level in learnt[name]["levels"][1:] if frame[name].eq(level).any()]
    return places


def as_matrix(frame: pd.DataFrame, places: list[list[Any]]) -> npt.NDArray[np.float64]:
    """Numbers and 0/1 indicators of levels, NaN where the value is missing."""
    matrix = np.full((len(frame), len(places)), np.nan, order="F")
    for number, (name, level) in enumerate(places):
        column = frame[name]
        if level is not None:
            matrix[:, number] = np.where(column.isna(), np.nan, column.eq(level).to_numpy(dtype="float64"))
        elif column.dtype.kind in "if":
            matrix[:, number] = column.to_numpy(dtype="float64")
    return matrix


def from_matrix(
    column: pd.Series, name: str, learnt: dict[str, Any], places: list[list[Any]], filled: npt.NDArray[np.float64]
) -> pd.Series:
    """The column with its gaps filled from the matrix: the number, or the level with the highest value."""
    gaps = column.isna().to_numpy()
    mine = [number for number, (source, _) in enumerate(places) if source == name]
    if not mine:
        return simple_fill(column, learnt)
    if learnt["kind"] == "number":
        values = filled[gaps, mine[0]]
        result = column.to_numpy(dtype="float64", copy=True)
        result[gaps] = np.rint(values) if learnt["whole"] else values
        return pd.Series(result, index=column.index, name=name)
    scores = filled[gaps][:, mine]
    best = np.argmax(np.column_stack([1 - scores.sum(axis=1), scores]), axis=1)
    levels = [learnt["value"], *(places[number][1] for number in mine)]
    chosen = pd.Series([levels[number] for number in best], index=column.index[gaps])
    if column.dtype.kind == "f" and isinstance(levels[0], str):
        return chosen.reindex(column.index).astype(_dtype(levels[0]))
    return column.where(~gaps, pd.Series(chosen, dtype=column.dtype).reindex(column.index))
