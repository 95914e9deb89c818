"""What changed in the data since the file was read: gaps by column, and columns with other values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.agents import current_plan
from climbdc.data import ROW, TEXT
from climbdc_ui.panels._drawn import Drawing, draw
from climbdc_ui.panels._sheet import Kept, Sheet
from climbdc_ui.panels._words import figure

if TYPE_CHECKING:
    from climbdc.agents import Version
    from climbdc.store import SessionStore

__all__ = ["before_and_after", "changed_columns", "missing_overall", "missing_shares"]

BINS = 24
LEVELS = 12
SIDES = ("before", "after")
ABSENT = ("new", "gone")
"""What is said of a column that was not there at first, or is not there now."""
MISSING = "(missing)"
MOST_MEASURED = 1_000_000
"""Rows looked at for one picture; of more, evenly spread ones."""

_GAPS: Kept[dict[str, float]] = Kept(32)
_NAMES: Kept[list[str]] = Kept(32)
_DRAWN: Kept[Drawing | None] = Kept(128)


def missing_shares(sheet: Sheet) -> Mapping[str, Any]:
    """Share of missing values by column, at first and now, the emptiest first; data of a figure with bars.

    A column that is gone, or new, has None on the side where it is not.
    """
    first, now = _gaps(sheet.chain[0]), _gaps(sheet.now)
    names = [name for name in {**first, **now} if first.get(name) or now.get(name)]
    names.sort(key=lambda name: (-max(first.get(name, 0.0), now.get(name, 0.0)), name))
    series = {"in the file": [first.get(name) for name in names], "now": [now.get(name) for name in names]}
    both = series if len(sheet.chain) > 1 else {"in the file": series["in the file"]}
    return {"labels": names, "series": both, "absent": ABSENT}


def _gaps(version: Version) -> dict[str, float]:
    def make() -> dict[str, float]:
        table = version.objects.table(version.frame)
        rows = max(1, table.num_rows)
        return {name: _missing(table.column(name)) / rows for name in table.column_names if name != ROW}

    return _GAPS.get(version.frame, make)


def _missing(column: pa.ChunkedArray) -> int:
    """Missing values of a stored column: numbers are stored with NaN for missing."""
    nan = pc.sum(pc.is_nan(column)).as_py() or 0 if pa.types.is_floating(column.type) else 0
    return int(column.null_count + nan)


def changed_columns(stored: SessionStore, sheet: Sheet) -> list[str]:
    """Columns of the newest version with a value that a step changed, in their order; outcomes are left out."""

    def make() -> list[str]:
        plan = {step.id: step for step in current_plan(stored).steps}
        changed: set[str] = set()
        for version in sheet.chain[1:]:
            step = plan.get(version.step.id) if version.step else None
            tried = stored.attempt(step.id, step.attempt, version.parent or "") if step else None
            changed |= set((tried or {"checks": {}})["checks"].get("by_column", ()))
        first = set(_gaps(sheet.chain[0]))
        keep = changed & first - set(sheet.now.roles.reserved)
        return [name for name in sheet.names if name in keep]

    return _NAMES.get((stored.id, sheet.now.id), make)


def before_and_after(sheet: Sheet, name: str) -> Drawing | None:
    """A column at first and now, on the same rows; None where there is nothing to draw."""

    def make() -> Drawing | None:
        before = sheet.column_at_first(name)
        if before is None:
            return None
        every = max(1, -(-len(before) // MOST_MEASURED))
        return _pair(before.iloc[::every], sheet.column(name).iloc[::every], name)

    return _DRAWN.get((sheet.first.frame, sheet.now.frame, name), make)


def _pair(before: pd.Series[Any], after: pd.Series[Any], name: str) -> Drawing | None:
    if before.dtype == TEXT or after.dtype == TEXT:
        return _levels(before, after, name)
    if "M" in (before.dtype.kind, after.dtype.kind):
        return None
    values = [side.dropna().to_numpy(dtype="float64") for side in (before, after)]
    if not len(values[0]) or not len(values[1]):
        return None
    edges = np.histogram_bin_edges(np.concatenate(values), bins=BINS)
    told = [np.histogram(side, bins=edges)[0] for side in values]
    series = {side: counts.tolist() for side, counts in zip(SIDES, told, strict=True)}
    return draw("compare", {"edges": [float(f"{edge:.6g}") for edge in edges], "series": series}, name)


def _levels(before: pd.Series[Any], after: pd.Series[Any], name: str) -> Drawing | None:
    counts = [_counted(values) for values in (before, after)]
    labels = list(dict.fromkeys([*list(counts[0])[:LEVELS], *list(counts[1])[:LEVELS]]))[:LEVELS]
    series = {side: [count.get(label, 0) for label in labels] for side, count in zip(SIDES, counts, strict=True)}
    return draw("bars", {"labels": labels, "series": series}, name)


def _counted(values: pd.Series[Any]) -> dict[str, int]:
    """How often each value occurs, the commonest first, missing ones under a name of their own."""
    counts = {figure(value): int(size) for value, size in values.value_counts().items()}
    missing = int(values.isna().sum())
    return {**counts, **({MISSING: missing} if missing else {})}


def missing_overall(sheet: Sheet) -> tuple[float, float]:
    """Share of missing cells, all columns alike, at first and now."""
    sides = [list(_gaps(version).values()) for version in (sheet.chain[0], sheet.now)]
    first, now = (sum(shares) / len(shares) if shares else 0.0 for shares in sides)
    return first, now
