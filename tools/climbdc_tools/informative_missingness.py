"""Whether what is missing says something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.gap_association import GapAssociation, adjusted, gap_associations
from climbdc_tools.little_test import LittleTest, little_test
from climbdc_tools.vocabulary import rounded

__all__ = ["InformativeMissingness", "InformativeMissingnessParams"]


class InformativeMissingnessParams(Params):
    """When gaps count as informative."""

    auc: float = Field(
        0.6, gt=0.5, lt=1, description="Least area under the ROC curve between a gap and another column."
    )
    p: float = Field(0.01, gt=0, lt=1, description="Largest p-value after adjustment for the number of tests.")
    rows: int = Field(100_000, ge=100, description="Rows tested; more are sampled.")
    little_rows: int = Field(2_000, ge=50, description="Rows for Little's test; more are sampled.")
    little_columns: int = Field(10, ge=2, description="Columns for Little's test, those with most gaps first.")


@inspect("completeness/informative-missingness")
class InformativeMissingness(Inspection[InformativeMissingnessParams]):
    """Test whether values are missing at random, or whom they are missing for.

    Little's test (J Am Stat Assoc 1988;83:1198-1202) looks at all numeric columns together; then the gaps of each
    column are tested against every other column, and apart from that against the target. With many rows everything is
    significant, so an effect is asked for as well: an area under the ROC curve of 0.6.
    """

    says: ClassVar[dict[str, str]] = {
        "not-at-random": "Values are not missing completely at random (Little's test on {n} of {N} rows, "
        "p = {p}): rows with gaps differ from the others.",
        "depends-on-others": "Whether {columns} is missing depends on {with_columns} (AUC up to {auc}; missing in "
        "{percent} % of rows).",
        "depends-on-target": "Whether {columns} is missing goes with the outcome (AUC {auc}; missing in {percent} % "
        "of rows); make sure that it was known at the moment of prediction.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """At most one finding for the table, and up to two a column with gaps."""
        some = data.sample(self.params.rows)
        missing = some.train[data.features].isna().sum()
        gaps = [str(name) for name, count in missing.items() if 20 <= count <= len(some.train) - 20]
        if not gaps:
            return NotApplicable("No column has enough gaps, and enough values, to compare.")
        others = self._associations(some, gaps, data.features)
        target = data.roles.event or data.roles.target
        outcome = self._associations(some, gaps, [target] if target in data.train.columns and target else [])
        with_target = {pair.gap for pair in outcome}
        found = self._not_at_random(data)
        for gap in gaps:
            share = rounded(some.train[gap].isna().mean())
            size = {"share": share, "percent": round(100 * share, 1), "n": len(some.train), "N": len(data.train)}
            if near := sorted((p for p in others if p.gap == gap), key=lambda p: (-p.auc, p.other)):
                found.append(_on_others(gap, near, size, leaky=gap in with_target))
            found += [_on_target(pair, size) for pair in outcome if pair.gap == gap]
        return found

    def _associations(self, data: Dataset, gaps: Sequence[str], others: Sequence[str]) -> list[GapAssociation]:
        pairs = adjusted(gap_associations(data.train, gaps, others))
        return [pair for pair in pairs if pair.auc >= self.params.auc and pair.p <= self.params.p]

    def _not_at_random(self, data: Dataset) -> list[Finding]:
        some = data.sample(self.params.little_rows).train
        numeric = some[data.features].select_dtypes("number")
        gaps = numeric.isna().mean().sort_values(ascending=False, kind="stable")
        spread = [str(name) for name in gaps.index if gaps[name] < 0.8 and numeric[name].nunique() > 2]
        chosen = spread[: self.params.little_columns]
        if len(chosen) < 2 or not gaps[chosen].any():
            return []
        try:
            test = little_test(numeric[chosen].to_numpy(dtype="float64"))
        except np.linalg.LinAlgError:  # columns that are functions of each other
            test = None
        return [_little(test, chosen, len(some), len(data.train))] if test and test.p <= self.params.p else []


def _little(test: LittleTest, columns: list[str], rows: int, total: int) -> Finding:
    evidence = {
        "statistic": rounded(test.statistic),
        "freedom": test.freedom,
        "p": "below 0.0001" if test.p < 0.0001 else rounded(test.p),
        "patterns": test.patterns,
        "tested": columns,
        "n": rows,
        "N": total,
    }
    return Finding("not-at-random", "info", evidence=evidence)


def _on_others(gap: str, near: list[GapAssociation], size: dict[str, float], *, leaky: bool) -> Finding:
    strongest = [{"column": pair.other, "auc": rounded(pair.auc), "p": rounded(pair.p)} for pair in near[:5]]
    step = Suggestion(
        tool="impute",
        params={"columns": [gap], "indicators": [gap]},
        why="Filling the gaps hides whom they were in; an indicator keeps it.",
        confidence=0.6,
        backed_by="statistics",
    )
    names = ", ".join(pair.other for pair in near[:3])
    evidence = {"auc": rounded(near[0].auc), "with_columns": names, "with": strongest, **size}
    return Finding("depends-on-others", "minor", (gap,), evidence=evidence, suggestions=() if leaky else (step,))


def _on_target(pair: GapAssociation, size: dict[str, float]) -> Finding:
    step = Suggestion(
        tool="impute",
        params={"columns": [pair.gap], "indicators": [pair.gap]},
        why="Use it only if it was known at the moment of prediction whether the value would be recorded.",
        confidence=0.3,
        backed_by="statistics",
    )
    evidence = {"auc": rounded(pair.auc), "p_adjusted": rounded(pair.p), "target": pair.other, **size}
    return Finding(
        "depends-on-target",
        "major" if pair.auc >= 0.7 else "minor",
        (pair.gap,),
        evidence=evidence,
        suggestions=(step,),
    )
