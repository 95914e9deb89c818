"""Values of a column brought into one unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Column, Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from climbdc_tools.mixed_units import limits_of
from climbdc_tools.unit_mixture import mixtures

__all__ = ["ConvertUnits", "ConvertUnitsParams", "OneUnit", "OtherUnit"]


class OtherUnit(Params):
    """How values in one other unit are known, and what they become."""

    factor: float = Field(description="value * factor + offset is the value in the column's unit.", gt=0)
    offset: float = Field(default=0.0, description="See factor.")
    below: float | None = Field(default=None, description="Values below this are in the other unit.")
    above: float | None = Field(default=None, description="Values above this are in the other unit.")


class OneUnit(Params):
    """What one column is to be in."""

    unit: str = Field(default="", description="The unit all values are to be in.")
    by: str = Field(default="", description="Column that names the unit of each value; the borders are then not used.")
    others: dict[str, OtherUnit] = Field(
        default={}, description="Other unit -> how its values are known; learnt from the training rows when empty."
    )


class ConvertUnitsParams(Params):
    """Which columns are brought into one unit."""

    columns: dict[str, OneUnit] = Field(
        default={}, description="Column -> its unit and the other ones.", json_schema_extra={"each": "columns"}
    )


@transform("structure/mixed-units", stage="rows")
class ConvertUnits(Transform[ConvertUnitsParams]):
    """Bring the values of a column that mixes two units into one, by a border between them or by a column of units.

    Each value is judged by itself, so new patients are treated as the first were. With a column of units, its cells are
    rewritten to the new unit; with a border, values of zero and below stay. Columns that do not hold numbers are left.
    """

    def fit(self, data: Dataset) -> State:
        """The rules, learnt where the params give none; how many train cells each changes.

        Raises:
            NotApplicable: No column is named, or none of them mixes units.
        """
        rules: dict[str, dict[str, Any]] = {}
        for name, wanted in self.params.columns.items():
            if name not in data.train.columns or data.train[name].dtype.kind not in "if":
                continue
            rule = wanted.model_dump()
            if not rule["others"] and not rule["by"]:
                rule = _learnt(data, name)
            if rule["others"]:
                rules[name] = rule
        if not rules:
            raise NotApplicable("No column that is named mixes units.")
        cells = {
            name: int(sum(mask.sum() for _, mask in _parts(data.train, name, rule))) for name, rule in rules.items()
        }
        return {"rules": rules, "cells": cells}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with the values, and the cells that name their units, rewritten."""
        changed: dict[str, Any] = {}
        for name, rule in state["rules"].items():
            if name not in frame.columns or frame[name].dtype.kind not in "if":
                continue
            values = frame[name].to_numpy(dtype="float64")
            after, rewritten = values.copy(), np.zeros(len(values), dtype=bool)
            for other, mask in _parts(frame, name, rule):
                after[mask] = values[mask] * other["factor"] + other["offset"]
                rewritten |= mask
            changed[name] = after
            by = rule["by"]
            if by in frame.columns:
                changed[by] = changed.get(by, frame[by]).mask(rewritten, rule["unit"])
        return frame.assign(**changed)

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """The unit that the column is in from now on, and its limits where it could not be recognised before."""
        return [_entry(data, name, rule["unit"]) for name, rule in state["rules"].items()]


def _learnt(data: Dataset, name: str) -> dict[str, Any]:
    """The rule for a column, from its values in train."""
    limits = limits_of(data, name)
    found = [] if limits is None else mixtures(data.train[name].to_numpy(dtype="float64"), limits, seed=data.seed)
    others = {
        one.conversion.unit: {
            "factor": one.conversion.factor,
            "offset": one.conversion.offset,
            "below": one.border if one.side == "below" else None,
            "above": one.border if one.side == "above" else None,
        }
        for one in found
        if one.clean
    }
    return {"unit": "" if limits is None else limits.unit, "by": "", "others": others}


def _parts(frame: pd.DataFrame, name: str, rule: dict[str, Any]) -> list[tuple[dict[str, Any], np.ndarray[Any, Any]]]:
    """Each other unit with the cells that are in it."""
    values = frame[name].to_numpy(dtype="float64")
    if rule["by"]:
        return _named(frame, values, rule)
    parts = []
    for other in rule["others"].values():
        low = values < other["below"] if other["below"] is not None else np.zeros(len(values), dtype=bool)
        high = values > other["above"] if other["above"] is not None else np.zeros(len(values), dtype=bool)
        parts.append((other, (low | high) & (values > 0)))
    return parts


def _named(
    frame: pd.DataFrame, values: np.ndarray[Any, Any], rule: dict[str, Any]
) -> list[tuple[dict[str, Any], np.ndarray[Any, Any]]]:
    if rule["by"] not in frame.columns or frame[rule["by"]].dtype.kind in "ifM":
        return []
    codes, texts = pd.factorize(frame[rule["by"]])
    units = knowledge().units
    present = np.isfinite(values)
    parts = []
    for unit, other in rule["others"].items():
        same = [place for place, text in enumerate(texts) if units.same(str(text), unit)]
        parts.append((other, np.isin(codes, same) & present))
    return parts


def _entry(data: Dataset, name: str, unit: str) -> Column:
    column, limits = data.column(name), limits_of(data, name)
    changed: dict[str, Any] = {"unit": unit or column.unit}
    if column.limits is None and limits is not None and limits.unit == changed["unit"]:
        changed["limits"] = limits
    return column.model_copy(update=changed)
