"""Rows that repeat another row go."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from climbdc.errors import ToolError
from climbdc.sdk import Dataset, Field, Params, Roles, State, Transform, transform

__all__ = ["DropDuplicates", "DropDuplicatesParams"]


class DropDuplicatesParams(Params):
    """What makes two rows the same."""

    subset: list[str] = Field(
        default=[], description="Columns in which the rows agree; all columns when empty.",
        json_schema_extra={"holds": "columns"},
    )  # fmt: skip
    keep: Literal["first", "last"] = Field(default="first", description="Which of the rows that agree stays.")


@transform(addresses=("plausibility/duplicates", "leakage/split-overlap"), rows="train-only", stage="rows")
class DropDuplicates(Transform[DropDuplicatesParams]):
    """Drop rows that repeat another row in all, or in the given, columns.

    Two missing values agree. New data keep all their rows: each asks for an answer.
    """

    def fit(self, data: Dataset) -> State:
        """Which columns are compared, and how many rows go.

        Raises:
            ToolError: A column to compare is not there; comparing fewer would drop rows that differ.
        """
        names = [str(name) for name in data.train.columns]
        if absent := [name for name in self.params.subset if name not in names]:
            raise ToolError(f"There is no column {absent[0]!r} to compare.", fix="Leave it out.", code="no-such-column")
        columns = self.params.subset or names
        rows = int(data.train.duplicated(columns, keep=self.params.keep).sum()) if columns else 0
        return {"columns": columns, "rows": rows}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The rows that differ."""
        return frame[~frame.duplicated(state["columns"], keep=self.params.keep)] if state["columns"] else frame
