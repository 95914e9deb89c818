"""Columns that do harm or no good go."""

from __future__ import annotations

import pandas as pd

from climbdc.errors import ToolError
from climbdc.sdk import Dataset, Field, Params, Roles, State, Transform, transform

__all__ = ["DropColumns", "DropColumnsParams"]


class DropColumnsParams(Params):
    """Which columns go."""

    columns: list[str] = Field(
        default=[], description="The columns to drop; those that are not there are passed over.",
        json_schema_extra={"each": "columns"},
    )  # fmt: skip


@transform(
    addresses=(
        "leakage/target-proxy",
        "leakage/known-later",
        "leakage/missingness-leak",
        "leakage/identifiers",
        "privacy/personal-data",
        "completeness/sparse-columns",
        "features/uninformative",
        "features/selection",
        "structure/free-text",
        "representation/small-sample",
        "representation/shift",
        "evaluation/explanation",
    )
)
class DropColumns(Transform[DropColumnsParams]):
    """Drop columns: leaks, identifiers, columns that are nearly empty or say nothing.

    The columns that say what is to be predicted cannot be dropped.
    """

    def fit(self, data: Dataset) -> State:
        """Which of the columns are there.

        Raises:
            ToolError: One of them is the target or another outcome column.
        """
        outcomes = [name for name in self.params.columns if name in data.roles.outcomes]
        if outcomes:
            raise ToolError(
                f"{outcomes[0]!r} says what is to be predicted and cannot be dropped.",
                fix="Name another target first, or leave the column.",
                code="outcome-removed",
            )
        return {"dropped": [name for name in self.params.columns if name in data.train.columns]}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame without them."""
        return frame.drop(columns=state["dropped"], errors="ignore")
