"""Codes that stand for missing become missing."""

from __future__ import annotations

import pandas as pd

from climbdc.sdk import Dataset, Field, Params, Roles, State, Transform, transform

__all__ = ["MarkMissing", "MarkMissingParams"]


class MarkMissingParams(Params):
    """Which codes stand for missing, column by column."""

    codes: dict[str, list[str]] = Field(
        default={},
        description="Column -> the codes that stand for missing in it, as text; numbers compare by value.",
        json_schema_extra={"each": "codes"},
    )


@transform(addresses=("completeness/disguised-missing", "plausibility/impossible-values"))
class MarkMissing(Transform[MarkMissingParams]):
    """Turn the codes that stand for missing, such as -9 or "unknown", into missing values.

    A code is compared with the whole cell: as a number in a column of numbers, as a day in a column of dates, and as
    text without the spaces around it otherwise.
    """

    def fit(self, data: Dataset) -> State:
        """Count the cells that each column loses; the codes themselves come from the params."""
        hits = {
            name: int(_stands_for_missing(data.train[name], codes).sum())
            for name, codes in self.params.codes.items()
            if name in data.train.columns
        }
        return {"cells": hits}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with the codes gone."""
        changed = {}
        for name, codes in self.params.codes.items():
            if name in frame.columns and (hits := _stands_for_missing(frame[name], codes)).any():
                changed[name] = frame[name].mask(hits)
        return frame.assign(**changed)


def _stands_for_missing(column: pd.Series, codes: list[str]) -> pd.Series:
    """Which cells hold one of the codes."""
    if column.dtype.kind in "if":
        numbers = pd.to_numeric(pd.Series(codes, dtype=object), errors="coerce").dropna()
        return column.isin(numbers.astype("float64"))
    if column.dtype.kind == "M":
        days = pd.to_datetime(pd.Series(codes, dtype=object), errors="coerce", format="ISO8601").dropna()
        return column.isin(days.astype(column.dtype))
    return column.str.strip().isin([code.strip() for code in codes]) & column.notna()
