"""How new data differs from the rows a recipe was made for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from climbdc.data import TEXT
from climbdc.recipe._contract import Contract, ContractColumn, unreadable_columns

__all__ = ["drift"]

PSI_MINOR, PSI_MAJOR = 0.1, 0.25
"""Population stability index: below .1 no shift, above .25 a large one (Siddiqi, Credit Risk Scorecards, 2006)."""
MISSING_SHIFT = 0.1
FLOOR = 1e-4


def drift(contract: Contract, frame: pd.DataFrame, absent: list[str], reserved: Sequence[str] = ()) -> dict[str, Any]:
    """A report of columns, new levels, missingness and distribution, as JSON; `reserved` columns are no features."""
    known = {column.name for column in contract.columns}
    columns = [
        _column(column, frame[column.name])
        for column in contract.columns
        if column.name in frame.columns and column.name not in reserved
    ]
    shifted = [item["column"] for item in columns if item["verdict"] != "same"]
    return {
        "rows": len(frame),
        "absent_required": absent,
        "absent_optional": [c.name for c in contract.columns if not c.required and c.name not in frame.columns],
        "unknown_columns": [str(name) for name in frame.columns if name not in known],
        "unreadable": unreadable_columns(contract, frame),
        "shifted": shifted,
        "columns": columns,
    }


def _column(column: ContractColumn, values: pd.Series) -> dict[str, Any]:
    missing = float(values.isna().mean()) if len(values) else 0.0
    index, news = 0.0, []
    problem = ""
    if column.quantiles and pd.api.types.is_numeric_dtype(values):
        index = _numeric_index(column, values)
    elif column.quantiles and values.notna().any():
        problem = f"numbers were expected, {values.dtype} came"
    elif column.levels and values.dtype == TEXT:
        shares = values.value_counts(normalize=True)
        news = sorted(str(level) for level in shares.index if str(level) not in column.levels)
        index = _stability(
            np.array(list(column.levels.values())), np.array([shares.get(level, 0.0) for level in column.levels])
        )
    moved = abs(missing - column.missing) > MISSING_SHIFT
    verdict = "large" if index > PSI_MAJOR or problem else "some" if index > PSI_MINOR or moved else "same"
    return {
        "column": column.name,
        "missing_before": column.missing,
        "missing_now": round(missing, 6),
        "stability_index": round(index, 4),
        "new_levels": news[:20] if len(column.levels) < 30 else [],
        "problem": problem,
        "verdict": verdict,
    }


def _numeric_index(column: ContractColumn, values: pd.Series) -> float:
    """PSI over the bins between the stored quantiles, against the training rows' own shares; equal edges are joined."""
    present = values.dropna().to_numpy(dtype="float64")
    if not len(present):
        return 0.0
    edges = np.array(column.quantiles)
    reached = np.array(column.reached)
    last = np.append(np.diff(edges) > 0, True)
    edges, reached = edges[last], reached[last]
    expected = np.diff(np.concatenate([[0.0], reached, [1.0]]))
    counts = np.bincount(np.searchsorted(edges, present, side="left"), minlength=len(edges) + 1)
    return _stability(expected, counts / len(present))


def _stability(expected: np.ndarray, actual: np.ndarray) -> float:
    expected, actual = np.maximum(expected, FLOOR), np.maximum(actual, FLOOR)
    return float(np.sum((actual - expected) * np.log(actual / expected)))
