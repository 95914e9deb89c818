"""Values that a living patient cannot have become missing, or are brought back from a wrong unit."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from climbdc.sdk import Dataset, Field, Params, Roles, State, Transform, transform

__all__ = ["CorrectImplausible", "CorrectImplausibleParams", "PlausibleRange"]


class PlausibleRange(Params):
    """What one column can hold, and what to do with the rest."""

    low: float | None = Field(default=None, description="Values below this are implausible.")
    high: float | None = Field(default=None, description="Values above this are implausible.")
    zero_is_missing: bool = Field(default=False, description="Zero cannot be measured, so it stands for missing.")
    action: Literal["missing", "rescale"] = Field(
        default="missing", description="Make implausible values missing, or rescale those that fit after rescaling."
    )
    factor: float = Field(default=1.0, description="For rescale: value * factor + offset.")
    offset: float = Field(default=0.0, description="For rescale: value * factor + offset.")
    keep: list[float] = Field(
        default=[], description="Values that stay although they lie outside.", json_schema_extra={"each": "kept"}
    )


class CorrectImplausibleParams(Params):
    """The plausible range of each column."""

    columns: dict[str, PlausibleRange] = Field(
        default={}, description="Column -> its range and what to do.", json_schema_extra={"each": "columns"}
    )


@transform(addresses=("plausibility/impossible-values", "structure/mixed-units"))
class CorrectImplausible(Transform[CorrectImplausibleParams]):
    """Make values that a patient cannot have missing, or rescale those that were written in another unit.

    With `rescale`, an implausible value is multiplied and shifted if that brings it into the range; otherwise it
    becomes missing. Values inside the range, the limits included, and those to `keep` are never touched. Columns that
    do not hold numbers are left and named in the state.
    """

    def fit(self, data: Dataset) -> State:
        """Count the cells that change; the ranges come from the params."""
        cells, left = {}, {}
        for name, wanted in self.params.columns.items():
            if name in data.train.columns:
                if data.train[name].dtype.kind not in "if":
                    left[name] = "holds no numbers"
                    continue
                zero, outside = _implausible(data.train[name], wanted)
                cells[name] = int((zero | outside).sum())
        return {"cells": cells, "left": left}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with implausible values gone or rescaled."""
        ranges = {name: wanted for name, wanted in self.params.columns.items() if name in frame.columns}
        changed = {name: _corrected(frame[name], wanted) for name, wanted in ranges.items()}
        return frame.assign(**changed)


def _implausible(column: pd.Series, wanted: PlausibleRange) -> tuple[pd.Series, pd.Series]:
    """Which cells are an impossible zero, and which others lie outside the range."""
    kept = column.isin(wanted.keep)
    zero = column.eq(0) & wanted.zero_is_missing & ~kept
    below = column.lt(wanted.low) if wanted.low is not None else column.ne(column)
    above = column.gt(wanted.high) if wanted.high is not None else column.ne(column)
    return zero, (below | above) & ~zero & ~kept & column.notna()


def _corrected(column: pd.Series, wanted: PlausibleRange) -> pd.Series:
    if column.dtype.kind not in "if":
        return column
    zero, outside = _implausible(column, wanted)
    if not (zero | outside).any():
        return column
    if wanted.action == "missing":
        return column.mask(zero | outside)
    rescaled = column * wanted.factor + wanted.offset
    still = _implausible(rescaled, wanted)
    fits = outside & ~(still[0] | still[1])
    return column.astype("float64").mask(zero | (outside & ~fits)).mask(fits, rescaled)
