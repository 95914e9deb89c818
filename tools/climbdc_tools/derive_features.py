"""New columns worked out from others by a few operations."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from climbdc.knowledge import knowledge
from climbdc.sdk import Column, Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from climbdc_tools.derivation import OPERATIONS, Array, worked_out
from climbdc_tools.formulas import formulas
from climbdc_tools.levels import as_text
from climbdc_tools.naming import free_names

__all__ = ["DeriveFeatures", "DeriveFeaturesParams", "DerivedFeature"]

Operation = Literal[
    "ratio", "difference", "sum", "product", "log", "square", "above", "below", "days_between", "years_between", "bmi",
    "mean_pressure", "pulse_pressure", "shock_index", "egfr", "urea_creatinine", "anion_gap", "neutrophil_lymphocyte",
    "fib4", "meld", "albi", "oxygenation", "non_hdl",
]  # fmt: skip


class DerivedFeature(BaseModel):
    """One new column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, description="Its name; numbered where it is taken.")
    operation: Operation = Field(description="How it is worked out.")
    columns: list[str] = Field(min_length=1, max_length=6, description="From which columns, in the operation's order.")
    number: float | None = Field(default=None, description="The border, for above and below.")


class DeriveFeaturesParams(Params):
    """Which new columns are made."""

    features: list[DerivedFeature] = Field(default=[], description="The new columns.")


@transform(addresses="features/engineering")
class DeriveFeatures(Transform[DeriveFeaturesParams]):
    """Work out new columns from others: ratios, differences, flags, time spans, and clinical scores such as the eGFR.

    Only columns of numbers or dates that are features, and that are not known later than the others, are used. A score
    needs its units in the dictionary. Where a value is missing the new one is missing. What cannot be worked out, such
    as a ratio to zero, is the median of the training rows, and a ratio stays within what they had.
    """

    def fit(self, data: Dataset) -> State:
        """What stands in where nothing can be worked out, and the range of each ratio, from train.

        Raises:
            NotApplicable: No new column can be made.
        """
        made: list[dict[str, Any]] = []
        left: dict[str, str] = {}
        for feature in self.params.features:
            why = _unusable(feature, data)
            told = {**feature.model_dump(), "factors": _factors(feature, data), "codes": {}}
            told["codes"] = {} if why else _codes(feature, data)
            values = np.empty(0) if why else _known(told, data.train)
            if not why and not len(values):
                why = "It cannot be worked out in any row."
            if why:
                left[feature.name] = why
                continue
            fill, low, high = float(np.median(values)), float(values.min()), float(values.max())
            made.append({**told, "fill": fill, "low": low, "high": high})
        if not made:
            raise NotApplicable(next(iter(left.values()), "No new column is asked for."))
        names = free_names([feature["name"] for feature in made], taken=[str(name) for name in data.train.columns])
        features = [{**feature, "name": name} for feature, name in zip(made, names, strict=True)]
        return {"features": features, "left_out": left}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with the new columns at its end."""
        return frame.assign(**{feature["name"]: _derived(feature, frame) for feature in state["features"]})

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """How each new column is worked out; it is known when the latest of its parts is."""
        return [_entry(feature, [data.column(name) for name in feature["columns"]]) for feature in state["features"]]


def _unusable(feature: DerivedFeature, data: Dataset) -> str:
    """Why a new column cannot be made; an empty text where it can."""
    operation, names = OPERATIONS[feature.operation], feature.columns
    if len(names) != operation.takes:
        return f"{feature.operation} takes {operation.takes} columns, not {len(names)}."
    if (feature.number is None) == operation.border:
        return f"{feature.operation} {'needs a' if operation.border else 'takes no'} number."
    for name in names:
        if name not in data.features:
            return f"{name!r} is no feature of the table."
        if data.column(name).known_at == "after":
            return f"{name!r} is known later."
    return _unfit_values(feature, data) or _units_missing(feature, data)


def _unfit_values(feature: DerivedFeature, data: Dataset) -> str:
    """Why a part holds nothing that can be worked with; an empty text where all do."""
    codes = _codes(feature, data)
    for name in feature.columns:
        kind = data.train[name].dtype.kind
        if name in codes and not codes[name]:
            return f"{name!r} does not say who is a woman."
        if OPERATIONS[feature.operation].dates and kind != "M":
            return f"{name!r} holds no dates."
        if not OPERATIONS[feature.operation].dates and name not in codes and kind not in "if":
            return f"{name!r} holds no numbers."
    return ""


def _codes(feature: DerivedFeature, data: Dataset) -> dict[str, dict[str, float]]:
    """For a part that is the sex: its values, as text -> 1 for women, 0 for men."""
    formula = formulas().get(feature.operation)
    named = (
        []
        if formula is None
        else [name for name, part in zip(feature.columns, formula.parts, strict=False) if part.female]
    )
    codes = {}
    for name in named:
        labels = data.column(name).labels
        said = {
            text: knowledge().synonym_group(labels.get(text, text))
            for text in as_text(data.train[name]).dropna().unique()
        }
        codes[name] = {text: float(group == "female") for text, group in said.items() if group in {"female", "male"}}
    return codes


def _units_missing(feature: DerivedFeature, data: Dataset) -> str:
    """A clinical formula holds for its units alone, so the dictionary has to say them."""
    formula = formulas().get(feature.operation)
    for name, part in zip(feature.columns, () if formula is None else formula.parts, strict=False):
        if part.units and data.column(name).unit not in part.units:
            return f"{feature.operation} needs {name!r} in {' or '.join(part.units)}; the dictionary does not say that."
    return ""


def _factors(feature: DerivedFeature, data: Dataset) -> list[float]:
    """What each part is multiplied by, so that a formula gets the units it is for."""
    formula = formulas().get(feature.operation)
    units = [part.units for part in formula.parts] if formula else [{} for _ in feature.columns]
    return [each.get(data.column(name).unit, 1.0) for name, each in zip(feature.columns, units, strict=False)]


def _known(feature: dict[str, Any], train: pd.DataFrame) -> Array:
    values, undefined = _values(feature, train)
    return values[~(np.isnan(values) | undefined)]


def _values(feature: dict[str, Any], frame: pd.DataFrame) -> tuple[Array, Array]:
    """The new column, and where all parts are there but nothing can be worked out."""
    numbers = [_numbers(frame[name], feature["codes"].get(name)) for name in feature["columns"]]
    parts = [part * factor for part, factor in zip(numbers, feature["factors"], strict=True)]
    gaps = np.logical_or.reduce([np.isnan(part) for part in parts])
    values = worked_out(feature["operation"], parts, feature["number"])
    undefined = ~gaps & ~np.isfinite(values)
    return np.where(gaps | undefined, np.nan, values), undefined


def _numbers(column: pd.Series, codes: dict[str, float] | None) -> Array:
    """A part as numbers: dates as days, and the sex by its codes."""
    if codes is not None:
        return as_text(column).map(codes).to_numpy(dtype="float64")
    if column.dtype.kind == "M":
        days = column.to_numpy().astype("datetime64[us]").astype("int64") / 86_400_000_000.0
        return np.where(column.isna().to_numpy(), np.nan, days)
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64")


def _derived(feature: dict[str, Any], frame: pd.DataFrame) -> Array:
    values, undefined = _values(feature, frame)
    values = np.where(undefined, feature["fill"], values)
    if OPERATIONS[feature["operation"]].bounded:
        values = np.clip(values, feature["low"], feature["high"])
    return np.asarray(values, dtype="float64")


def _entry(feature: dict[str, Any], parts: list[Column]) -> Column:
    """The dictionary entry of a new column."""
    operation = OPERATIONS[feature["operation"]]
    told = operation.told.format(*(part.meaning or part.name for part in parts), number=feature["number"])
    unit = operation.unit or (parts[0].unit if operation.keeps_unit and len({part.unit for part in parts}) == 1 else "")
    when = [part.known_at for part in parts]
    known_at = "unknown" if "unknown" in when else "at" if "at" in when else "before"
    kind = "binary" if operation.border else "continuous"
    return Column.model_validate(
        {"name": feature["name"], "type": kind, "meaning": told, "unit": unit, "known_at": known_at}
    )
