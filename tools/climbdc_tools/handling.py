"""What a treatment did to each patient: whether they were lost, and the share of their cells filled and changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

__all__ = ["MEASURES", "Handling", "handled"]

MEASURES: Final = ("lost", "filled", "changed", "questioned")
"""Patients lost, cells filled, cells changed, outcomes questioned; the first and the last are yes or no."""

_WHOLE: Final = 0.5  # a column of which more known cells are changed was rewritten as a whole, alike for all

Handling = pd.DataFrame
"""A row a patient: the measures that could be taken, and `row`, the first of the patient's rows."""


def handled(
    before: pd.DataFrame,
    after: pd.DataFrame,
    columns: Sequence[str],
    people: np.ndarray[Any, Any] | None,
    questioned: Collection[int] | None,
) -> Handling:
    """Compare a table before and after its treatment, patient by patient.

    A patient is lost when no row is left; cells are counted in the rows that are left. Filled is what was empty and
    is not any more. Changed is what had a value and has another, without columns that were rewritten as a whole, as
    by a new unit.

    Args:
        before: The rows as they were.
        after: The rows that are left.
        columns: Which cells count; those that the treatment took away are passed over.
        people: A number for each row's patient; None where each row is one.
        questioned: Row numbers of outcomes held doubtful; None where nobody looked.
    """
    rows = before.index.to_numpy()
    kept = np.isin(rows, after.index.to_numpy())
    table = pd.DataFrame({"row": rows, "lost": (~kept).astype("float64")}, index=before.index)
    shared = [name for name in columns if name in before.columns and name in after.columns]
    if shared:
        filled, changed = _cells(before[shared], after[shared], kept)
        table["filled"], table["changed"] = filled / len(shared), changed / len(shared)
    if questioned is not None:
        table["questioned"] = np.where(kept, np.isin(rows, list(questioned)), np.nan)
    return table if people is None else _by_patient(table, people)


def _cells(before: pd.DataFrame, after: pd.DataFrame, kept: Any) -> tuple[Any, Any]:
    """For each row before, how many of its cells were filled and changed; NaN for rows that are not left."""
    from climbdc.data import changed_cells

    filled, changed = np.zeros(len(before)), np.zeros(len(before))
    places = pd.Series(np.arange(len(before)), index=before.index)
    for name, cells in changed_cells(before, after):
        table = cells.to_pandas()
        where = places.reindex(table["_row"]).to_numpy()
        empty = table["before"].isna().to_numpy()
        filled[where[empty & table["after"].notna().to_numpy()]] += 1
        other = ~empty & ~_same_number(table)
        if other.sum() <= _WHOLE * max(int(before[name].notna().to_numpy()[kept].sum()), 1):
            changed[where[other]] += 1
    return np.where(kept, filled, np.nan), np.where(kept, changed, np.nan)


def _same_number(cells: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Cells that were read differently and say the same."""
    left, right = (
        pd.to_numeric(cells[name], errors="coerce").to_numpy(dtype="float64") for name in ("before", "after")
    )
    return np.asarray(left == right)


def _by_patient(table: pd.DataFrame, people: np.ndarray[Any, Any]) -> pd.DataFrame:
    how = {"row": "first", "lost": "min", "filled": "mean", "changed": "mean", "questioned": "max"}
    return table.groupby(people, sort=True).agg({name: way for name, way in how.items() if name in table.columns})
