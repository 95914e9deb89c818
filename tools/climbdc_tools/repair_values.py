"""Single cells that hold an error get the value that was meant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from climbdc.data import TEXT
from climbdc.sdk import Dataset, Field, Params, Roles, State, Transform, transform
from climbdc_tools.cell_votes import Texts, Verdict, learn_votes, often, texts_of, verdicts
from climbdc_tools.spilled import spilled, spilled_values

__all__ = ["RepairRule", "RepairValues", "RepairValuesParams", "decided"]


class RepairRule(Params):
    """How cells of one column are repaired by the rest of their row."""

    by: list[str] = Field(
        default=[],
        description="Columns that tell this one, such as the hospital's number for its name.",
        json_schema_extra={"holds": "columns"},
    )
    agree: int = Field(
        default=3, ge=1, le=12, description="How many of them must name the same other value, with none against it."
    )
    seldom: bool = Field(
        default=True, description="Only change values that fewer than three training rows hold: others are no slips."
    )
    may_mean: dict[str, list[str]] = Field(
        default={}, description="Slip -> the values it may have been; one column that names one of them is enough."
    )
    spills_into: str = Field(
        default="",
        description="A column whose value stands at the end of this one where it is empty itself.",
        json_schema_extra={"holds": "column"},
    )


class RepairValuesParams(Params):
    """What is repaired: values that are always wrong, and columns that others tell."""

    maps: dict[str, dict[str, str]] = Field(
        default={},
        description="Column -> value as it stands -> value that was meant; an empty text makes the cell missing.",
        json_schema_extra={"each": "maps"},
    )
    columns: dict[str, RepairRule] = Field(
        default={}, description="Column -> how the rest of the row tells it.", json_schema_extra={"each": "columns"}
    )


@transform(addresses=("plausibility/cell-errors", "plausibility/contradictions", "plausibility/outliers"))
class RepairValues(Transform[RepairValuesParams]):
    """Put single wrong cells right where the value that was meant is beyond reasonable doubt.

    A value may be listed with what was meant. Or other columns of the row tell it: what they say is learnt on training
    rows, a value of theirs has a vote where three rows or more, and three in four of all, agree, and a cell changes
    only when enough columns name the same other value and none backs what stands there. Empty cells stay empty, and
    so does every cell about which there is any disagreement.
    """

    def fit(self, data: Dataset) -> State:
        """Learn what the other columns say; count the cells that change."""
        frame = data.train
        rules = {name: rule for name, rule in self.params.columns.items() if name in frame.columns}
        by = {
            name: [left for left in rule.by if left in frame.columns and left != name] for name, rule in rules.items()
        }
        by = {name: lefts for name, lefts in by.items() if lefts}
        known = {name: set(lefts) for name, lefts in by.items()}
        for lefts in by.values():  # what tells a column is itself told by the others that do
            for left in lefts:
                known.setdefault(left, set()).update(set(lefts) - {left})
        mapped = _mapped(frame, self.params.maps)
        state: State = {"votes": learn_votes(mapped, _sorted(known)), "told": sorted(by)}
        state["often"] = {name: often(mapped[name]) for name in by}
        state["spilled"] = {
            name: spilled_values(frame[rule.spills_into])
            for name, rule in rules.items()
            if rule.spills_into in frame.columns
        }
        state["cells"] = _cells_changed(frame, self.apply(frame, state, data.roles))
        return state

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with the errors put right, every row for itself."""
        frame = _mapped(frame, self.params.maps)
        said = verdicts(frame, state["votes"], state["told"])
        changed = {
            name: _told(frame[name], verdict, self.params.columns[name], state["often"].get(name, []))
            for name, verdict in said.items()
            if name in self.params.columns
        }
        frame = frame.assign(**changed)
        for name, values in state["spilled"].items():
            into = self.params.columns[name].spills_into if name in self.params.columns else ""
            if name in frame.columns and into in frame.columns:
                frame = spilled(frame, name, into, values)
        return frame


def _sorted(by: dict[str, set[str]]) -> dict[str, list[str]]:
    return {name: sorted(lefts) for name, lefts in by.items()}


def _mapped(frame: pd.DataFrame, maps: dict[str, dict[str, str]]) -> pd.DataFrame:
    there = {name: pairs for name, pairs in maps.items() if name in frame.columns and pairs}
    return frame.assign(**{name: _written(frame[name], pairs) for name, pairs in there.items()})


def _written(column: pd.Series, pairs: dict[str, str]) -> pd.Series:
    """The column with listed values replaced; numbers compare by value, and those that cannot be read stay."""
    if column.dtype == TEXT:
        codes, values = pd.factorize(column)
        texts = [pairs.get(str(value), str(value)) or None for value in values]
        written = pd.Series(texts, dtype=TEXT)
        return pd.Series(written.array.take(codes, allow_fill=True), index=column.index, name=column.name)
    if column.dtype.kind not in "if":
        return column
    result = column.astype("float64").to_numpy().copy()
    for old, new in sorted(pairs.items()):
        wrong, right = _number(old), _number(new) if new else np.nan
        if wrong is not None and right is not None:
            result[column.to_numpy() == wrong] = right
    whole = column.dtype.kind == "i" and not np.isnan(result).any() and not (result % 1).any()
    return pd.Series(result, index=column.index, name=column.name).astype("int64" if whole else "float64")


def _told(column: pd.Series, verdict: Verdict, rule: RepairRule, usual: list[str]) -> pd.Series:
    """The column with the value that others name where enough of them do and none is against it."""
    here = decided(texts_of(column), verdict, rule, set(usual))
    if not here.any() or column.dtype.kind == "M":
        return column
    named = verdict.named[here]
    changed = column.copy()
    if column.dtype == TEXT:
        changed.iloc[np.flatnonzero(here)] = named
        return changed
    numbers = np.array([float(value) for value in named])
    if column.dtype.kind == "i":
        numbers = numbers.astype("int64")
    changed.iloc[np.flatnonzero(here)] = numbers
    return changed


def decided(texts: Texts, verdict: Verdict, rule: RepairRule, usual: set[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which cells are to hold what the others name.

    Args:
        texts: The cells as text.
        verdict: What the others say.
        rule: How many of them it takes.
        usual: Values that are no slips.
    """
    enough = verdict.agreeing >= rule.agree
    if rule.seldom:
        enough &= np.array([text not in usual for text in texts], dtype=bool)
    if rule.may_mean:
        pairs = zip(texts, verdict.named, strict=True)
        enough |= np.array(
            [named is not None and named in rule.may_mean.get(text, ()) for text, named in pairs], dtype=bool
        )
    chosen: np.ndarray[Any, np.dtype[np.bool_]] = enough & (verdict.against == 0)
    return chosen


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _cells_changed(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, int]:
    counted = {}
    for name in before.columns:
        if after[name] is not before[name]:
            one, other = before[name], after[name]
            same = (one == other) | (one.isna() & other.isna())
            if cells := int((~same.astype(bool)).sum()):
                counted[str(name)] = cells
    return counted
