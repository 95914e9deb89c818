"""Rows without an outcome go: there is nothing to learn from them."""

from __future__ import annotations

import pandas as pd

from climbdc.sdk import Dataset, NotApplicable, Params, Roles, State, Transform, transform

__all__ = ["DropMissingTarget"]


@transform(addresses=("completeness/missing-target", "labels/censoring"), rows="train-only")
class DropMissingTarget(Transform[Params]):
    """Drop rows whose target, or in a survival study whose event or time, is missing.

    A made-up outcome teaches a model what nobody saw, so a target is never imputed.
    """

    def fit(self, data: Dataset) -> State:
        """Which columns are looked at, and how many rows go.

        Raises:
            NotApplicable: There is no target.
        """
        columns = [name for name in data.roles.outcomes if name in data.train.columns]
        if not columns:
            raise NotApplicable("There is no target.")
        return {"columns": columns, "rows": int(data.train[columns].isna().any(axis=1).sum())}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The rows whose outcome is known."""
        columns = [name for name in state["columns"] if name in frame.columns]
        return frame[frame[columns].notna().all(axis=1)]
