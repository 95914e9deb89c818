"""Columns of very many categories become one number each."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from climbdc.sdk import Column, Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from climbdc_tools.levels import grouped
from climbdc_tools.naming import free_names
from climbdc_tools.outcome import Array, Outcome, groups, outcome

__all__ = ["EncodeHighCardinality", "EncodeHighCardinalityParams"]

_LEAST = 20
_CERTAIN = 0.001
_LEARNT = "number in place of each category, learnt across folds,"
_FOLDS = 5
_RARE, _GAP = "\u241frare", "\u241fgap"


class EncodeHighCardinalityParams(Params):
    """Which columns are encoded, and how."""

    columns: list[str] = Field(
        default=[], description="Columns to encode; features of text with more than 20 values when empty.",
        json_schema_extra={"each": "columns"},
    )  # fmt: skip
    method: Literal["target", "frequency"] = Field(
        default="target", description="The smoothed mean outcome of a category, or the share of rows that have it."
    )
    group: int = Field(
        default=0, ge=0, le=20, description="Cut each code to so many first characters (3 for ICD-10); 0 for whole."
    )
    rare: int = Field(default=5, ge=1, description="Categories of fewer train rows share one number.")


@transform("features/high-cardinality", cost="cheap")
class EncodeHighCardinality(Transform[EncodeHighCardinalityParams]):
    """Put one number in place of a category: the mean outcome of the patients who have it, or how common it is.

    The mean is drawn towards that of all patients, the more the fewer have the category, and for the training rows it
    is taken from other patients only. Categories never seen get the mean of all. In a survival study the outcome is
    the martingale residual: events beyond what the time under observation lets one expect.
    """

    def fit(self, data: Dataset) -> State:
        """The number of each category, from all train rows; what new rows get.

        Raises:
            NotApplicable: There is no such column, no target or there are too few rows.
        """
        chosen, target = self._chosen(data), self._target(data)
        cells = {name: self._cells(data.train[name]) for name in chosen}
        common = {name: _common(cells[name], self.params.rare) for name in chosen}
        if target is None:
            return {"columns": {name: _shares(name, cells[name], common[name], data) for name in chosen}}
        encoder = _encoder(target, None)
        encoder.fit(_matrix(cells, common, target.known), _values(target))
        return {"columns": _learnt(encoder, chosen, common, target, data)}

    def fit_apply(self, data: Dataset) -> tuple[pd.DataFrame, State]:
        """What is learnt, and the training rows, each of them encoded from the others' outcomes."""
        state = self.fit(data)
        treated = self.apply(data.train, state, data.roles)
        target = self._target(data)
        if target is None:
            return treated, state
        cells = {name: self._cells(data.train[name]) for name in state["columns"]}
        common = {name: plan["levels"] for name, plan in state["columns"].items()}
        encoder = _encoder(target, _folds(data, target))
        crossed = _scaled(encoder.fit_transform(_matrix(cells, common, target.known), _values(target)), target)
        names = [name for plan in state["columns"].values() for name in plan["names"]]
        fresh = {}
        for place, name in enumerate(names):
            column = treated[name].to_numpy(dtype="float64").copy()
            column[target.known] = crossed[:, place]
            fresh[name] = column
        return treated.assign(**fresh), state

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with numbers in place of the categories."""
        columns: dict[str, Any] = {}
        for name in map(str, frame.columns):
            plan = state["columns"].get(name)
            columns |= {name: frame[name].array} if plan is None else self._numbers(frame[name], plan)
        return pd.DataFrame(columns, index=frame.index, columns=pd.Index(list(columns), dtype=object))

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """What each number means; when it is known stays as it was."""
        entries = []
        for name, plan in state["columns"].items():
            source = data.column(name)
            kept = source.model_dump(include={"known_at", "known_because", "later_kind"})
            told = [f"{what} for {source.meaning or name}" for what in plan["meanings"]]
            entries += [
                Column(name=new, type="continuous", meaning=meaning, **kept)
                for new, meaning in zip(plan["names"], told, strict=True)
            ]
        return entries

    def _chosen(self, data: Dataset) -> list[str]:
        features = data.features
        if self.params.columns:
            chosen = [name for name in self.params.columns if name in features]
        else:
            texts = [name for name in features if data.train[name].dtype.kind not in "ifM"]
            chosen = [name for name in texts if data.column(name).type != "text" and data.train[name].nunique() > 20]
        chosen = [name for name in chosen if data.train[name].notna().any()]
        if not chosen:
            raise NotApplicable("No feature that is named has categories.")
        return chosen

    def _target(self, data: Dataset) -> Outcome | None:
        """The outcome, where the method needs one."""
        if self.params.method == "frequency":
            return None
        target = outcome(data)
        if target is None or len(target.values) < _LEAST:
            raise NotApplicable(f"The mean outcome of a category needs a target, known in {_LEAST} rows at least.")
        return target

    def _cells(self, column: pd.Series) -> pd.Series:
        return grouped(column, self.params.group)

    def _numbers(self, column: pd.Series, plan: dict[str, Any]) -> dict[str, Array]:
        cells = _kept(self._cells(column), plan["levels"])
        place = {level: number for number, level in enumerate(plan["codes"])}
        codes, values = pd.factorize(cells)
        known = np.array([place.get(value, -1) for value in values], dtype="int64")
        numbers = np.array([*plan["values"], plan["prior"]], dtype="float64")
        found = numbers[known[codes]] if len(codes) else np.empty((0, len(plan["names"])))
        return dict(zip(plan["names"], found.T, strict=True))


def _common(cells: pd.Series, least: int) -> list[str]:
    """The categories of at least so many rows."""
    counts = cells.value_counts()
    return sorted(str(level) for level in counts.index[counts >= least])


def _kept(cells: pd.Series, common: list[str]) -> Array:
    """The categories as they are encoded: rare and unseen ones are one, and so are gaps."""
    codes, values = pd.factorize(cells)
    known = set(common)
    told = np.array([str(value) if value in known else _RARE for value in values] + [_GAP], dtype=object)
    return np.asarray(told[codes])


def _matrix(cells: dict[str, pd.Series], common: dict[str, list[str]], known: Array) -> Array:
    return np.column_stack([_kept(column, common[name])[known] for name, column in cells.items()])


def _values(target: Outcome) -> Array:
    """What is averaged."""
    if target.kind != "survival" or target.duration is None:
        return target.values
    from lifelines import NelsonAalenFitter

    fitter = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(np.maximum(target.duration, 0), target.values)
    expected = fitter.cumulative_hazard_at_times(np.maximum(target.duration, 0)).to_numpy()
    return np.asarray(target.values - expected, dtype="float64")


def _scaled(values: Array, target: Outcome) -> Array:
    """Shares as log odds, the scale of the models that use them; no share is taken for certain."""
    if target.kind not in {"binary", "multiclass"}:
        return values
    shares = np.clip(values, _CERTAIN, 1 - _CERTAIN)
    return np.asarray(np.log(shares / (1 - shares)))


def _encoder(target: Outcome, folds: list[tuple[Array, Array]] | None) -> Any:
    from sklearn.preprocessing import TargetEncoder

    kind = target.kind if target.kind in {"binary", "multiclass"} else "continuous"
    return TargetEncoder(target_type=kind, smooth="auto", cv=folds or _FOLDS)


def _folds(data: Dataset, target: Outcome) -> list[tuple[Array, Array]]:
    """Parts of the rows, drawn by the seed; a patient is in one of them."""
    from sklearn.model_selection import GroupKFold

    people = groups(data)
    one = np.arange(len(target.values)) if people is None else people[target.known]
    if len(np.unique(one)) < _FOLDS:
        raise NotApplicable(f"There are fewer than {_FOLDS} patients.")
    splitter = GroupKFold(_FOLDS, shuffle=True, random_state=data.seed)
    return list(splitter.split(one, groups=one))


def _shares(name: str, cells: pd.Series, common: list[str], data: Dataset) -> dict[str, Any]:
    """How common each category is."""
    kept = pd.Series(_kept(cells, common)).value_counts(normalize=True).sort_index()
    return {
        "names": free_names([f"{name}_share"], [str(column) for column in data.train.columns]),
        "meanings": ["share of patients who have the same category"],
        "levels": common,
        "codes": [str(code) for code in kept.index],
        "values": [[float(share)] for share in kept],
        "prior": [0.0],
    }


def _learnt(
    encoder: Any, chosen: list[str], common: dict[str, list[str]], target: Outcome, data: Dataset
) -> dict[str, dict[str, Any]]:
    """What the encoder learnt, as plain numbers."""
    ends, meanings = _ends(target)
    wide = len(ends)
    taken = [str(name) for name in data.train.columns]
    plans = {}
    for number, name in enumerate(chosen):
        names = free_names([f"{name}{end}" for end in ends], taken)
        taken += names
        values = np.column_stack(encoder.encodings_[number * wide : (number + 1) * wide])
        plans[name] = {
            "names": names,
            "meanings": meanings,
            "levels": common[name],
            "codes": [str(code) for code in encoder.categories_[number]],
            "values": _scaled(values, target).tolist(),
            "prior": _scaled(np.atleast_1d(encoder.target_mean_).astype("float64"), target).tolist(),
        }
    return plans


def _ends(target: Outcome) -> tuple[list[str], list[str]]:
    """What is put behind a column's name, and what the number means."""
    if target.kind == "multiclass":
        return [f"_logit={name}" for name in target.classes], [_LEARNT] * len(target.classes)
    end = {"binary": "_logit", "numeric": "_mean"}.get(target.kind, "_excess")
    return [end], [_LEARNT]
