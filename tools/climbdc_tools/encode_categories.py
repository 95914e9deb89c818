"""Text and dates become numbers that a model can use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from climbdc.sdk import Column, Dataset, Field, Params, Roles, State, Transform, transform
from climbdc_tools.naming import free_names

__all__ = ["EncodeCategories", "EncodeCategoriesParams"]

_RARE = 10


class EncodeCategoriesParams(Params):
    """Which columns are encoded, and into how many."""

    columns: list[str] = Field(
        default=[], description="Columns to encode; every feature of text or dates when empty.",
        json_schema_extra={"each": "columns"},
    )  # fmt: skip
    max_levels: int = Field(default=20, ge=2, description="At most so many 0/1 columns for one column.")


@transform(addresses=("features/engineering", "features/high-cardinality"))
class EncodeCategories(Transform[EncodeCategoriesParams]):
    """Turn categories into 0/1 columns, dates into days and free text into its number of words.

    Two levels make one column, more make one each. Levels of fewer than 10 train rows, and those beyond `max_levels`,
    share the column `other`, as do levels never seen in training. A missing category is 0 everywhere; where at least 10
    train rows had none it has a column of its own. Columns of numbers stay, ordered codes among them.
    """

    def fit(self, data: Dataset) -> State:
        """How each column is encoded, from its values in train."""
        features = data.features
        chosen = [name for name in self.params.columns or features if name in features]
        plans: dict[str, dict[str, Any]] = {}
        taken = [str(name) for name in data.train.columns]
        for name in chosen:
            column = data.train[name]
            if column.dtype.kind in "if" and name not in self.params.columns:
                continue
            plan = _plan(column, data.column(name), self.params.max_levels)
            plan["names"] = free_names(_names(name, plan), taken)
            taken += plan["names"]
            plans[name] = plan
        left = {name: plan["why"] for name, plan in plans.items() if "why" in plan}
        return {"columns": plans, "left_out": left}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with the new columns in place of the encoded ones."""
        plans = state["columns"]
        columns: dict[str, Any] = {}
        for name in map(str, frame.columns):
            columns |= _encoded(frame[name], plans[name]) if name in plans else {name: frame[name].array}
        return pd.DataFrame(columns, index=frame.index, columns=pd.Index(list(columns), dtype=object))

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """What each new column means; when it is known stays as it was."""
        entries = []
        for name, plan in state["columns"].items():
            entries += [_entry(data.column(name), new, shown, plan) for new, shown in zip(*_shown(plan), strict=True)]
        return entries


def _plan(column: pd.Series, known: Column, most: int) -> dict[str, Any]:
    """How one column is encoded."""
    if column.dtype.kind == "M":
        earliest = column.min()
        return {"as": "days", "from": None if pd.isna(earliest) else earliest.isoformat()}
    if known.type == "text" and column.dtype.kind not in "if":
        return {"as": "words"}
    counts = _cells(column).value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    gaps = bool(column.isna().sum() >= _RARE)
    levels = [str(level) for level in counts.index]
    if len(levels) == 2:
        return {"as": "levels", "levels": [max(levels)], "others": [min(levels)], "other": False, "missing": gaps}
    common = [level for level in levels if counts[level] >= _RARE]
    if not common and len(levels) > most:
        return {"as": "nothing", "why": f"It has {len(levels)} values, none of them in {_RARE} rows."}
    kept = (common or levels)[:most]
    kept = kept[: most - 1] if len(levels) > most else kept
    return {"as": "levels", "levels": sorted(kept), "others": [], "other": len(kept) < len(levels), "missing": gaps}


def _cells(column: pd.Series) -> pd.Series:
    """The cells as text, whole numbers without a fraction."""
    if column.dtype.kind not in "if":
        return column
    from climbdc.data import TEXT

    texts = column.map(lambda value: f"{value:.0f}" if value % 1 == 0 else repr(float(value)), na_action="ignore")
    return texts.astype(TEXT)


def _names(name: str, plan: dict[str, Any]) -> list[str]:
    """The names of the new columns."""
    if plan["as"] != "levels":
        return {"days": [f"{name}_days"], "words": [f"{name}_words"]}.get(plan["as"], [])
    extra = ["other"] * plan["other"] + ["missing"] * plan["missing"]
    return [f"{name}={level}" for level in [*plan["levels"], *extra]]


def _shown(plan: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Names of the new columns with what each of them stands for."""
    extra = ["another value"] * plan.get("other", False) + ["a missing value"] * plan.get("missing", False)
    return plan["names"], [*plan["levels"], *extra] if plan["as"] == "levels" else [""] * len(plan["names"])


def _encoded(column: pd.Series, plan: dict[str, Any]) -> dict[str, Any]:
    """The new columns of one column."""
    names = plan["names"]
    if plan["as"] == "days":
        if plan["from"] is None or column.dtype.kind != "M":
            return {names[0]: np.full(len(column), np.nan)}
        return {names[0]: ((column - pd.Timestamp(plan["from"])) / pd.Timedelta(days=1)).to_numpy(dtype="float64")}
    if plan["as"] == "words":
        words = _cells(column).str.count(r"\S+")
        return {names[0]: words.fillna(0).to_numpy(dtype="int64")}
    return dict(zip(names, _indicators(column, plan), strict=True)) if names else {}


def _indicators(column: pd.Series, plan: dict[str, Any]) -> list[Any]:
    levels = [*plan["levels"], *plan["others"]]
    codes, values = pd.factorize(_cells(column))
    place = {level: number for number, level in enumerate(levels)}
    known = np.array([place.get(value, len(levels)) for value in values] + [-1], dtype="int64")
    level = known[codes]
    made = [(level == number).astype("int64") for number in range(len(plan["levels"]))]
    if plan["other"]:
        made.append((level == len(levels)).astype("int64"))
    if plan["missing"]:
        made.append((level == -1).astype("int64"))
    return made


def _entry(source: Column, new: str, shown: str, plan: dict[str, Any]) -> Column:
    """The dictionary entry of a new column."""
    subject = source.meaning or source.name
    changed: dict[str, Any] = {
        "days": {"type": "duration", "unit": "days", "meaning": f"days of {subject} since {plan.get('from')}"},
        "words": {"type": "integer", "unit": "words", "meaning": f"number of words in {subject}"},
    }.get(plan["as"], {"type": "binary", "unit": "", "meaning": f"indicator of {subject} = {shown}"})
    kept = source.model_dump(include={"known_at", "known_because", "later_kind"})
    return Column(name=new, **changed, **kept)
