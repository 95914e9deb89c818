"""Rare outcomes made more frequent, in the rows that are learnt from."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from climbdc.data import canonical
from climbdc.sdk import Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from climbdc_tools.synthetic_rows import interpolated

__all__ = ["BalanceClasses", "BalanceClassesParams"]


class BalanceClassesParams(Params):
    """How, and how far."""

    method: Literal["oversample", "undersample", "smote"] = Field(
        default="oversample",
        description="Repeat rows of rare classes, leave out common ones, or make rows between neighbours (SMOTE-NC).",
    )
    ratio: float = Field(
        default=1.0, gt=0, le=1, description="Rows that each class is to have at least, as a share of the commonest."
    )


@transform("labels/imbalance", rows="train-only", targets=("binary", "multiclass"))
class BalanceClasses(Transform[BalanceClassesParams]):
    """Make rare outcomes more frequent in the training rows, by imbalanced-learn.

    New data and sealed rows are never touched. Risks predicted afterwards are too high until they are recalibrated,
    and discrimination is seldom better (van den Goorbergh et al., JAMIA 2022;29:1525), so that no finding asks for it;
    it is here for models that cannot do without. Repeated and made rows have negative row numbers.
    """

    def fit(self, data: Dataset) -> State:
        """The seed, and what the counts were.

        Raises:
            NotApplicable: No class is rarer than asked for.
            ToolError: The target is not there, or rows cannot be made from what there is.
        """
        target = data.target
        if target is None or target.notna().sum() == 0:
            raise NotApplicable("There is no target with known values.")
        counts = target.value_counts()
        if len(counts) < 2 or counts.min() >= self.params.ratio * counts.max():
            raise NotApplicable("No class is rarer than asked for.")
        return {"seed": data.seed, "target": str(target.name)}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The rows with known outcomes in new shares; those without stay."""
        name = state["target"]
        known = frame[frame[name].notna()] if name in frame.columns else frame.iloc[:0]
        wanted = self._wanted(known[name]) if len(known) else {}
        if not wanted:
            return frame
        if self.params.method == "undersample":
            kept = _chosen(known, name, wanted, state["seed"], fewer=True)
            return frame[frame.index.isin(kept.index) | frame[name].isna()]
        if self.params.method == "oversample":
            drawn = _chosen(known, name, wanted, state["seed"], fewer=False).iloc[len(known) :]
        else:
            drawn = interpolated(known, name, wanted, roles, state["seed"])
        first = min(0, int(frame.index.min())) - 1
        drawn.index = pd.Index(np.arange(first, first - len(drawn), -1), name=frame.index.name, dtype="int64")
        return canonical(pd.concat([frame, drawn]))

    def _wanted(self, target: pd.Series) -> dict[object, int]:
        """The rows that classes are to have, where that is other than they have."""
        counts = target.value_counts()
        if self.params.method == "undersample":
            most = int(counts.min() / self.params.ratio)
            return {label: most for label, count in counts.items() if count > most}
        least = int(self.params.ratio * counts.max())
        return {label: least for label, count in counts.items() if count < least}


def _chosen(known: pd.DataFrame, name: str, wanted: dict[object, int], seed: int, *, fewer: bool) -> pd.DataFrame:
    """All rows with repeated ones behind them, or those that stay."""
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    sampler = RandomUnderSampler if fewer else RandomOverSampler
    codes, levels = pd.factorize(known[name], sort=True)
    places = {label: place for place, label in enumerate(levels)}
    positions = np.arange(len(known))[:, None]
    drawn, _ = sampler(
        sampling_strategy={places[label]: rows for label, rows in wanted.items()}, random_state=seed
    ).fit_resample(positions, codes)
    return known.iloc[np.sort(drawn[:, 0]) if fewer else drawn[:, 0]].copy()
