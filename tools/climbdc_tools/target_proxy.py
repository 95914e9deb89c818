"""Columns that are the target in another guise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import (
    Column,
    Dataset,
    Field,
    Finding,
    Inspection,
    NotApplicable,
    Params,
    Severity,
    Suggestion,
    inspect,
)
from climbdc_tools.association import FEW_ROWS, Strength, strength
from climbdc_tools.implication import Implication, implication, ties
from climbdc_tools.outcome import Outcome, groups, outcome

_SAMPLE = 50_000
_CERTAIN = 0.995
_SUSPECT = 0.9
_PREDICTION = 0.7
_EASY = 3  # more strong columns than this share what they know: each is then a predictor, not a copy
_LONG_TAIL = 0.4  # shorter pure tails are met in honest strong predictors as well
_SCALED = 0.3  # with more of the columns than this between 0 and 1, the table has been scaled


class TargetProxyParams(Params):
    """When a column is too good to be true."""

    strong: float = Field(
        default=0.97,
        ge=0.8,
        le=1.0,
        description="Strength from which one column alone is held for a leak (0.5 says nothing, 1 everything).",
    )


@dataclass(frozen=True)
class _Seen:
    """What was measured of one column."""

    column: Column
    strength: Strength
    implied: Implication | None
    prediction: bool

    @property
    def trusted(self) -> bool:
        """A measured clinical quantity, or one that the dictionary or its meaning says is known in time."""
        if self.column.sources.get("known_at") in {"file", "label", "person"}:
            return self.column.known_at in {"before", "at"}
        hint = knowledge().known_at(self.column.name, self.column.meaning)
        if hint is not None:
            return hint.known_at in {"before", "at"} and hint.strength == "strong"
        return bool(self.column.variable)


@inspect("leakage/target-proxy")
class TargetProxy(Inspection[TargetProxyParams]):
    """Finds columns that are the target itself, a function of it, or somebody's prediction of it.

    Looks at one column at a time (and at pairs that agree for one outcome only). A strong but honest predictor, such
    as age or a laboratory value, is not called a leak: by numbers alone only near-certainty counts.
    """

    says: ClassVar[dict[str, str]] = {
        "outcome": "{columns}: the two are equal in {equal} rows, and that is the outcome itself ({agreement} of each "
        "outcome told rightly); both record what happened afterwards.",
        "near-copy": "{columns} is the target in other words (strength {strength}, where 1 tells everything).",
        "function": "{columns}: this alone orders the outcomes with strength {strength} (0.5 says nothing, 1 "
        "everything); was it worked out from the outcome, or recorded after it?",
        "one-sided": "Where {columns} is {value}, the outcome is always {outcome} ({implied} rows, {exceptions} "
        "exceptions where chance would give {expected}); a value known in time seldom does that.",
        "others-predictions": "{columns} lies between 0 and 1 and follows the outcome (strength {strength}); it looks "
        "like somebody's estimate of the same outcome.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings for the feature columns."""
        total, data = len(data.train), data.sample(_SAMPLE)
        target = outcome(data)
        if target is None:
            return NotApplicable("There is no target with at least two values.")
        if len(target.values) < FEW_ROWS:
            return NotApplicable(f"There are only {len(target.values)} rows with a target.")
        extent = {"n": len(data.train), "N": total}
        people = groups(data)
        weight = 1.0 if people is None else len(np.unique(people)) / len(people)
        predictions = _predictions(data.train, data.features)
        findings = _tied(data, target, extent)
        tied = {name for finding in findings for name in finding.columns}
        for name in data.features:
            if name in tied:
                continue
            column = data.train[name]
            seen = _Seen(
                data.column(name),
                strength(column, target, people, data.seed),
                implication(column, target, weight),
                name in predictions,
            )
            finding = self._judge(name, target, seen, extent)
            findings += [finding] if finding else []
        return _together(findings)

    def _judge(self, name: str, target: Outcome, seen: _Seen, extent: dict[str, int]) -> Finding | None:
        value = seen.strength.value
        if max(2 * value - 1 if target.kind == "numeric" else 0, seen.strength.balanced) >= _CERTAIN:
            return _finding("near-copy", "critical", name, seen, extent, 0.95)
        if seen.strength.explained >= _CERTAIN:
            return _finding("function", "critical", name, seen, extent, 0.9)
        if value >= self.params.strong and not seen.trusted and target.kind != "numeric":
            return _finding("function", "major", name, seen, extent, 0.85)
        if seen.implied is not None:
            unsure = seen.trusted or (seen.implied.tail and seen.implied.share < _LONG_TAIL)
            severity: Severity = "minor" if unsure else "major"
            return _finding("one-sided", severity, name, seen, extent, 0.3 if unsure else 0.8)
        if seen.prediction and value >= _PREDICTION and not seen.trusted:
            return _finding("others-predictions", "major", name, seen, extent, 0.75)
        if value >= (self.params.strong if target.kind == "numeric" else _SUSPECT):
            return _finding("function", "minor", name, seen, extent, 0.3)
        return None


def _finding(
    kind: str, severity: Severity, name: str, seen: _Seen, extent: dict[str, int], confidence: float
) -> Finding:
    evidence: dict[str, Any] = {
        "strength": round(seen.strength.value, 4),
        "measure": seen.strength.measure,
        "rows": seen.strength.rows,
        **extent,
    }
    if kind == "one-sided" and seen.implied is not None:
        evidence |= {
            "value": seen.implied.value,
            "outcome": seen.implied.outcome,
            "implied": seen.implied.rows,
            "exceptions": seen.implied.exceptions,
            "expected": round(seen.implied.expected, 1),
            "share": round(seen.implied.share, 4),
        }
    return Finding(kind, severity, (name,), evidence=evidence, suggestions=(_drop([name], confidence),))


def _together(findings: list[Finding]) -> list[Finding]:
    """Where many columns are strong the problem is easy, not leaky: they become one question."""
    easy = [finding for finding in findings if finding.kind == "function" and finding.severity != "critical"]
    if len(easy) <= _EASY:
        return findings
    findings = [replace(one, severity="minor") if one.kind == "one-sided" else one for one in findings]
    names = [name for finding in easy for name in finding.columns]
    strongest = max(easy, key=lambda finding: float(finding.evidence["strength"]))
    one = Finding("function", "minor", tuple(names), evidence=strongest.evidence, suggestions=(_drop(names, 0.1),))
    return [*(finding for finding in findings if finding not in easy), one]


def _drop(names: list[str], confidence: float) -> Suggestion:
    return Suggestion(
        tool="drop_columns",
        params={"columns": names},
        why="A model must not see what is only known once the outcome is.",
        confidence=confidence,
        backed_by="statistics",
    )


def _tied(data: Dataset, target: Outcome, extent: dict[str, int]) -> list[Finding]:
    findings = []
    for tie in ties(data.train[data.features], target):
        names = [tie.larger, tie.smaller]
        evidence = {"equal": tie.equal, "agreement": round(tie.agreement, 4), "rows": tie.rows, **extent}
        findings.append(
            Finding("outcome", "critical", tuple(names), evidence=evidence, suggestions=(_drop(names, 0.9),))
        )
    return findings


def _predictions(frame: pd.DataFrame, names: list[str]) -> set[str]:
    """Columns whose values look like probabilities, in a table that has not been scaled to 0..1 as a whole."""
    numeric = [name for name in names if frame[name].dtype.kind == "f"]
    shaped = [name for name in numeric if _is_like_probability(frame[name])]
    return set(shaped) if len(shaped) <= max(4, _SCALED * len(numeric)) else set()


def _is_like_probability(column: pd.Series[Any]) -> bool:
    present = column.dropna()
    if len(present) < FEW_ROWS or present.nunique() < 10:
        return False
    low, high = float(present.min()), float(present.max())
    return 0 <= low <= 0.15 and 0.85 <= high <= 1 and float(present.std()) >= 0.1
