"""Columns that carry no signal go."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, Outcome, outcome
from climbdc_tools.relevance import all_relevant, martingale_residuals, stable

__all__ = ["SelectFeatures", "SelectFeaturesParams"]

_FEWEST_ROWS = 50


class SelectFeaturesParams(Params):
    """Which columns are to stay."""

    method: Literal["all-relevant", "sparse"] = Field(
        default="all-relevant",
        description="Keep every column that does better than chance (Boruta), or a short list (stability selection).",
    )
    keep: list[str] = Field(
        default=[], description="Columns that stay in any case.", json_schema_extra={"holds": "columns"}
    )
    cap: int = Field(default=1000, ge=100, description="Rows at most that are looked at; more are sampled by the seed.")
    false_columns: float = Field(
        default=1.0, gt=0, description="Columns without signal that a short list may hold on average."
    )


@transform(
    ("features/selection", "representation/small-sample"),
    targets=("binary", "multiclass", "numeric", "survival"),
    cost="slow",
)
class SelectFeatures(Transform[SelectFeaturesParams]):
    """Leave out columns that predict no better than chance, chosen on training rows alone.

    `all-relevant` is Boruta (Kursa and Rudnicki, J Stat Softw 2010;36(11)): a column stays if a forest uses it more
    than shuffled copies of the columns. `sparse` is stability selection over complementary halves (Meinshausen and
    Buehlmann, J R Stat Soc B 2010;72:417; Shah and Samworth 2013;75:55), whose bound limits the columns without
    signal. As any step it is refitted in each fold, so that the choice never sees the rows it is judged on (Ambroise
    and McLachlan, PNAS 2002;99:6562).
    """

    def fit(self, data: Dataset) -> State:
        """Which columns go.

        Raises:
            NotApplicable: There is nothing to choose from or by, or no column carries signal.
        """
        target = outcome(data)
        features = [name for name in data.features if name not in self.params.keep]
        if target is None or len(target.values) < _FEWEST_ROWS:
            raise NotApplicable(f"Fewer than {_FEWEST_ROWS} rows have a known outcome.")
        if len(features) < 2:
            raise NotApplicable("There are no columns to choose from.")
        matrix, owners, wanted = self._sample(data, target, features)
        if len(set(owners)) < 2:
            raise NotApplicable("There are no columns with more than one value to choose from.")
        if self.params.method == "all-relevant":
            chosen = all_relevant(matrix, wanted, target.kind in {"binary", "multiclass"}, data.seed)
        else:
            chosen = stable(matrix, wanted, target, self.params.false_columns, data.seed)
        kept = {owners[place] for place in np.flatnonzero(chosen)}
        if not kept:
            raise NotApplicable("No column does better than chance in these rows; they may be too few to tell.")
        return {"dropped": [name for name in features if name not in kept]}

    def fit_apply(self, data: Dataset) -> tuple[pd.DataFrame, State]:
        """The choice is made by the target; the values of what stays are as they were."""
        state = self.fit(data)
        return self.apply(data.train, state, data.roles), state

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame without the columns that go."""
        return frame.drop(columns=state["dropped"], errors="ignore")

    def _sample(self, data: Dataset, target: Outcome, features: list[str]) -> tuple[Array, list[str], Array]:
        """The matrix, the feature that each of its columns comes from, and the outcome as numbers."""
        rows = np.flatnonzero(target.known)
        wanted = target.values.astype("float64")
        if target.kind == "survival":
            assert target.duration is not None
            wanted = martingale_residuals(target.duration, target.values)
        if len(rows) > self.params.cap:
            some = np.sort(np.random.default_rng(data.seed).permutation(len(rows))[: self.params.cap])
            rows, wanted = rows[some], wanted[some]
        frame = data.train.iloc[rows]
        parts, owners = [], []
        for name in features:
            part, _, names = matrices(frame, frame.iloc[:0], [name])
            parts.append(part)
            owners += [name] * len(names)
        return np.column_stack(parts), owners, wanted
