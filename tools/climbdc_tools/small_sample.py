"""Too few patients or events for what is to be learnt."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Severity, inspect
from climbdc_tools.outcome import Outcome, groups, outcome

_LEVELS = 20
_SAMPLE = 20_000  # rows in which levels are counted


class SmallSampleParams(Params):
    """How many events a candidate parameter needs."""

    enough: float = Field(default=20.0, gt=0, description="Events per parameter that are comfortable.")
    least: float = Field(default=10.0, gt=0, description="Events per parameter below which results are unstable.")
    hold_out: int = Field(
        default=100, gt=0, description="Events, and others, that a test part needs to say anything (Collins 2016)."
    )
    share: float = Field(default=0.2, gt=0, lt=1, description="Share of the whole table that is held out.")


@inspect("representation/small-sample", targets=("binary", "multiclass", "numeric", "survival"))
class SmallSample(Inspection[SmallSampleParams]):
    """Counts events per candidate parameter, and says whether a hold-out can tell anything.

    Ten events per variable is the classical rule (Peduzzi et al., J Clin Epidemiol 1996;49:1373); Riley et al. (BMJ
    2020;368:m441) show that it is only a start, and give the overall-risk criterion that is computed here as well.
    """

    says: ClassVar[dict[str, str]] = {
        "events-per-variable": "There are {events} {unit} for {parameters} candidate parameters ({ratio} each); "
        "at least {least} are wanted, so choose columns by knowledge and shrink the model.",
        "hold-out": "A test part of {share} would hold about {held} of the rarer outcome, too few to judge a model "
        "({wanted} are wanted); cross-validate instead, or see its result as a rough guide.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings about the size of the table."""
        target = outcome(data)
        if target is None:
            return NotApplicable("There is no target with at least two values.")
        events, rows = _events(data, target)
        few = data.train.iloc[:: max(1, len(data.train) // _SAMPLE)]
        parameters = sum(_parameters(few[name]) for name in data.features)
        if not parameters:
            return NotApplicable("There is no feature column.")
        return self._per_variable(events, rows, parameters, target) + self._hold_out(events, target)

    def _per_variable(self, events: int, rows: int, parameters: int, target: Outcome) -> list[Finding]:
        ratio = events / parameters
        if ratio >= self.params.enough:
            return []
        severity: Severity = "info" if ratio >= self.params.least else "minor" if ratio >= 5 else "major"
        evidence: dict[str, Any] = {
            "events": events,
            "unit": "rows" if target.kind == "numeric" else "rows or patients of the rarer outcome",
            "parameters": parameters,
            "ratio": round(ratio, 1),
            "least": self.params.least,
            "rows_counted": rows,
        }
        if target.kind in {"binary", "survival"}:
            risk = events / max(rows, 1)
            # Rows for which the overall risk is known to 0.05 (Riley 2020, criterion "B1").
            evidence["rows_for_overall_risk"] = int(np.ceil((1.96 / 0.05) ** 2 * risk * (1 - risk)))
        return [Finding("events-per-variable", severity, evidence=evidence)]

    def _hold_out(self, events: int, target: Outcome) -> list[Finding]:
        # Train holds what the hold-out left.
        held = int(events * self.params.share / (1 - self.params.share))
        if held >= self.params.hold_out or target.kind == "numeric":
            return []
        evidence = {"share": f"{self.params.share:.0%}", "held": held, "wanted": self.params.hold_out}
        return [Finding("hold-out", "minor" if held < self.params.hold_out / 4 else "info", evidence=evidence)]


def _events(data: Dataset, target: Outcome) -> tuple[int, int]:
    """Patients (rows where each stands for one) of the rarest outcome, and all; all for numbers."""
    people = groups(data)
    units = np.arange(len(target.values)) if people is None else people[target.known]
    rows = len(np.unique(units))
    if target.kind == "numeric":
        return rows, rows
    if target.kind == "survival":
        return len(np.unique(units[target.values == 1])), rows
    return min(len(np.unique(units[target.values == k])) for k in np.unique(target.values)), rows


def _parameters(column: pd.Series[Any]) -> int:
    """Coefficients that a linear model would spend on a column."""
    if column.dtype.kind in "ifM":
        return int(column.nunique() > 1)
    return max(0, min(int(column.nunique()) - 1, _LEVELS))
