"""Outcomes that are much rarer than others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, Severity, inspect
from climbdc_tools.outcome import outcome


class ClassImbalanceParams(Params):
    """When an outcome is called rare."""

    rare: float = Field(default=0.2, gt=0, lt=0.5, description="Share of the rarest outcome below which it is told.")
    very_rare: float = Field(default=0.05, gt=0, lt=0.5, description="Share below which it distorts results.")


@inspect("labels/imbalance", targets=("binary", "multiclass", "survival"))
class ClassImbalance(Inspection[ClassImbalanceParams]):
    """Tells how unevenly the outcomes are spread.

    Accuracy means little then, and resampling is not suggested: it spoils the calibration of risks without bettering
    discrimination (van den Goorbergh et al., JAMIA 2022;29:1525).
    """

    says: ClassVar[dict[str, str]] = {
        "imbalance": "The outcome {rarest} ({columns}) is rare: {count} of {n} rows ({percent} %), {ratio} times fewer "
        "than {commonest}; judge models by discrimination and calibration, not by accuracy.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """At most one finding."""
        target = outcome(data)
        if target is None:
            return NotApplicable("There is no target with at least two values.")
        if target.kind == "numeric":
            return NotApplicable("The target is a number, so there are no classes.")
        counts = np.bincount(target.values, minlength=len(target.classes))
        rarest, commonest = int(counts.argmin()), int(counts.argmax())
        share = float(counts[rarest] / counts.sum())
        if share >= self.params.rare or (len(counts) > 2 and share >= self.params.rare * 2 / len(counts)):
            return []
        severity: Severity = "info" if share >= self.params.very_rare else "minor" if share >= 0.01 else "major"
        evidence = {
            "rarest": target.classes[rarest],
            "commonest": target.classes[commonest],
            "count": int(counts[rarest]),
            "n": int(counts.sum()),
            "percent": round(100 * share, 2),
            "ratio": round(float(counts[commonest] / max(counts[rarest], 1)), 1),
            "counts": {name: int(count) for name, count in zip(target.classes, counts, strict=True)},
        }
        bars = {"labels": list(target.classes), "values": [int(count) for count in counts]}
        name = data.roles.target or data.roles.event or ""
        figure = Figure(kind="bars", title=f"Rows for each value of {name}", data=bars)
        return [Finding("imbalance", severity, (name,), evidence=evidence, figures=(figure,))]
