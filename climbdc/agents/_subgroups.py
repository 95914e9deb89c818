"""Who is touched by a change: rows dropped and cells changed by sex, age and ethnicity (TRIPOD+AI item 7)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from climbdc.data import Changes
from climbdc.sdk import Dictionary

__all__ = ["subgroup_columns", "subgroups", "touched"]

VARIABLES = ("sex", "gender", "age", "ethnicity", "race")
AGE_EDGES = (0, 18, 40, 50, 60, 70, 80, 200)
"""Bands of age in years; 18 and 65-80 are where guidance for older people starts, the rest are decades."""
FEWEST = 10


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
    if not (len(changes.cells) or len(changes.dropped_rows)):
        return []
    changed = before.index.isin(changes.cells["_row"].unique())
    dropped = before.index.isin(changes.dropped_rows)
    told: list[dict[str, Any]] = []
    for name in subgroup_columns(dictionary):
        if name not in before.columns:
            continue
        groups = subgroups(before[name], dictionary[name].variable)
        table = pd.DataFrame({"group": groups.to_numpy(), "dropped": dropped, "changed": changed})
        counted = table.dropna(subset=["group"]).groupby("group", sort=True).agg(
            rows=("changed", "size"), dropped=("dropped", "sum"), changed=("changed", "sum")
        )  # fmt: skip
        for group, row in counted[counted["rows"] >= FEWEST].iterrows():
            told.append({"column": name, "group": str(group), **{key: int(row[key]) for key in row.index}})
    return told
