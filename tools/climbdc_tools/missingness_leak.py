"""Columns whose gaps tell the outcome."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Severity, Suggestion, inspect
from climbdc_tools.association import FEW_ROWS
from climbdc_tools.outcome import Array, Outcome, groups, outcome
from climbdc_tools.scores import Interval, delong

_SAMPLE = 100_000
_FEW_GAPS = 20
_Z95 = 1.96


class MissingnessLeakParams(Params):
    """From when on gaps are held for a leak."""

    leak: float = Field(
        default=0.65,
        ge=0.5,
        le=1.0,
        description="Strength (area under the ROC curve, 0.5 says nothing) of the gaps alone that makes a leak.",
    )
    mild: float = Field(default=0.6, ge=0.5, le=1.0, description="Strength from which it is mentioned.")
    error_rate: float = Field(default=0.01, gt=0, lt=1, description="False discovery rate over all columns.")


class _Gap(NamedTuple):
    name: str
    area: Interval
    probability: float
    share: float
    which: str


@inspect("leakage/missingness-leak", targets=("binary", "multiclass", "numeric", "survival"))
class MissingnessLeak(Inspection[MissingnessLeakParams]):
    """Finds columns where it is the gap itself that tells the outcome.

    Whether a value could be recorded may depend on what happened later: a patient who died was not interviewed.
    An indicator for the gap, or a value put in its place, would leak just the same.
    """

    says: ClassVar[dict[str, str]] = {
        "missingness": "Whether {columns} is missing ({share} of rows) tells the outcome with strength {strength} "
        "(95 % interval {low} to {high}; 0.5 says nothing): who could be measured depends on what happened.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings for feature columns with gaps."""
        total, data = len(data.train), data.sample(_SAMPLE)
        target = outcome(data)
        if target is None or len(target.values) < FEW_ROWS:
            return NotApplicable("There are too few rows with a known target.")
        people = groups(data)
        gaps = []
        for name in data.features:
            missing = data.train[name].isna().to_numpy()[target.known]
            if min(int(missing.sum()), int((~missing).sum())) >= _FEW_GAPS:
                gaps.append(_measure(name, missing, target, people))
        if not gaps:
            return NotApplicable("No column has enough gaps to compare the rows with and without them.")
        extent = {"n": len(data.train), "N": total}
        return [finding for gap in self._unlikely(gaps) if (finding := self._judge(gap, extent))]

    def _unlikely(self, gaps: list[_Gap]) -> list[_Gap]:
        """Those that chance would hardly give, after Benjamini and Hochberg (JRSS B 1995;57:289)."""
        from scipy.stats import false_discovery_control

        adjusted = false_discovery_control([gap.probability for gap in gaps])
        return [gap for gap, value in zip(gaps, adjusted, strict=True) if value < self.params.error_rate]

    def _judge(self, gap: _Gap, extent: dict[str, int]) -> Finding | None:
        if gap.area.value < self.params.mild:
            return None
        leak = gap.area.value >= self.params.leak and gap.area.low > 0.5 + (self.params.leak - 0.5) / 2
        severity: Severity = "major" if leak else "minor"
        evidence: dict[str, Any] = {
            "strength": round(gap.area.value, 4),
            "low": round(gap.area.low, 4),
            "high": round(gap.area.high, 4),
            "share": f"{gap.share:.0%}",
            "outcome": gap.which,
            **extent,
        }
        suggestion = Suggestion(
            tool="drop_columns",
            params={"columns": [gap.name]},
            why="An imputed value or an indicator of the gap would tell the outcome just the same.",
            confidence=0.8 if leak else 0.2,
            backed_by="statistics",
        )
        return Finding("missingness", severity, (gap.name,), evidence=evidence, suggestions=(suggestion,))


def _measure(name: str, missing: Array, target: Outcome, people: Array | None) -> _Gap:
    """The area, averaged over classes by their size, with an interval widened for patients with several rows."""
    inflation = 1.0
    if people is not None:
        inflation = float(np.sqrt(len(people) / len(np.unique(people))))
    contrasts = _contrasts(missing, target)
    areas = [delong(scores, labels) for scores, labels, _, _ in contrasts]
    value = sum(weight * max(area.value, 1 - area.value) for area, (*_, weight) in zip(areas, contrasts, strict=True))
    largest = max(range(len(areas)), key=lambda k: contrasts[k][3])
    half = (areas[largest].high - areas[largest].low) / 2 * inflation
    best = max(range(len(areas)), key=lambda k: abs(areas[k].value - 0.5))
    widened = Interval(value, max(value - half, 0.0), min(value + half, 1.0))
    return _Gap(name, widened, _probability(value, half), float(missing.mean()), contrasts[best][2])


def _contrasts(missing: Array, target: Outcome) -> list[tuple[Array, Array, str, float]]:
    """Scores, labels, name and weight of what is compared: with several classes each against the others."""
    gap = missing.astype("float64")
    if target.kind == "numeric":
        return [(target.values, missing, "the value", 1.0)]
    if target.kind != "multiclass":
        return [(gap, target.values, target.classes[-1], 1.0)]
    shares = np.bincount(target.values, minlength=len(target.classes)) / len(target.values)
    return [(gap, target.values == k, target.classes[k], float(shares[k])) for k in np.flatnonzero(shares)]


def _probability(value: float, half: float) -> float:
    """Two-sided, of an area at least this far from 0.5."""
    from scipy.stats import norm

    return float(2 * norm.sf((value - 0.5) / (half / _Z95))) if half > 0 else 0.0
