"""Rows, patients or groups on both sides of the split."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Severity, Suggestion, inspect
from climbdc_tools.outcome import Array


class SplitOverlapParams(Params):
    """What is compared between train and test."""

    few_columns: int = Field(
        default=3, ge=1, description="With fewer feature columns than this equal rows say nothing and are not counted."
    )


@inspect("leakage/split-overlap", audit=True)
class SplitOverlap(Inspection[SplitOverlapParams]):
    """Finds what stands in train and in test: the same rows, the same patients, the same groups.

    A model that has met the patient, or the very row, is examined on what it was taught.
    """

    says: ClassVar[dict[str, str]] = {
        "rows": "Train and test share {rows} rows ({share} of train; inside train {within} repeat another row).",
        "patients": "{shared} patients ({columns}) are in train and in test; {rows} rows of train are theirs.",
        "groups": "{shared} groups ({columns}) are in train and in test; {rows} rows of train are theirs.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings about the two sides of the split."""
        if data.audit is None:
            return NotApplicable("There is no test part to compare with.")
        if data.audit.empty or data.train.empty:
            return NotApplicable("One side of the split has no rows.")
        findings = self._rows(data, data.audit)
        for kind, name in (("patients", data.roles.patient), ("groups", data.roles.group)):
            if name in data.train.columns and name in data.audit.columns:
                findings += _shared(kind, str(name), data.train, data.audit)
        return findings

    def _rows(self, data: Dataset, audit: pd.DataFrame) -> list[Finding]:
        names = [name for name in data.features if name in audit.columns]
        if len(names) < self.params.few_columns:
            return []
        here, there = _hashes(data.train[names]), _hashes(audit[names])
        filled = data.train[names].notna().sum(axis=1).to_numpy() >= self.params.few_columns
        both = np.isin(here, there) & filled
        if not both.any():
            return []
        share = float(both.mean())
        within = float(pd.Series(here[filled]).duplicated(keep=False).mean())
        chance = within > 0.5  # so few distinct rows that meeting one again is no surprise
        severity: Severity = "minor" if chance else "major" if share < 0.1 else "critical"
        evidence = {"share": f"{share:.1%}", "within": f"{within:.1%}", "compared": len(names)}
        suggestion = Suggestion(
            tool="drop_duplicates",
            why="A row that is also in test must not be learnt from.",
            confidence=0.3 if chance else 0.6,
            backed_by="rule",
        )
        return [Finding("rows", severity, rows=_raw(data.train, both), evidence=evidence, suggestions=(suggestion,))]


def _hashes(frame: pd.DataFrame) -> Array:
    """One number a row; whole numbers and the same numbers with a point are alike."""
    same = frame.astype({name: "float64" for name in frame.columns if frame[name].dtype.kind in "if"})
    return np.asarray(pd.util.hash_pandas_object(same, index=False))


def _raw(frame: pd.DataFrame, mask: Array) -> np.ndarray[Any, np.dtype[np.int64]]:
    return frame.index.to_numpy(dtype="int64")[mask]


def _shared(kind: str, name: str, train: pd.DataFrame, audit: pd.DataFrame) -> list[Finding]:
    known = audit[name].dropna().unique()
    both = train[name].isin(known).to_numpy(dtype=bool)
    if not both.any():
        return []
    suggestion = Suggestion(
        tool="split_data",
        params={"by": "patient" if kind == "patients" else "group", "column": name},
        why="All rows of one patient or group belong on one side.",
        confidence=0.95,
        backed_by="rule",
    )
    evidence = {"shared": int(train.loc[both, name].nunique())}
    severity: Severity = "critical" if kind == "patients" else "minor"
    return [Finding(kind, severity, (name,), rows=_raw(train, both), evidence=evidence, suggestions=(suggestion,))]
