"""A part of the rows is sealed before anything is learnt."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from climbdc.errors import ToolError
from climbdc.sdk import Dataset, Field, Params, Roles, State, Transform, transform

__all__ = ["SplitData", "SplitDataParams", "held_out"]

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
By = Literal["auto", "patient", "group", "time", "stratified", "random", "none"]

_LEAST_UNITS = 200
_LEAST_EVENTS = 100
_LEAST_MINORITY = 50
_BINS = 5


class SplitDataParams(Params):
    """How much is sealed, and what is kept together."""

    share: float = Field(default=0.2, gt=0, lt=1, description="Share of the rows to seal.")
    by: By = Field(
        default="auto",
        description="What decides: whole patients or groups, the latest in time, an equal mix of outcomes (stratified),"
        " chance, or none. auto takes the first of patient, group, time and stratified that the roles allow.",
    )
    column: str | None = Field(
        default=None,
        description="Column of the patient, group or time; by the roles if left out.",
        json_schema_extra={"holds": "column"},
    )
    seed: int | None = Field(default=None, description="Draws the rows; the session's seed if left out.")
    even_if_small: bool = Field(default=False, description="Seal a part although it is too small to tell much.")


@transform(addresses=("evaluation/split", "leakage/split-overlap", "structure/repeated-measures"), rows="train-only")
class SplitData(Transform[SplitDataParams]):
    """Seal a part of the rows, so that the result can be checked on patients nobody learnt from.

    All rows of a patient stay on one side. Nothing is sealed below 200 rows (or patients), 100 events in a survival
    study, or 50 rows outside the commonest class: a result on so small a part is mostly chance, and cross-validation
    uses the rows better (Steyerberg, Clinical Prediction Models, 2nd ed. 2019, ch. 17; Riley et al., BMJ 2024;384:
    e074821, on the size of validation samples; Collins, Ogundimu, Altman, Stat Med 2016;35:214: 100 events or more).
    """

    def fit(self, data: Dataset) -> State:
        """Which rows are sealed and why, with the classes on both sides."""
        by, column = self._how(data)
        units = _units(data, column if by in {"patient", "group"} else data.roles.patient)
        strata = _strata(data, units)
        why = "" if self.params.even_if_small else _too_small(data, units)
        sealed = np.zeros(len(data.train), dtype=bool)
        if by != "none" and not why:
            seed = data.seed if self.params.seed is None else self.params.seed
            rng = np.random.default_rng(seed)
            if by == "time" and column is not None:
                sealed = _latest(data.train[column], units, self.params.share)
            else:
                mix = strata if by != "random" else np.zeros_like(strata)
                sealed = _drawn(mix, self.params.share, rng)[units]
            why = "" if sealed.any() else "All rows begin at the same time, so none is the latest."
        rows = data.train.index.to_numpy()[sealed]
        return {
            "by": "none" if why else by,
            "column": column,
            "why": why,
            "rows": int(sealed.sum()),
            "counts": _counts(data, sealed),
            "sealed": pd.DataFrame({"row": rows}, index=pd.RangeIndex(len(rows), name="_row").astype("int64")),
        }

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The rows that may be learnt from."""
        return frame[~frame.index.isin(held_out(frame, state))]

    def _how(self, data: Dataset) -> tuple[By, str | None]:
        """The way that is asked for, or that the roles ask for, and its column."""
        roles, by = data.roles, self.params.by
        named: dict[str, str | None] = {
            "patient": roles.patient,
            "group": roles.group or roles.site,
            "time": roles.index_date or roles.visit_time,
        }
        there = {key: name for key, name in named.items() if name is not None and name in data.train.columns}
        if by == "auto":
            by = _fitting(data, there)
        column = self.params.column or there.get(by)
        if by in named and (column is None or column not in data.train.columns):
            raise ToolError(
                f"To split by {by} a column is needed, but {column or 'none'} is there.",
                fix="Name the column, or split stratified.",
                code="no-such-column",
            )
        return by, column if by in named else None


def held_out(frame: pd.DataFrame, state: State) -> pd.Index[Any]:
    """Row numbers of `frame` that the split sealed, in file order."""
    return frame.index[frame.index.isin(state["sealed"]["row"])]


def _fitting(data: Dataset, there: dict[str, str]) -> By:
    """The first way that the table allows."""
    if "patient" in there and data.train[there["patient"]].dropna().duplicated().any():
        return "patient"
    if "group" in there and there["group"] == data.roles.group:
        return "group"
    return "time" if there.get("time") == data.roles.index_date and data.roles.index_date else "stratified"


def _units(data: Dataset, column: str | None) -> Integers:
    """Number of the unit that each row belongs to: its patient or group, else itself."""
    if column is None or column not in data.train.columns:
        return np.arange(len(data.train), dtype="int64")
    codes, known = pd.factorize(data.train[column])
    alone = codes < 0
    return np.where(alone, len(known) + np.cumsum(alone) - 1, codes).astype("int64")


def _strata(data: Dataset, units: Integers) -> Integers:
    """Number of the stratum of each unit: class, event or fifth of the target, by the unit's highest value."""
    target = data.target
    count = int(units.max()) + 1 if len(units) else 0
    if target is None:
        return np.zeros(count, dtype="int64")
    highest = pd.Series(pd.factorize(target, sort=True, use_na_sentinel=False)[0]).groupby(units).max()
    if data.roles.kind == "numeric":
        highest = pd.qcut(highest.rank(method="first"), min(_BINS, max(count, 1)), labels=False)
    return highest.to_numpy(dtype="int64")


def _too_small(data: Dataset, units: Integers) -> str:
    """Why nothing should be sealed, or nothing."""
    count = len(np.unique(units))
    if count < _LEAST_UNITS:
        return f"There are {count} rows or patients; a sealed part of so few tells little (at least {_LEAST_UNITS})."
    target = data.target
    if target is None or data.roles.kind in {"numeric", "none"}:
        return ""
    sizes = target.value_counts()
    outside = int(sizes.sum() - sizes.max()) if len(sizes) else 0
    if data.roles.kind == "survival":
        outside = int((pd.to_numeric(target, errors="coerce") > 0).sum()) if target.dtype.kind in "if" else outside
        return f"There are {outside} events; at least {_LEAST_EVENTS} are needed." if outside < _LEAST_EVENTS else ""
    if outside < _LEAST_MINORITY:
        return f"There are {outside} rows outside the commonest class; at least {_LEAST_MINORITY} are needed."
    return ""


def _drawn(strata: Integers, share: float, rng: np.random.Generator) -> Mask:
    """Which units are sealed: `share` of each stratum, the remainders going to those that lose most by rounding."""
    sealed = np.zeros(len(strata), dtype=bool)
    if not len(strata):
        return sealed
    sizes = np.bincount(strata)
    quota = np.floor(sizes * share).astype("int64")
    short = round(len(strata) * share) - int(quota.sum())
    quota[np.argsort(-(sizes * share - quota), kind="stable")[: max(short, 0)]] += 1
    order = np.lexsort((rng.random(len(strata)), strata))
    rank = np.arange(len(strata)) - np.concatenate([[0], np.cumsum(sizes)[:-1]])[strata[order]]
    sealed[order] = rank < quota[strata[order]]
    return sealed


def _latest(times: pd.Series, units: Integers, share: float) -> Mask:
    """The rows of the units that begin last; units that begin together stay together, those without a time stay in."""
    ranks = times.rank(method="dense")
    begin = ranks.groupby(units).transform("min").to_numpy(dtype="float64")
    known = np.sort(begin[~np.isnan(begin)])
    if not len(known):
        return np.zeros(len(times), dtype=bool)
    cut = known[min(int(np.ceil(len(known) * (1 - share))), len(known) - 1)]
    return np.asarray(begin >= cut) & bool((begin < cut).any())


def _counts(data: Dataset, sealed: Mask) -> dict[str, dict[str, int]]:
    """Rows of each class on both sides, where the target has classes."""
    target = data.target
    if target is None or data.roles.kind == "numeric":
        return {"train": {"rows": int((~sealed).sum())}, "sealed": {"rows": int(sealed.sum())}}
    return {
        side: {str(key): int(n) for key, n in target[mask].value_counts(sort=False).sort_index().items()}
        for side, mask in (("train", ~sealed), ("sealed", sealed))
    }
