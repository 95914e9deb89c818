"""Columns that name or number rows, and tables sorted by the outcome."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Severity, Suggestion, inspect
from climbdc_tools.association import FEW_ROWS, auc
from climbdc_tools.outcome import Array, Outcome, groups, outcome

_EXACT = 0.999
_SORTED = 0.8
_ROWS = 10
_MANY = 50
_GLANCE = 10_000  # rows that show whether a closer look is worth while


class FindIdentifiersParams(Params):
    """What counts as naming each row."""

    unique: float = Field(
        default=0.99,
        gt=0.5,
        le=1.0,
        description="Share of distinct values among those present from which a column may name rows.",
    )


@inspect("leakage/identifiers")
class FindIdentifiers(Inspection[FindIdentifiersParams]):
    """Finds ids, row numbers and codes that name each row, and files whose row order tells the outcome.

    A number of the row predicts the outcome wherever the file was sorted or merged by it; an id does so through
    hospital or year of recruitment. Measurements that happen to be unique are left alone.
    """

    says: ClassVar[dict[str, str]] = {
        "identifier": "{columns} names rows rather than describing patients ({distinct} distinct values in {filled} "
        "rows; {because}).",
        "row-number": "{columns} only counts the rows of the file.",
        "file-order": "The order of the rows in the file tells the outcome (strength {strength}, {runs} runs where "
        "chance would give {expected}); anything that follows the order leaks it.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings for all columns but the outcome, and for the order of the rows."""
        if len(data.train) < _ROWS:
            return NotApplicable(f"There are only {len(data.train)} rows.")
        findings = []
        roles = data.roles
        spared = {*roles.outcomes, roles.visit_time, roles.group, roles.site, *roles.ignored}
        for name in data.train.columns:
            if name not in spared:
                found = self._judge(name, data)
                findings += [found] if found else []
        numbers = [name for finding in findings if finding.kind == "row-number" for name in finding.columns]
        return findings + _order(data, numbers)

    def _judge(self, name: str, data: Dataset) -> Finding | None:
        column = data.train[name]
        known = self._known(name, data)
        few = column.iloc[:: max(1, len(column) // _GLANCE)].dropna()
        if not known and few.nunique() <= 0.5 * len(few):
            return None
        present = column.dropna()
        evidence = {"distinct": int(present.nunique()), "filled": len(present), "total": len(column)}
        if known:
            kept = name == data.roles.patient
            return _finding("identifier", name, {**evidence, "because": known}, kept, 0.9)
        if len(present) < _ROWS or column.dtype.kind == "M":
            return None
        if _counts_rows(column):
            return _finding("row-number", name, evidence, False, 0.95)
        because = self._names_rows(name, data.column(name).meaning, present, evidence["distinct"])
        return _finding("identifier", name, {**evidence, "because": because}, False, 0.85) if because else None

    def _known(self, name: str, data: Dataset) -> str:
        """Why it is known to be an id beforehand, or nothing."""
        if name == data.roles.patient:
            return "it was given as the patient's id"
        if name in data.roles.identifiers:
            return data.roles.reasons.get(name, "it was given as an id")
        column = data.column(name)
        said = column.sources.get("type") in {"file", "person"}
        return "the dictionary says so" if said and column.type == "identifier" else ""

    def _names_rows(self, name: str, meaning: str, present: pd.Series[Any], distinct: int) -> str:
        """Why a column names its rows, or nothing; uniqueness alone is not enough."""
        roles = {hint.role for hint in knowledge().role_hints(name, meaning)}
        named = bool(roles & {"patient", "row"})
        if distinct < self.params.unique * len(present) and not ("patient" in roles and distinct > 0.5 * len(present)):
            return ""
        if present.dtype.kind in "if":
            whole = bool((present == present.round()).all()) and bool((present >= 0).all())
            if whole and named:
                return "whole numbers, nearly all different, under such a name"
            if whole and len(present) >= _MANY and bool((np.diff(present.to_numpy()) > 0).all()):
                return "whole numbers that rise with every row"
            if whole and _same_width(present):
                return "long whole numbers of one width, all different"
            return ""
        return "codes of one form, nearly all different" if _is_code(present, named) else ""


def _counts_rows(column: pd.Series[Any]) -> bool:
    """Whether whole numbers run straight with the raw row number."""
    if column.dtype.kind not in "if" or column.isna().any():
        return False
    values, rows = column.to_numpy(dtype="float64"), column.index.to_numpy(dtype="float64")
    if len(np.unique(values)) < len(values) or (values != np.round(values)).any() or np.ptp(rows) == 0:
        return False
    steps = values - rows
    return bool(np.mean(steps == np.median(steps)) >= _EXACT)


def _same_width(present: pd.Series[Any]) -> bool:
    """Six digits or more, the same number in all: a register's number rather than a measurement."""
    smallest, largest = int(present.min()), int(present.max())
    return len(str(smallest)) == len(str(largest)) >= 6 and present.is_unique


def _is_code(present: pd.Series[Any], named: bool) -> bool:
    text = present.sample(min(len(present), 2000), random_state=0).astype(str)
    if float(text.str.contains(r"\s").mean()) > 0.1 or float(text.str.len().max()) > 64:
        return named and float(text.str.len().mean()) <= 64
    digits = float(text.str.contains(r"\d").mean())
    return digits > 0.9 or named


def _finding(kind: str, name: str, evidence: dict[str, Any], kept: bool, confidence: float) -> Finding:
    severity: Severity = "info" if kept else "major"
    suggestion = Suggestion(
        tool="drop_columns",
        params={"columns": [name]},
        why="It names rows; a model would learn the file instead of the patients.",
        confidence=confidence,
        backed_by="rule",
    )
    return Finding(kind, severity, (name,), evidence=evidence, suggestions=() if kept else (suggestion,))


def _order(data: Dataset, numbers: list[str]) -> list[Finding]:
    """Whether the order of the rows tells the outcome: area under the curve, and a runs test."""
    target = outcome(data)
    if target is None or len(target.values) < FEW_ROWS:
        return []
    labels = _labels(data, target)
    if len(labels) < FEW_ROWS or labels.min() == labels.max():
        return []
    area = auc(np.arange(len(labels), dtype="float64"), labels)
    strength = max(area, 1 - area)
    runs, expected, score = _runs(labels)
    if score > -4 or (strength < 0.6 and runs > 0.8 * expected):
        return []
    severity: Severity = "major" if strength >= _SORTED or runs < 0.2 * expected else "minor"
    evidence = {
        "strength": round(strength, 4),
        "runs": runs,
        "expected": round(expected, 1),
        "z": round(score, 2),
        "follows": numbers,
        "n": len(labels),
        "N": len(data.train),
    }
    return [Finding("file-order", severity, evidence=evidence)]


def _labels(data: Dataset, target: Outcome) -> Array:
    """The outcome as two halves in file order, one row a patient."""
    order = np.argsort(data.train.index.to_numpy()[target.known], kind="stable")
    values = target.values[order]
    people = groups(data)
    if people is not None:
        _, first = np.unique(people[target.known][order], return_index=True)
        values = values[np.sort(first)]
    if target.kind in {"binary", "survival"}:
        return values.astype(bool)
    if target.kind == "multiclass":
        return np.asarray(values == np.bincount(values).argmax())
    return np.asarray(values > np.median(values))


def _runs(labels: Array) -> tuple[int, float, float]:
    """Runs, what chance would give, and the score of Wald and Wolfowitz (Ann Math Stat 1940;11:147)."""
    ones, rows = int(labels.sum()), len(labels)
    both = 2.0 * ones * (rows - ones)
    runs = 1 + int((labels[1:] != labels[:-1]).sum())
    expected = both / rows + 1
    variance = both * (both - rows) / (rows**2 * (rows - 1.0))
    return runs, expected, (runs - expected) / math.sqrt(variance) if variance > 0 else 0.0
