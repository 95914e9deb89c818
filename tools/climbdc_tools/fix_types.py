"""Numbers and dates that are kept as text become numbers and dates."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from climbdc.sdk import Column, Dataset, Field, Params, Roles, State, Transform, transform
from climbdc_tools.form import Form, prevailing, written
from climbdc_tools.parsing import NumberStyle, read_dates, read_numbers

__all__ = ["FixTypes", "FixTypesParams", "TypeRule"]


class TypeRule(Params):
    """What one column holds and how it is written."""

    to: Literal["number", "integer", "date", "text"] = Field(description="What the column holds.")
    decimal: Literal[".", ","] = Field(default=".", description="The decimal sign.")
    thousands: Literal["", ",", ".", " ", "'"] = Field(default="", description="What stands between thousands.")
    percent: bool = Field(default=False, description="A % sign may follow the number; it is taken off.")
    censored: Literal["value", "half", "missing"] = Field(
        default="value", description='What "<5" becomes: 5, 2.5 or missing. Above a limit, half is the limit too.'
    )
    units: list[str] = Field(default=[], description="Units that may follow the number; they are taken off.")
    format: list[str] = Field(
        default=[],
        description="Date formats as %d/%m/%Y, tried in order; ISO 8601 if none; excel for day numbers.",
    )
    errors: Literal["keep", "missing"] = Field(
        default="keep", description="When a cell cannot be read: keep the column as it is, or make the cell missing."
    )
    form: str = Field(
        default="",
        description="For text: the form to write, as '{number} oz' or %d/%m/%Y; that of most cells when empty.",
    )


class FixTypesParams(Params):
    """What each column holds."""

    columns: dict[str, TypeRule] = Field(
        default={}, description="Column -> what it holds and how it is written.", json_schema_extra={"each": "columns"}
    )


@transform(addresses="structure/wrong-type")
class FixTypes(Transform[FixTypesParams]):
    """Read numbers and dates that are kept as text, by stated rules for each column.

    A column in which some train cell cannot be read stays as it was, and is named in the state, unless the rule says
    that such cells become missing. Later, in new data, a cell that cannot be read is missing. With "text" nothing is
    read: cells are written in the form of most cells of their column.
    """

    def fit(self, data: Dataset) -> State:
        """Which columns can be read, how many cells cannot, and the form of those that stay text."""
        plans = {
            name: _plan(data.train[name], rule)
            for name, rule in self.params.columns.items()
            if name in data.train.columns
        }
        left = sorted(name for name, plan in plans.items() if not plan["done"])
        return {"columns": plans, "left": left}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with these columns read."""
        changed = {
            name: _treated(frame[name], rule, state["columns"][name])
            for name, rule in self.params.columns.items()
            if name in frame.columns and state["columns"].get(name, {"done": False})["done"]
        }
        return frame.assign(**changed)

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """The new type of each column that was read, and its unit where the rule names one."""
        entries = []
        for name, rule in self.params.columns.items():
            if name not in frame.columns or not state["columns"][name]["done"] or rule.to == "text":
                continue
            known = data.column(name)
            unit = known.unit or ("%" if rule.percent else rule.units[0] if rule.units else "")
            entries.append(known.model_copy(update={"type": _type_of(frame[name], rule), "unit": unit}))
        return entries


def _style(rule: TypeRule) -> NumberStyle:
    return NumberStyle(rule.decimal, rule.thousands, rule.percent, rule.censored, tuple(rule.units))


def _plan(column: pd.Series, rule: TypeRule) -> dict[str, Any]:
    """What is settled on train rows: whether the column is read, and its form."""
    plan: dict[str, Any] = {"to": rule.to, "done": True, "unread": 0}
    if rule.to == "text":
        if column.dtype.kind in "ifM":
            return plan | {"done": False}
        return plan | {"form": list(prevailing(column, rule.form, rule.format, rule.units))}
    read, unread = _read(column, rule)
    plan["unread"] = int(unread.sum())
    if rule.to == "integer" and bool((read.dropna() % 1 != 0).any()):
        return plan | {"done": False, "why": "some numbers have a fraction"}
    return plan if rule.errors == "missing" or not plan["unread"] else plan | {"done": False}


def _read(column: pd.Series, rule: TypeRule) -> tuple[pd.Series, pd.Series]:
    """The column read, and which cells cannot be."""
    nothing = pd.Series(np.zeros(len(column), dtype=bool), index=column.index)
    if rule.to == "date":
        return (column, nothing) if column.dtype.kind == "M" else read_dates(column, rule.format)
    return (column, nothing) if column.dtype.kind in "if" else read_numbers(column, _style(rule))


def _treated(column: pd.Series, rule: TypeRule, plan: dict[str, Any]) -> pd.Series:
    if rule.to == "text":
        pattern, padded, units = plan["form"]
        form = Form(pattern, padded, tuple(units))
        return column if column.dtype.kind in "ifM" else written(column, form, rule.format, _style(rule))
    read = _read(column, rule)[0]
    if rule.to == "integer" and read.dtype.kind == "f" and not read.isna().any() and not (read % 1 != 0).any():
        return read.astype("int64")
    return read


def _type_of(column: pd.Series, rule: TypeRule) -> str:
    if rule.to == "date":
        return "date"
    return "integer" if rule.to == "integer" or not (column.dropna() % 1 != 0).any() else "continuous"
