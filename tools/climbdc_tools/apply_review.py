"""Single cells are corrected and single rows dropped as a person who looked at them decided."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import StringConstraints, model_validator

from climbdc.data import TEXT
from climbdc.errors import ToolError
from climbdc.sdk import Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform

__all__ = ["ApplyReview", "ApplyReviewParams", "CorrectedCell", "ReviewedRow"]

Value = str | int | float | None
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ReviewedRow(Params):
    """A row that a person looked at."""

    row: int = Field(ge=0, description="Row number in the raw data (`_row`).")
    why: Reason = Field(description="The reason, in words.")
    about: str = Field(default="", description="What it was put up for review for, such as a finding.")


class CorrectedCell(ReviewedRow):
    """A cell that gets another value, or none."""

    column: str = Field(description="The column.")
    value: Value = Field(description="What is true; null where that is not known, which makes the cell missing.")


class ApplyReviewParams(Params):
    """What a person decided about rows they looked at."""

    cells: list[CorrectedCell] = Field(default=[], description="Cells to correct or to make missing.")
    drop: list[ReviewedRow] = Field(default=[], description="Rows to drop.")
    kept: list[ReviewedRow] = Field(default=[], description="Rows found right; noted, nothing is done to them.")

    @model_validator(mode="after")
    def _each_once(self) -> ApplyReviewParams:
        counted = Counter((cell.row, cell.column) for cell in self.cells)
        for (row, column), times in counted.items():
            if times > 1:
                raise ValueError(f"row {row} has {times} decisions about {column!r}; give one")
        return self


@transform(
    addresses=(
        "plausibility/cell-errors",
        "plausibility/contradictions",
        "plausibility/outliers",
        "plausibility/impossible-values",
        "plausibility/duplicates",
        "labels/label-noise",
    ),
    rows="train-only",
)
class ApplyReview(Transform[ApplyReviewParams]):
    """Correct or empty single cells and drop single rows, as a person who looked at each of them decided.

    Rows are named by their number in the raw data, so nothing is learnt and new data stay as they are. Rows that are
    not in the table, as in a part of it, are passed over and named in the state.
    """

    def fit(self, data: Dataset) -> State:
        """Which of the rows are there, and whether each value can stand in its column.

        Raises:
            ToolError: A column is not there, or cannot hold the value given.
            NotApplicable: None of the rows is there.
        """
        for cell in self.params.cells:
            if cell.column not in data.train.columns:
                raise ToolError(
                    f"There is no column {cell.column!r} to correct.", fix="Leave it out.", code="no-such-column"
                )
            _fitting(cell, data.train[cell.column].dtype)
        named = sorted({one.row for one in (*self.params.cells, *self.params.drop, *self.params.kept)})
        absent = [row for row, there in zip(named, np.isin(named, data.train.index), strict=True) if not there]
        if named and len(absent) == len(named):
            raise NotApplicable("None of the rows named is in the table; they were dropped or set aside before.")
        return {"absent": absent, "cells": len(self.params.cells), "dropped": len(self.params.drop)}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with the decisions carried out."""
        by_column: dict[str, list[CorrectedCell]] = {}
        for cell in self.params.cells:
            by_column.setdefault(cell.column, []).append(cell)
        changed = {name: _corrected(frame[name], cells) for name, cells in by_column.items() if name in frame.columns}
        gone = [one.row for one in self.params.drop]
        frame = frame.assign(**changed) if changed else frame
        return frame[~frame.index.isin(gone)] if gone else frame


def _corrected(column: pd.Series, cells: Iterable[CorrectedCell]) -> pd.Series:
    """The column with the values put in; whole numbers become decimals where one of the values asks for it."""
    values = {cell.row: _fitting(cell, column.dtype) for cell in cells}
    if column.dtype.kind == "i" and not all(isinstance(value, int) for value in values.values()):
        column = column.astype("float64")
    rows = column.index.intersection(pd.Index(list(values)))
    if not len(rows):
        return column
    column = column.copy()
    column.loc[rows] = pd.Series([values[row] for row in rows], index=rows, dtype=column.dtype)
    return column


def _fitting(cell: CorrectedCell, dtype: Any) -> Any:
    """The value as the column holds it.

    Raises:
        ToolError: The column cannot hold it.
    """
    if cell.value is None or (isinstance(cell.value, str) and not cell.value.strip()):
        return None if dtype == TEXT or dtype.kind == "M" else math.nan
    if dtype == TEXT:
        return str(cell.value)
    value = _date(cell.value) if dtype.kind == "M" else _number(cell.value)
    if value is None:
        wanted = "dates, such as 2021-05-17" if dtype.kind == "M" else "numbers, such as 120 or 3.5"
        raise ToolError(
            f"{cell.value!r} cannot stand in {cell.column!r} (row {cell.row}), which holds {wanted}.",
            fix="Give such a value, or make the cell missing.",
            code="bad-value",
        )
    return value


def _number(value: str | int | float) -> int | float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _date(value: str | int | float) -> pd.Timestamp | None:
    if not isinstance(value, str):
        return None
    try:
        date = pd.Timestamp(pd.to_datetime(value.strip(), format="ISO8601"))
    except ValueError:
        return None
    return date.tz_localize(None)
