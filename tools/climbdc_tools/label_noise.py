"""Rows whose outcome does not fit the rest of the table."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Severity, inspect
from climbdc_tools.association import strength
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, Outcome, groups, outcome
from climbdc_tools.quick_fit import predict

_FOLDS = 5
_FEWEST = 50
_FEWEST_OF_A_CLASS = 10
_SHOWN = 10
_UNLIKELY = 0.1


class LabelNoiseParams(Params):
    """How suspect rows are looked for."""

    cap: int = Field(default=5000, ge=100, description="Rows at most; more are sampled by the seed.")
    leak: float = Field(
        default=0.95, gt=0.5, le=1.0, description="Columns that tell the target better than this are left out."
    )
    residual: float = Field(
        default=4.0, gt=0, description="For numbers: robust standard deviations from the prediction that are suspect."
    )


@inspect("labels/label-noise", targets=("binary", "multiclass", "numeric"), cost="slow")
class LabelNoise(Inspection[LabelNoiseParams]):
    """Ranks rows whose recorded outcome contradicts what similar rows say; a queue for review, nothing is changed.

    Confident learning (Northcutt et al., JAIR 2021;70:1373) on out-of-fold probabilities of a logistic model; for
    numbers, residuals far from the rest. A surprising outcome is more often a rare patient than an error.
    """

    says: ClassVar[dict[str, str]] = {
        "suspect-labels": "In {rows} of {n} rows looked at, {columns} contradicts what similar patients say "
        "({by_class}); worth a look at the records, the first {shown} first.",
        "suspect-values": "In {rows} of {n} rows looked at, {columns} lies more than {limit} robust standard "
        "deviations from what similar patients suggest.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """At most one finding, with the suspect rows in order of suspicion."""
        total, data = len(data.train), data.sample(self.params.cap)
        target = outcome(data)
        if target is None or target.kind == "survival":
            return NotApplicable("There is no target that a label could be wrong in.")
        rows = data.train.index.to_numpy(dtype="int64")[target.known]
        if len(rows) < _FEWEST or _smallest_class(target) < _FEWEST_OF_A_CLASS:
            return NotApplicable("There are too few rows, or too few of an outcome, to tell errors from rarities.")
        people = groups(data)
        columns, left_out = self._usable(data, target, people)
        if not columns:
            return NotApplicable("There is no column to judge the outcome by.")
        told = _out_of_fold(data.train[target.known], columns, target, people, data.seed)
        extent = {"n": len(rows), "N": total, "left_out": left_out}
        found = self._numeric(rows, target, told) if target.kind == "numeric" else self._labels(rows, target, told)
        return [_finding(data, *found, extent)] if found is not None else []

    def _usable(self, data: Dataset, target: Outcome, people: Array | None) -> tuple[list[str], list[str]]:
        """Feature columns, without those that give the outcome away: they would excuse every error."""
        columns: list[str] = []
        left_out: list[str] = []
        for name in data.features:
            told = strength(data.train[name], target, people, data.seed).value
            (left_out if told > self.params.leak else columns).append(name)
        return columns, left_out

    def _labels(self, rows: Array, target: Outcome, told: Array) -> tuple[str, Array, dict[str, Any]] | None:
        from cleanlab.filter import find_label_issues

        told = np.column_stack([1 - told, told]) if told.ndim == 1 else told
        order = find_label_issues(
            labels=target.values.astype("int64"),
            pred_probs=told,
            return_indices_ranked_by="self_confidence",
            filter_by="both",
            n_jobs=1,
        )
        unlikely = told < _UNLIKELY
        given = unlikely[np.arange(len(told)), target.values]
        order = order[given[order]]
        if not len(order):
            return None
        counts = np.bincount(target.values[order], minlength=len(target.classes))
        numbers = {name: int(count) for name, count in zip(target.classes, counts, strict=True) if count}
        words = ", ".join(f"{count} recorded as {name}" for name, count in numbers.items())
        evidence = {"by_class": words, "counts": numbers, "shown": min(_SHOWN, len(order))}
        evidence |= {"surprises": int(given.sum()), "expected": round(float(told[unlikely].sum()), 1)}
        return "suspect-labels", rows[order], evidence

    def _numeric(self, rows: Array, target: Outcome, told: Array) -> tuple[str, Array, dict[str, Any]] | None:
        residual = target.values - told
        residual -= np.median(residual)
        scale = 1.4826 * float(np.median(np.abs(residual)))
        if scale <= 0:
            return None
        score = np.abs(residual) / scale
        order = np.argsort(-score, kind="stable")
        order = order[score[order] > self.params.residual]
        evidence = {"limit": self.params.residual, "scale": round(scale, 4)}
        return ("suspect-values", rows[order], evidence) if len(order) else None


def _finding(data: Dataset, kind: str, rows: Array, evidence: dict[str, Any], extent: dict[str, Any]) -> Finding:
    name = data.roles.target or data.roles.event or ""
    share = len(rows) / extent["n"]
    # Rare patients are expected; only more surprises than the model's own doubt allows for speak of errors.
    expected = max(float(evidence.get("expected", len(rows))), 1.0)
    excess = evidence.get("surprises", len(rows)) - expected
    severity: Severity = "info" if excess < 2 * expected**0.5 else "minor" if excess < expected else "major"
    severity = "minor" if severity == "major" and share < 0.05 else severity
    evidence = {**evidence, **extent, "share": round(share, 4), "first": [int(row) for row in rows[:_SHOWN]]}
    return Finding(kind, severity, (name,), rows=rows, evidence=evidence)


def _smallest_class(target: Outcome) -> int:
    return len(target.values) if target.kind == "numeric" else int(np.bincount(target.values).min())


def _out_of_fold(frame: pd.DataFrame, columns: list[str], target: Outcome, people: Array | None, seed: int) -> Array:
    """What a linear model says of each row after learning from the others."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    numeric = target.kind == "numeric"
    classes = 0 if numeric else len(target.classes)
    if people is None:
        split = (KFold if numeric else StratifiedKFold)(_FOLDS, shuffle=True, random_state=seed).split(
            frame, target.values
        )
    else:
        kind = GroupKFold if numeric else StratifiedGroupKFold
        split = kind(_FOLDS, shuffle=True, random_state=seed).split(frame, target.values, people[target.known])
    told = np.zeros((len(frame), classes)) if classes > 2 else np.zeros(len(frame))
    for learn, held in split:
        left, right, _ = matrices(frame.iloc[learn], frame.iloc[held], columns)
        told[held] = predict("ridge" if numeric else "logistic", left, target.values[learn], right, classes, seed)
    return told
