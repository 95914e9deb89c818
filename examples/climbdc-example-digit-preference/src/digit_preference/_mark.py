"""Mark rounded readings."""

import pandas as pd

from climbdc.sdk import Column, Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from digit_preference._digits import last_digits, readings

__all__ = ["MarkRoundedReadings"]


class MarkRoundedReadingsParams(Params):
    """Which columns to mark."""

    columns: list[str] = Field(
        default=[],
        description="Columns whose rounded readings are marked; none when empty.",
        json_schema_extra={"each": "columns"},
    )


@transform(addresses="plausibility/cell-errors", rows="keep")
class MarkRoundedReadings(Transform[MarkRoundedReadingsParams]):
    """Add a column of 0 and 1 that says which readings end in 0; the readings stay as they are.

    A missing reading is marked as missing.
    """

    def fit(self, data: Dataset) -> State:
        """Which columns there are; nothing is learnt from values but that they are whole numbers."""
        wanted = [name for name in self.params.columns if name in data.features]
        whole = [name for name in wanted if len(readings(data.train[name]))]
        names = [(name, f"{name}_rounded") for name in whole if f"{name}_rounded" not in data.train.columns]
        if not names:
            raise NotApplicable("None of the columns holds whole numbers that are not marked yet.")
        return {"columns": [list(pair) for pair in names]}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with its marks; a value that is no whole number was not rounded to tens."""
        new = {}
        for name, mark in state["columns"]:
            if name in frame.columns:
                values = frame[name].astype("float64")
                finite = values.where(values.abs() < 1e15)
                whole = finite == finite.round()
                tens = whole & (last_digits(finite.round().fillna(1.0)) == 0)
                new[mark] = tens.astype("float64").where(values.notna())
        return frame.assign(**new)

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """What the new columns mean."""
        return [
            Column(name=mark, type="binary", meaning=f"whether {name} was rounded to tens: 1 yes, 0 no")
            for name, mark in state["columns"]
        ]
