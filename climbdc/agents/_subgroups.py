"""Who is touched by a change: rows dropped and changed by sex, age and ethnicity (TRIPOD+AI item 7) and by outcome."""

from __future__ import annotations

from typing import Any

import pandas as pd

from climbdc.data import Changes
from climbdc.sdk import Dictionary, Roles

__all__ = ["subgroup_columns", "subgroups", "touched", "touched_by_outcome"]

VARIABLES = ("sex", "gender", "age", "ethnicity", "race")
AGE_EDGES = (0, 18, 40, 50, 60, 70, 80, 200)
"""Bands of age in years; 18 and 65-80 are where guidance for older people starts, the rest are decades."""
FEWEST = 10
QUARTERS = 4
MOST_OUTCOMES = 12
NO_OUTCOME = "not known"


def subgroup_columns(dictionary: Dictionary) -> list[str]:
    """Columns recognised as sex, age or ethnicity."""
    return [name for name, column in dictionary.items() if column.variable in VARIABLES]


def subgroups(values: pd.Series, variable: str) -> pd.Series:
    """The subgroup of each row as text; missing stays missing."""
    if variable == "age" and pd.api.types.is_numeric_dtype(values):
        bands = pd.cut(values, list(AGE_EDGES), right=False)
        return bands.map(lambda band: f"{int(band.left)}-{int(band.right) - 1}", na_action="ignore").astype(object)
    return values.map(str, na_action="ignore").astype(object)


def touched(before: pd.DataFrame, changes: Changes, dictionary: Dictionary) -> list[dict[str, Any]]:
    """Per subgroup: rows, rows dropped, rows with a changed cell; groups under ten rows are left out."""
    if not _touches(changes):
        return []
    told: list[dict[str, Any]] = []
    for name in subgroup_columns(dictionary):
        if name not in before.columns:
            continue
        groups = subgroups(before[name], dictionary[name].variable)
        told += [item for item in _counted(name, groups, changes) if item["rows"] >= FEWEST]
    return told


def touched_by_outcome(before: pd.DataFrame, changes: Changes, roles: Roles) -> list[dict[str, Any]]:
    """Per class of the target, or quarter of its values: rows, rows dropped, rows changed; empty without a target."""
    name = roles.event or roles.target
    if name is None or name not in before.columns or not _touches(changes):
        return []
    values = before[name]
    groups = values.map(str, na_action="ignore").astype(object)
    if roles.kind == "numeric" and pd.api.types.is_numeric_dtype(values):
        bands = pd.qcut(values, QUARTERS, duplicates="drop")
        groups = bands.map(lambda band: f"{band.left:g} to {band.right:g}", na_action="ignore").astype(object)
        order = [f"{band.left:g} to {band.right:g}" for band in bands.cat.categories]
    else:
        order = [str(value) for value in values.value_counts().sort_index().index]
    counted = {item["group"]: item for item in _counted(name, groups.fillna(NO_OUTCOME), changes)}
    return [counted[group] for group in [*order[:MOST_OUTCOMES], NO_OUTCOME] if group in counted]


def _touches(changes: Changes) -> bool:
    return bool(len(changes.cells) or len(changes.dropped_rows))


def _counted(column: str, groups: pd.Series, changes: Changes) -> list[dict[str, Any]]:
    """Rows of each group, and how many of them are dropped or changed."""
    changed = groups.index.isin(changes.cells["_row"].unique())
    dropped = groups.index.isin(changes.dropped_rows)
    table = pd.DataFrame({"group": groups.to_numpy(), "dropped": dropped, "changed": changed})
    counted = table.dropna(subset=["group"]).groupby("group", sort=True).agg(
        rows=("changed", "size"), dropped=("dropped", "sum"), changed=("changed", "sum")
    )  # fmt: skip
    return [
        {"column": column, "group": str(group), **{key: int(row[key]) for key in row.index}}
        for group, row in counted.iterrows()
    ]
