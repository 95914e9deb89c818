"""Rows whose outcome does not fit the rest of the table."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Severity, inspect
from climbdc_tools.judged_rows import judged
from climbdc_tools.label_suspects import Suspects, class_suspects, time_suspects, value_suspects
from climbdc_tools.outcome import Array, Outcome
from climbdc_tools.quick_fit import threads
from climbdc_tools.review_list import reviewed

_SHOWN = 10


class LabelNoiseParams(Params):
    """How suspect rows are looked for."""

    cap: int = Field(default=2500, ge=100, description="Rows at most; more are sampled by the seed.")
    leak: float = Field(
        default=0.95, gt=0.5, le=1.0, description="Columns that tell the target better than this are left out."
    )
    residual: float = Field(
        default=4.0, gt=0, description="For numbers: robust standard deviations from the prediction that are suspect."
    )
    chance: float = Field(
        default=0.01, gt=0, lt=0.5, description="In survival studies: chance below which a time or event is suspect."
    )


@inspect("labels/label-noise", targets=("binary", "multiclass", "numeric", "survival"), cost="slow")
class LabelNoise(Inspection[LabelNoiseParams]):
    """Ranks rows whose recorded outcome contradicts what similar rows say; a queue for review, nothing is changed.

    Confident learning (Northcutt et al., JAIR 2021;70:1373) of two learners that have to agree, and their margins
    after a second fit without the suspects; for numbers residuals of both far from the rest; in survival studies
    deviance residuals (Therneau et al., Biometrika 1990;77:147). All on rows that the learners did not learn from. A
    surprising outcome is more often a rare patient than an error.
    """

    says: ClassVar[dict[str, str]] = {
        "suspect-labels": "In {rows} of {n} rows looked at, {columns} contradicts what similar patients say "
        "({by_class}); worth a look at the records, the first {shown} first.",
        "suspect-values": "In {rows} of {n} rows looked at, {columns} lies more than {limit} robust standard "
        "deviations from what similar patients suggest.",
        "suspect-times": "In {rows} of {n} rows looked at, {columns} comes far sooner or later than similar patients "
        "suggest ({early} too soon, {late} too late; about {expected} by chance); worth a look at time and event.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """At most one finding, with the suspect rows in order of suspicion."""
        total, data = len(data.train), data.sample(self.params.cap)
        rows_judged = judged(data, self.params.leak)
        if isinstance(rows_judged, NotApplicable):
            return rows_judged
        target, folds, left_out = rows_judged.target, rows_judged.folds, rows_judged.left_out
        kind, suspects, evidence = self._suspects(data, target, folds)
        if not suspects.flagged.any():
            return []
        rows = data.train.index.to_numpy(dtype="int64")[target.known]
        order = np.argsort(-suspects.score, kind="stable")
        order = order[suspects.flagged[order]]
        share = len(order) / len(rows)
        evidence |= _by(target, suspects, order)
        evidence |= {"n": len(rows), "N": total, "left_out": left_out, "share": round(share, 4)}
        evidence |= {"first": [int(row) for row in rows[order[:_SHOWN]]]}
        evidence |= {"surprises": suspects.surprises, "expected": round(suspects.expected, 1)}
        figure = reviewed(data, target, suspects, order)
        return [
            Finding(kind, _severity(suspects, share), _named(data), rows=rows[order], evidence=evidence, figures=figure)
        ]

    def _suspects(self, data: Dataset, target: Outcome, folds: list[Any]) -> tuple[str, Suspects, dict[str, Any]]:
        if target.kind == "numeric":
            found = value_suspects(folds, target, data.seed, self.params.residual)
            return "suspect-values", found, {"limit": self.params.residual}
        if target.kind == "survival":
            return "suspect-times", time_suspects(folds, target, data.seed, self.params.chance), {}
        return "suspect-labels", class_suspects(folds, target, data.seed), {}


def _named(data: Dataset) -> tuple[str, ...]:
    return (data.roles.target or data.roles.event or "",)


def _by(target: Outcome, suspects: Suspects, order: Array) -> dict[str, Any]:
    """How many of each class, or too soon and too late."""
    if target.kind == "numeric":
        return {}
    if target.kind == "survival":
        early = int((suspects.told[order] > 0).sum())
        return {"early": early, "late": len(order) - early}
    counts = np.bincount(target.values[order], minlength=len(target.classes))
    numbers = {name: int(count) for name, count in zip(target.classes, counts, strict=True) if count}
    words = ", ".join(f"{count} recorded as {name}" for name, count in numbers.items())
    return {"by_class": words, "counts": numbers, "shown": min(_SHOWN, len(order))}


def _severity(suspects: Suspects, share: float) -> Severity:
    """Rare patients are expected; only more surprises than the models' own doubt allows for speak of errors."""
    expected = max(suspects.expected, 1.0)
    excess = suspects.surprises - expected
    if excess < 2 * expected**0.5:
        return "info"
    return "major" if excess >= expected and share >= 0.05 else "minor"
