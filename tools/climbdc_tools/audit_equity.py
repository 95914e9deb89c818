"""Whether the cleaning fell more heavily on some groups of patients."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from climbdc.sdk import (
    Dataset,
    Evaluation,
    Field,
    Figure,
    Finding,
    Metric,
    NotApplicable,
    Params,
    Severity,
    Treat,
    evaluate,
)
from climbdc_tools.group_gaps import GroupGap, group_gaps
from climbdc_tools.handling import MEASURES, handled
from climbdc_tools.label_noise import LabelNoise
from climbdc_tools.outcome import groups
from climbdc_tools.patient_groups import NOT_KNOWN, group_columns, labelled

_TITLES: Final = {"lost": "Lost", "filled": "Cells filled", "changed": "Cells changed", "questioned": "Questioned"}
_TRIVIAL: Final = {"lost": 0.01, "filled": 0.02, "changed": 0.01, "questioned": 0.01}  # gaps nobody would act on
_LARGE: Final = {"lost": 0.05, "filled": 0.1, "changed": 0.05, "questioned": 0.05}
_FOUR_FIFTHS: Final = 0.8


class AuditEquityParams(Params):
    """Which groups are looked at, and how surely they have to differ."""

    columns: list[str] = Field(
        default=[],
        description="Columns by which patients are grouped; what is recognised as sex, age or ethnicity when empty.",
        json_schema_extra={"holds": "columns"},
    )
    least: int = Field(default=20, ge=5, description="Groups of fewer patients are neither compared nor shown.")
    chance: float = Field(
        default=0.05, gt=0, lt=0.5, description="Share of false alarms among all differences that are told."
    )
    cap: int = Field(default=20_000, ge=100, description="Rows at most; more are sampled by the seed.")


@evaluate(("evaluation/equity-of-cleaning", "representation/weak-subgroups", "representation/row-value"))
class AuditEquity(Evaluation[AuditEquityParams]):
    """Counts by sex, age and ethnicity who is lost, who has cells filled or changed, and whose outcome is questioned.

    Rows as they were before the treatment are compared with what the whole recipe makes of them. `data.extra["raw"]`,
    where it is given, is the table before the steps that come before the split.
    """

    says: ClassVar[dict[str, str]] = {
        "alike": "No group by {columns} lost more patients, had more cells filled or changed or more outcomes "
        "questioned than the others ({tests} comparisons, {n} patients).",
        "lost": "Of the patients with {columns} {value}, the cleaning lost {share}; of the others {share_others}.",
        "filled": "Of the cells of patients with {columns} {value}, {share} were filled with estimates; of those of "
        "the others {share_others}.",
        "changed": "Of the cells of patients with {columns} {value}, {share} were changed; of those of the others "
        "{share_others}.",
        "questioned": "The outcome is held doubtful in {share} of the patients with {columns} {value}; in the others "
        "in {share_others}.",
    }

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """For each grouping and measure, the widest gap between a group and the others; all groups in the detail."""
        raw = data.extra.get("raw", data.train)
        whole = replace(data, train=raw).sample(self.params.cap)
        names = group_columns(whole, self.params.columns)
        if not names:
            return NotApplicable("No column tells sex, age or ethnicity; name others in `columns`.")
        if len(whole.train) < 2 * self.params.least:
            return NotApplicable(f"{len(whole.train)} rows are too few to compare groups.")
        learnt = data.train.loc[data.train.index.isin(whole.train.index)]
        after = treat(learnt, learnt.iloc[:1])[0]
        people = groups(whole)
        table = handled(whole.train, after, _cells(whole, names), people, _questioned(replace(data, train=after)))
        metrics: list[Metric] = []
        for name in names:
            told = labelled(whole.train[name], data, name).loc[table["row"]]
            metrics += self._gaps(name, table, told, len(raw))
        return metrics or NotApplicable(f"No two groups have {self.params.least} patients each.")

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        """A finding for each measure in which a group differs, or one that says that none does; always with counts."""
        gaps = [(metric, GroupGap(**gap)) for metric in metrics for gap in metric.detail["gaps"]]
        adjusted = _adjusted([gap.p for _, gap in gaps])
        n = {"n": metrics[0].rows, "N": metrics[0].detail["of"], "tests": len(gaps)}
        found: dict[tuple[str, str], Finding] = {}
        for (metric, gap), p in sorted(zip(gaps, adjusted, strict=True), key=lambda item: -abs(item[0][1].gap)):
            place = metric.name.removesuffix("_gap"), metric.model
            if p <= self.params.chance and abs(gap.gap) >= _TRIVIAL[place[0]] and place not in found:
                found[place] = _finding(place[0], metric, gap, p, n)
        if found:
            return list(found.values())
        columns = tuple(dict.fromkeys(metric.model for metric in metrics))
        return [Finding("alike", "info", columns, evidence=n, figures=tuple(_tables(metrics)))]

    def _gaps(self, name: str, table: pd.DataFrame, told: pd.Series[Any], of: int) -> list[Metric]:
        metrics: list[Metric] = []
        for measure in MEASURES:
            if measure not in table.columns:
                continue
            gaps = group_gaps(table[measure], told, self.params.least, whole=measure in {"lost", "questioned"})
            if gaps:
                widest = max(gaps, key=lambda gap: abs(gap.gap))
                detail = {"gaps": [_rounded(gap) for gap in gaps], "groups": self._groups(table, told), "of": of}
                metrics.append(
                    Metric(
                        name=f"{measure}_gap",
                        model=name,
                        value=round(widest.gap, 6),
                        low=round(widest.low, 6),
                        high=round(widest.high, 6),
                        rows=len(table),
                        folds=1,
                        better="lower",
                        detail=detail,
                    )
                )
        return metrics

    def _groups(self, table: pd.DataFrame, told: pd.Series[Any]) -> list[dict[str, Any]]:
        """Patients of each group that is large enough to be shown, and the mean of each measure."""
        measures = [name for name in MEASURES if name in table.columns]
        labels = told.to_numpy()
        shown: list[dict[str, Any]] = []
        for group in sorted(set(labels)):
            part = table[labels == group]
            if len(part) >= self.params.least:
                means = {name: _known(float(part[name].mean())) for name in measures}
                shown.append({"group": group, "patients": len(part), **means})
        return shown


def _cells(data: Dataset, named: list[str]) -> list[str]:
    return list(dict.fromkeys([*data.features, *named]))


def _questioned(data: Dataset) -> set[int] | None:
    """Rows whose outcome the screen for wrong outcomes holds doubtful; None where it does not apply."""
    if data.roles.kind in {"none", "survival"}:
        return None
    found = LabelNoise({}).look(data)
    if isinstance(found, NotApplicable):
        return None
    return {int(row) for finding in found if finding.rows is not None for row in finding.rows}


def _adjusted(chances: list[float]) -> list[float]:
    """Benjamini and Hochberg's (JRSS B 1995;57:289) over every comparison that was made."""
    from scipy.stats import false_discovery_control

    return [float(p) for p in np.atleast_1d(false_discovery_control(chances))]


def _finding(measure: str, metric: Metric, gap: GroupGap, p: float, n: dict[str, Any]) -> Finding:
    evidence = {
        "value": gap.group,
        "count": gap.count,
        "share": f"{gap.share:.1%}",
        "share_others": f"{gap.others:.1%}",
        "gap": round(gap.gap, 4),
        "low": round(gap.low, 4),
        "high": round(gap.high, 4),
        "p_adjusted": round(p, 4) if p >= 0.0001 else "below 0.0001",
        **n,
    }
    severity = _severity(measure, gap)
    return Finding(measure, severity, (metric.model,), evidence=evidence, figures=tuple(_tables([metric])))


def _severity(measure: str, gap: GroupGap) -> Severity:
    """Major where a group keeps less than four fifths of what the others keep (29 CFR 1607.4 D), as a custom."""
    if measure == "lost":
        kept, others = sorted((1 - gap.share, 1 - gap.others))
        if kept < _FOUR_FIFTHS * others:
            return "major"
    if measure == "filled" and gap.group == NOT_KNOWN:
        return "info"  # gaps come together: who has one in the grouping has them elsewhere
    return "minor" if abs(gap.gap) >= _LARGE[measure] else "info"


def _tables(metrics: list[Metric]) -> list[Figure]:
    figures = []
    for name, groups_ in {metric.model: metric.detail["groups"] for metric in metrics}.items():
        measures = [measure for measure in MEASURES if measure in groups_[0]] if groups_ else []
        rows = [
            [item["group"], item["patients"], *("" if item[m] is None else f"{item[m]:.1%}" for m in measures)]
            for item in groups_
        ]
        columns = [name, "Patients", *(_TITLES[measure] for measure in measures)]
        figures.append(
            Figure(kind="table", title=f"What the cleaning did, by {name}", data={"columns": columns, "rows": rows})
        )
    return figures


def _rounded(gap: GroupGap) -> dict[str, Any]:
    return {key: round(value, 8) if isinstance(value, float) else value for key, value in asdict(gap).items()}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
