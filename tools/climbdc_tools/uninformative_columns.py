"""Columns that tell nothing, or nothing that another column does not tell."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.outcome import Array

_SAMPLE = 10_000
_GLANCE = 10_000  # rows that show whether a closer look is worth while
_SLACK = 0.02
_PAIRS = 30
_MOST = 600  # columns that are compared pairwise; beyond, the first so many


class UninformativeColumnsParams(Params):
    """When a column tells too little."""

    near_constant: float = Field(
        default=0.995, gt=0.5, lt=1.0, description="Share of one value from which a column is nearly constant."
    )
    collinear: float = Field(
        default=0.98, gt=0.5, le=1.0, description="Spearman's |rho| from which two columns say the same."
    )


@inspect("features/uninformative")
class UninformativeColumns(Inspection[UninformativeColumnsParams]):
    """Finds constant, nearly constant, repeated and collinear columns.

    They cost little in prediction but make models unstable and explanations misleading.
    """

    says: ClassVar[dict[str, str]] = {
        "constant": "{columns} has the same value ({value}) wherever it is filled in.",
        "near-constant": "{columns} is {value} in {share} of the rows; only {others} rows differ.",
        "duplicate-column": "{columns} repeats {other} value by value.",
        "collinear": "{columns} moves with {other} (Spearman's rho {rho}); the latter is at least as complete.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings for feature columns."""
        if len(data.train) < 2 or not data.features:
            return NotApplicable("There are too few rows or no feature columns.")
        findings, left = [], []
        for name in data.features:
            found = self._alone(name, data.train[name])
            if found is not None:
                findings.append(found)
            if found is None or found.kind == "near-constant":
                left.append(name)
        repeated = _repeated(data.train[left])
        for name, other in repeated.items():
            findings.append(_finding("duplicate-column", name, {"other": other}, 0.9))
        numeric = [name for name in left if name not in repeated and data.train[name].dtype.kind in "if"]
        return findings + self._collinear(data, numeric[:_MOST])

    def _alone(self, name: str, column: pd.Series[Any]) -> Finding | None:
        few = _spread(column).dropna()
        if len(few) and float(few.value_counts(normalize=True).iloc[0]) < self.params.near_constant - _SLACK:
            return None
        filled = int(column.count())
        if filled < 2:
            return None
        counts = column.value_counts()
        value, often = str(counts.index[0]), int(counts.iloc[0])
        if len(counts) == 1:
            whole = filled == len(column)
            # One value and gaps is often a tick in a box: the gap then means "no".
            return _finding("constant", name, {"value": value, "filled": filled}, 0.95 if whole else 0.2)
        if often / filled < self.params.near_constant:
            return None
        evidence = {"value": value, "share": f"{often / filled:.2%}", "others": filled - often}
        return _finding("near-constant", name, evidence, 0.3)

    def _collinear(self, data: Dataset, names: list[str]) -> list[Finding]:
        frame = data.sample(_SAMPLE).train[names]
        if len(names) < 2 or len(frame) < _PAIRS:
            return []
        rho = _spearman(frame)
        gone: set[str] = set()
        findings = []
        for i, j in np.argwhere(np.triu(np.abs(rho) > self.params.collinear, 1)):
            left, right = names[i], names[j]
            if left in gone or right in gone:
                continue
            kept, dropped = (left, right) if data.train[left].count() >= data.train[right].count() else (right, left)
            gone.add(dropped)
            evidence = {"other": kept, "rho": round(float(rho[i, j]), 4), "n": len(frame), "N": len(data.train)}
            findings.append(_finding("collinear", dropped, evidence, 0.4))
        return findings


def _finding(kind: str, name: str, evidence: dict[str, Any], confidence: float) -> Finding:
    suggestion = Suggestion(
        tool="drop_columns",
        params={"columns": [name]},
        why="It tells a model nothing new.",
        confidence=confidence,
        backed_by="statistics",
    )
    return Finding(kind, "minor" if confidence >= 0.9 else "info", (name,), None, evidence, (suggestion,))


def _repeated(frame: pd.DataFrame) -> dict[str, str]:
    """Column -> the earlier column whose values it repeats, gaps included."""
    seen: dict[tuple[str, int], list[str]] = {}
    found = {}
    for name in frame.columns:
        column = frame[name]
        column = _spread(column.astype("float64") if column.dtype.kind in "if" else column)
        key = (column.dtype.kind, int(pd.util.hash_pandas_object(column, index=False).sum()))
        for earlier in seen.get(key, []):
            if bool(((frame[earlier] == frame[name]) | (frame[earlier].isna() & frame[name].isna())).all()):
                found[str(name)] = earlier
                break
        else:
            seen.setdefault(key, []).append(str(name))
    return found


def _spread(column: pd.Series[Any]) -> pd.Series[Any]:
    """At most 20,000 cells, evenly spaced."""
    return column.iloc[:: max(1, len(column) // _GLANCE)]


def _spearman(frame: pd.DataFrame) -> Array:
    """Correlation of ranks over the rows where both are filled in; 0 where they are too few."""
    ranks = frame.rank().to_numpy(dtype="float64")
    filled = (~np.isnan(ranks)).astype("float64")
    ranks = np.nan_to_num(ranks / len(frame) - 0.5) * filled
    rows = filled.T @ filled
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (ranks.T @ filled) / rows
        square = ((ranks**2).T @ filled) / rows - mean**2
        rho = ((ranks.T @ ranks) / rows - mean * mean.T) / np.sqrt(square * square.T)
    rho[~np.isfinite(rho) | (rows < _PAIRS) | (np.minimum(square, square.T) < 1e-12)] = 0.0
    return np.asarray(np.clip(rho, -1.0, 1.0))
