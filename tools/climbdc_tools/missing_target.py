"""Rows whose outcome is not known."""

from __future__ import annotations

from typing import ClassVar

from climbdc.sdk import Dataset, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.vocabulary import rounded, row_numbers

__all__ = ["MissingTarget"]


@inspect("completeness/missing-target", targets=("binary", "multiclass", "numeric", "survival"), stage="rows")
class MissingTarget(Inspection[Params]):
    """Find rows without a known outcome, or without follow-up in a survival study.

    Only whether the outcome is known is looked at, never what it is. Such rows are left out of learning: an imputed
    outcome only repeats what the model that made it says (von Hippel, Sociol Methodol 2007;37:83-117).
    """

    says: ClassVar[dict[str, str]] = {
        "unknown-outcome": "The outcome ({columns}) is not known in {rows} of {total} rows ({percent} %).",
        "all-unknown": "The outcome ({columns}) is not known in any of the {total} rows, so nothing can be learnt.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding for all outcome columns together."""
        outcomes = [name for name in data.roles.outcomes if name in data.train.columns]
        if not outcomes or not len(data.train):
            return NotApplicable("There is no target, or there are no rows.")
        gaps = data.train[outcomes].isna()
        unknown = gaps.to_numpy().any(axis=1)
        if not unknown.any():
            return []
        share = float(unknown.mean())
        everything = bool(unknown.all())
        drop = Suggestion(
            tool="drop_missing_target",
            why="A row without its outcome cannot teach a model, and an invented outcome misleads it.",
            confidence=0.99,
            backed_by="rule",
        )
        evidence = {"share": rounded(share), "percent": round(100 * share, 1), "total": len(gaps)}
        return [
            Finding(
                "all-unknown" if everything else "unknown-outcome",
                "critical" if everything else "major" if share > 0.05 else "minor",
                tuple(name for name in outcomes if gaps[name].any()),
                rows=row_numbers(gaps, unknown),
                evidence=evidence,
                suggestions=() if everything else (drop,),
            )
        ]
