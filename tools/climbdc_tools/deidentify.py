"""What names a person goes or is made coarser."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd
import yaml

from climbdc.data import TEXT
from climbdc.errors import ToolError
from climbdc.privacy import scrub
from climbdc.sdk import Column, Dataset, Field, Params, Roles, State, Transform, transform
from climbdc_tools.calendar_date import date_forms
from climbdc_tools.vocabulary import counts

__all__ = ["Deidentify", "DeidentifyParams", "Removal"]

Removal = Literal["drop", "year", "age_cap", "postcode3", "scrub", "keep"]
TOP_AGE: Final = 90
"""Ages above 89 are one group, 90 and over: HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C)."""
PLACES: Final = 3
"""Places of a postcode that are kept: 45 CFR 164.514(b)(2)(i)(B)."""


class DeidentifyParams(Params):
    """What is done to which column."""

    columns: dict[str, Removal] = Field(
        default={},
        description="Column -> drop: leave it out; year: keep the year of a date; age_cap: ages above 89 become 90; "
        "postcode3: keep three places; scrub: take names, dates and numbers of persons out of free text; keep.",
        json_schema_extra={"each": "columns"},
    )


@transform("privacy/personal-data")
class Deidentify(Transform[DeidentifyParams]):
    """Leave out what names a person, or keep only a coarser part of it.

    Follows HIPAA Safe Harbor, 45 CFR 164.514(b)(2). It is not a promise that nobody can be found: columns that are left
    can still name a person together. A column that is not there is passed over.
    """

    @classmethod
    def warm(cls) -> None:
        """Read the words by which persons are known."""
        scrub("Mr Miller")
        _small_areas()

    def fit(self, data: Dataset) -> State:
        """Which columns are there, and how their dates are written.

        Raises:
            ToolError: An outcome, the patient's id or a time that a role needs is to be changed, or a column holds
                nothing that the action can be done to.
        """
        needed = {*data.roles.outcomes, data.roles.patient, data.roles.visit_time, data.roles.group}
        actions = {name: action for name, action in self.params.columns.items() if name in data.train.columns}
        formats: dict[str, list[str]] = {}
        for name, action in actions.items():
            if name in needed and action != "keep":
                raise ToolError(
                    f"{name!r} has a part in the study and cannot be changed or left out.",
                    fix="Take it out of the columns, or give the role to another column.",
                    code="role-needed",
                )
            column = data.train[name]
            _check(name, column, action)
            if action == "year" and column.dtype.kind != "M":
                formats[name] = [form.format for form in date_forms(counts(column))]
        return {"actions": actions, "formats": formats}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame without what names a person."""
        actions = {name: action for name, action in state["actions"].items() if name in frame.columns}
        changed: dict[str, pd.Series[Any]] = {}
        for name, action in actions.items():
            column = frame[name]
            if action == "year":
                changed[name] = _years(column, state["formats"].get(name, []))
            elif action == "age_cap":
                changed[name] = column.clip(upper=TOP_AGE)
            elif action in ("postcode3", "scrub"):
                changed[name] = _rewritten(column, action)
        return frame.assign(**changed).drop(columns=[name for name, action in actions.items() if action == "drop"])

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """A date of which the year is left is a whole number; a shortened postcode is a category."""
        told: list[Column] = []
        for name, action in state["actions"].items():
            if action == "year":
                update = {"type": "integer", "unit": "year", "limits": None, "variable": ""}
                told.append(data.column(name).model_copy(update=update))
            elif action == "postcode3":
                told.append(data.column(name).model_copy(update={"type": "categorical", "limits": None}))
        return told


def _check(name: str, column: pd.Series[Any], action: Removal) -> None:
    """Refuse what cannot be done to what a column holds."""
    kind = column.dtype.kind
    if action == "year" and kind in "ifb" and column.notna().any():
        raise ToolError(f"{name!r} holds numbers, not dates, so it has no year to keep.", fix="Choose another action.")
    if action == "age_cap" and kind not in "if":
        raise ToolError(f"{name!r} holds no numbers, so no age can be capped.", fix="Read it as numbers first.")
    if action in ("postcode3", "scrub") and (kind == "M" or (action == "scrub" and kind in "if")):
        raise ToolError(f"{name!r} holds no text for {action!r}.", fix="Choose another action.")


def _years(column: pd.Series[Any], formats: list[str]) -> pd.Series[Any]:
    """The years of a column of dates; what cannot be read as one becomes missing, so that no date is left."""
    years = pd.Series(float("nan"), index=column.index, dtype="float64")
    if column.dtype.kind == "M":
        years[:] = column.dt.year.to_numpy(dtype="float64")
        return years
    if column.dtype.kind in "if":
        return column
    text = column.astype("object")
    for format_ in formats:
        read = pd.to_datetime(text.str.strip(), format=format_, errors="coerce", exact=True)
        years = years.fillna(read.dt.year.astype("float64"))
    return years


def _rewritten(column: pd.Series[Any], action: str) -> pd.Series[Any]:
    """Each different text once; numbers are written as codes of five digits."""
    change = _three_places if action == "postcode3" else _scrubbed
    number = column.dtype.kind in "if"
    made = {cell: change(f"{abs(int(cell)):05d}" if number else str(cell)) for cell in column.dropna().unique()}
    return pd.Series(column.map(made), index=column.index, name=column.name, dtype=TEXT)


def _three_places(code: str) -> str:
    """The first three places, or 000 where few people live there.

    >>> _three_places("90210-1234"), _three_places("03601"), _three_places("SW1A 1AA")
    ('902', '000', 'SW1')
    """
    first = code.strip()[:PLACES].strip()
    return "000" if first in _small_areas() and code.strip()[:5].isdigit() else first


def _scrubbed(text: str) -> str:
    return scrub(text).text


@cache
def _small_areas() -> frozenset[str]:
    with Path(__file__).with_name("deidentify.yaml").open(encoding="utf-8") as file:
        return frozenset(yaml.safe_load(file)["small_areas"])
