"""Gaps are filled from what the other features say."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from climbdc.errors import ToolError
from climbdc.sdk import Column, Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from climbdc_tools.chained import Matrix, chain_of, fill, fit_chain, tables_of
from climbdc_tools.gaps import as_matrix, from_matrix, layout, learn, simple_fill
from climbdc_tools.naming import free_names

__all__ = ["Impute", "ImputeParams"]

_FIT_ROWS = 20_000
_LEAST_ROWS = 30
_MOST_COLUMNS = 200


class ImputeParams(Params):
    """Which gaps are filled, and how."""

    columns: list[str] = Field(
        default=[], description="Columns to fill; every feature when empty.", json_schema_extra={"each": "columns"}
    )
    numeric: Literal["iterative", "median", "mean"] = Field(
        default="iterative", description="Numbers: predicted from the other features, or the median or mean."
    )
    categorical: Literal["iterative", "mode"] = Field(
        default="iterative", description="Categories: predicted from the other features, or the most frequent one."
    )
    indicators: list[str] = Field(
        default=[], description="Columns that get a 0/1 column saying where they had gaps.",
        json_schema_extra={"holds": "columns"},
    )  # fmt: skip


@transform(
    addresses=(
        "completeness/missing-values",
        "completeness/sparse-columns",
        "completeness/informative-missingness",
        "evaluation/equity-of-cleaning",
    )
)
class Impute(Transform[ImputeParams]):
    """Fill gaps in features from the other features, never from the outcome.

    Each column with gaps is predicted from the others by Bayesian ridge regression, in turn, ten times (chained
    equations: van Buuren, Flexible Imputation of Missing Data, 2nd ed. 2018, ch. 4.5; here as single imputation).
    Values stay within what was observed, whole numbers stay whole, and a category is the level with the highest
    prediction. Dates get the middle date. Columns without any value, free text and identifiers are left and named.
    """

    def fit(self, data: Dataset) -> State:
        """Plain fill values, and where asked for the equations.

        Raises:
            NotApplicable: No feature of the table can be filled.
            ToolError: The outcome was named: it is never made up.
        """
        wanted = self._wanted(data)
        learnt = {name: learn(data.train[name], data.column(name), self.params.numeric) for name in data.features}
        usable = {name: found for name, found in learnt.items() if not isinstance(found, str)}
        fills = [name for name in wanted if name in usable]
        if not fills:
            raise NotApplicable("No feature of the table can be filled.")
        marked = [name for name in self.params.indicators if name in data.features]
        state: State = {
            "fills": fills,
            "learnt": usable,
            "left": {name: learnt[name] for name in wanted if name not in usable},
            "indicators": marked,
            "indicator_names": free_names([f"{name}_missing" for name in marked], map(str, data.train.columns)),
            "notes": [],
        }
        return state | self._chained(data, state)

    def _wanted(self, data: Dataset) -> list[str]:
        """The features to fill."""
        if outcomes := [name for name in self.params.columns if name in data.roles.outcomes]:
            raise ToolError(
                f"{outcomes[0]!r} says what is to be predicted and is never imputed.",
                fix="Use drop_missing_target.",
                code="outcome-imputed",
            )
        features = data.features
        return [name for name in self.params.columns if name in features] if self.params.columns else features

    def _chained(self, data: Dataset, state: State) -> dict[str, Any]:
        """The equations, or why there are none."""
        ways = {"number": self.params.numeric, "category": self.params.categorical}
        places = layout(data.train, state["learnt"], list(state["learnt"]))
        by_chain = [name for name in state["fills"] if ways.get(state["learnt"][name]["kind"]) == "iterative"]
        gaps = [name for name in by_chain if data.train[name].isna().any()]
        why = _why_simple(len(data.train), len(places), gaps)
        if why:
            return {"by_chain": [], "notes": [why]}
        chosen = data.sample(_FIT_ROWS).train
        notes = [f"The equations are fitted on {_FIT_ROWS} of {len(data.train)} rows."][: len(chosen) < len(data.train)]
        matrix = as_matrix(chosen, places)
        varies = [number for number in range(len(places)) if _varies(matrix[:, number])]
        places, matrix = [places[number] for number in varies], matrix[:, varies]
        center, scale = np.nanmean(matrix, axis=0), np.nanstd(matrix, axis=0)
        _, chain = fit_chain((matrix - center) / scale, data.seed)
        kept = {"by_chain": by_chain, "notes": notes, "places": places}
        return kept | {"center": center.tolist(), "scale": scale.tolist()} | tables_of(chain)

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame without gaps in the columns that can be filled."""
        changed: dict[str, Any] = {}
        named = zip(state["indicators"], state["indicator_names"], strict=True)
        marks = {new: frame[name].isna().astype("int64") for name, new in named if name in frame.columns}
        open_ = [name for name in state["fills"] if name in frame.columns and frame[name].isna().any()]
        by_chain = [name for name in open_ if name in state["by_chain"]]
        filled = _filled(frame, state) if by_chain else None
        for name in open_:
            learnt = state["learnt"][name]
            if filled is not None and name in by_chain:
                changed[name] = from_matrix(frame[name], name, learnt, state["places"], filled)
            else:
                changed[name] = simple_fill(frame[name], learnt)
        return frame.assign(**changed, **marks)

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """The indicator columns."""
        return [
            Column(
                name=new,
                type="binary",
                meaning=f"indicator of a missing value of {data.column(name).meaning or name}",
                **data.column(name).model_dump(include={"known_at", "known_because", "later_kind"}),
            )
            for name, new in zip(state["indicators"], state["indicator_names"], strict=True)
        ]


def _why_simple(rows: int, columns: int, gaps: list[str]) -> str:
    """Why no equations are fitted, or nothing."""
    if not gaps:
        return "No column with gaps is predicted from others."
    if rows < _LEAST_ROWS:
        return f"With {rows} rows no equations can be fitted; medians and most frequent values are used."
    if columns > _MOST_COLUMNS:
        return f"With {columns} predictors medians and most frequent values are used."
    return "" if columns > 1 else "There is nothing to predict from."


def _varies(values: np.ndarray[Any, Any]) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 0 and float(np.ptp(known)) > 0


def _filled(frame: pd.DataFrame, state: State) -> Matrix:
    """The matrix without gaps, in the units of the columns."""
    center, scale = np.array(state["center"]), np.array(state["scale"])
    names = list(dict.fromkeys(name for name, _ in state["places"] if name not in frame.columns))
    whole = frame.assign(**dict.fromkeys(names, np.nan))
    matrix = (as_matrix(whole, state["places"]) - center) / scale
    filled: Matrix = fill(matrix, chain_of(state)) * scale + center
    return filled
