"""Groups of patients by sex, age and ethnicity, in which tools count and measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset

__all__ = ["NOT_KNOWN", "group_columns", "labelled"]

NOT_KNOWN: Final = "not known"
"""The group of those of whom nobody wrote down which group they belong to."""

_VARIABLES: Final = frozenset({"sex", "gender", "age", "ethnicity", "race"})
_AGE_EDGES: Final = (0, 18, 40, 50, 60, 70, 80, 200)
_QUARTERS: Final = 4
_FEW: Final = 12
_SURE: Final = 0.6


def group_columns(data: Dataset, named: Sequence[str] = ()) -> list[str]:
    """Columns by which patients are grouped: those named, or else what is recognised as sex, age or ethnicity.

    TRIPOD+AI asks for these (Collins et al., BMJ 2024;385:e078378, items 7 and 23a).

    Args:
        data: The table.
        named: Columns somebody chose; those that are not in the table are passed over.
    """
    there = [str(name) for name in data.train.columns]
    if named:
        return [name for name in dict.fromkeys(named) if name in there]
    outcomes = set(data.roles.outcomes)
    return [name for name in there if name not in outcomes and variable_of(data, name) in _VARIABLES]


def variable_of(data: Dataset, name: str) -> str:
    """The clinical variable a column is, by the dictionary or by its name; empty where that is not clear."""
    column = data.column(name)
    if column.variable:
        return column.variable
    match = knowledge().match(name, meaning=column.meaning)
    return match.variable.id if match is not None and match.confidence >= _SURE else ""


def labelled(values: pd.Series[Any], data: Dataset, name: str) -> pd.Series[Any]:
    """The group of each row in words: bands of age, quarters of other numbers, or the value as it is written.

    Known spellings of one value are one group. Bands start where guidance for older people does, and are decades below.
    """
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    if variable_of(data, name) == "age" and numbers.notna().any():
        bands = pd.cut(numbers, list(_AGE_EDGES), right=False)
        told = bands.map(_band, na_action="ignore")
    elif values.dtype.kind in "if" and values.nunique() > _FEW:
        bands = pd.qcut(numbers, _QUARTERS, duplicates="drop")
        told = bands.map(lambda band: f"{band.left:g} up to {band.right:g}", na_action="ignore")
    else:
        labels = data.column(name).labels
        told = values.map(lambda value: _written(value, labels), na_action="ignore")
    return told.astype(object).where(told.notna().to_numpy(), NOT_KNOWN)


def _band(band: Any) -> str:
    if band.left == _AGE_EDGES[0]:
        return f"under {_AGE_EDGES[1]}"
    return f"{band.left} and over" if band.right == _AGE_EDGES[-1] else f"{band.left} to {band.right - 1}"


def _written(value: Any, labels: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value).strip()
    told = str(labels.get(text, text))
    return NOT_KNOWN if knowledge().is_missing_token(told) else knowledge().synonym_group(told) or told
