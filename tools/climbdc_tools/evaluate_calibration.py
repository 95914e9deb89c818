"""Whether predicted risks can be taken at their word."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np

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
from climbdc_tools.calibrated_groups import Group, groups_of
from climbdc_tools.calibration import Predicted, calibration_curve, recalibrated, smooth_gap
from climbdc_tools.predicted_rows import PredictedRows, predicted_rows
from climbdc_tools.quick_fit import MODELS, threads
from climbdc_tools.scores import Interval, interval

_MOST_CLASSES: Final = 5
_MOST_FIGURES: Final = 4
_GAP: Final = 0.05  # of risks: a gap that nobody would act on is smaller
_SLOPE: Final = 0.2
_Z_TEN: Final = 2.807  # ten groups, 5 % in all (Bonferroni)


class EvaluateCalibrationParams(Params):
    """What is predicted, and how it is divided."""

    cap: int = Field(default=5000, ge=100, description="Rows at most; more are sampled by the seed, whole patients.")
    folds: int = Field(default=5, ge=2, le=20, description="Folds of the cross-validation.")
    groups: int = Field(default=10, ge=2, le=20, description="Groups of risk in the curve; fewer in small tables.")
    columns: list[str] = Field(
        default=[],
        description="Columns by which patients are grouped; what is recognised as sex, age or ethnicity when empty.",
        json_schema_extra={"holds": "columns"},
    )


@evaluate(
    "evaluation/calibration-and-uncertainty", targets=("binary", "multiclass", "numeric", "survival"), sealed=True
)
class EvaluateCalibration(Evaluation[EvaluateCalibrationParams]):
    """Compares what models predict with what happened, in rows they have not seen, overall and by group of patients."""

    says: ClassVar[dict[str, str]] = {
        "calibrated": "Predicted risks of {target} are close to what happened ({model}; {n} of {N} rows, each "
        "predicted unseen; calibration slope {slope}, {slope_low} to {slope_high}, where 1 is right). The widest gap: "
        "where it says {said}, it happened in {seen} (95 % interval {seen_low} to {seen_high}).",
        "off": "Predicted risks of {target} are not to be taken at their word ({model}; {n} of {N} rows, each "
        "predicted unseen): where it says {said}, it happened in {seen} (95 % interval {seen_low} to {seen_high}). "
        "{advice}",
        "numbers-calibrated": "Predicted values of {target} are close to what was measured ({model}; {n} of {N} rows, "
        "each predicted unseen); calibration slope {slope}, {slope_low} to {slope_high}, where 1 is right.",
        "numbers-off": "Predicted values of {target} are off ({model}; {n} of {N} rows, each predicted unseen): the "
        "calibration slope is {slope} ({slope_low} to {slope_high}), where 1 is right. {advice}",
        "groups-alike": "In no group by {columns} do predictions of {target} miss by more than chance ({tests} groups "
        "compared).",
        "groups-apart": "Predictions of {target} miss in some groups: for {columns} {value} ({count} rows) they say "
        "{said}, and {seen} was seen (95 % interval {seen_low} to {seen_high}).",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """Brier score, slope, intercept and integrated calibration index of each model, and of each class of several.

        The detail of the first metric of each holds its curve and its groups of patients.
        """
        kind = data.roles.kind
        wanted = MODELS.get(kind, ())
        rows = predicted_rows(data, treat, wanted, cap=self.params.cap, folds=self.params.folds)
        metrics: list[Metric] = []
        for model in rows.told:
            for name, seen in _cases(rows, model):
                if len(seen.truth) and (kind == "numeric" or seen.truth.any()):
                    metrics += self._metrics(data, rows, f"{model}{name}", name.removeprefix(": "), seen)
        return metrics or NotApplicable("No outcome was seen among the rows that can be examined.")

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        """The better model's gaps in words, the curves of all, and the groups of patients."""
        told = [metric for metric in metrics if metric.detail]
        best = _told_of(told, metrics)
        shown = [best, *(metric for metric in told if metric is not best)][:_MOST_FIGURES]
        figures = tuple(_curve(metric) for metric in shown)
        return [self._finding(best, metrics, figures), *_groups_finding(best)]

    def _metrics(self, data: Dataset, rows: PredictedRows, model: str, label: str, seen: Predicted) -> list[Metric]:
        curve = calibration_curve(seen, self.params.groups)
        named = {"mse" if seen.kind == "number" else "brier": _squared(seen), **recalibrated(seen)}
        if seen.kind != "survival" and np.ptp(seen.truth) > 0:
            named["ici"] = smooth_gap(seen, data.seed)
        groups = groups_of(data, self.params.columns, rows.truth.index, seen)
        detail = {
            "kind": seen.kind, "outcome": f"{data.roles.target or data.roles.event} {label}".strip(),
            "curve": curve.as_data(), "total": rows.seen.total, "horizon": rows.horizon,
            "groups": [group._asdict() for group in groups],
        }  # fmt: skip
        return [
            Metric(
                name=name, model=model, value=round(value.value, 6), low=round(value.low, 6), high=round(value.high, 6),
                rows=len(seen.truth), folds=rows.seen.folds,
                better="higher" if name == "calibration_slope" else "lower", detail={} if turn else detail,
            )
            for turn, (name, value) in enumerate(named.items())
        ]  # fmt: skip

    def _finding(self, best: Metric, metrics: list[Metric], figures: tuple[Figure, ...]) -> Finding:
        detail = best.detail
        slope = next((m for m in metrics if m.model == best.model and m.name == "calibration_slope"), None)
        curve = detail["curve"]
        gaps = np.abs(np.array(curve["observed"]) - np.array(curve["predicted"]))
        worst = int(gaps.argmax())
        wide = _Z_TEN / 1.959963984540054
        beyond = (gaps > _GAP) & (gaps > wide * np.array(_halves(curve)))
        number = detail["kind"] == "number"
        off = slope is not None and (slope.low > 1 or slope.high < 1) and abs(slope.value - 1) >= _SLOPE
        wrong = off or (not number and bool(beyond.any()))
        worst = int(np.where(beyond, gaps, -1).argmax()) if beyond.any() and not number else worst
        severity: Severity = "minor" if wrong else "info"
        evidence = {
            "target": detail["outcome"], "model": _model(best), "n": best.rows, "N": detail["total"],
            "advice": _advice(slope) if wrong else "", "count": curve["counts"][worst], **_slope(slope),
            **_said(curve["predicted"][worst], (curve["observed"][worst], curve["low"][worst], curve["high"][worst]),
                    number=number),
        }  # fmt: skip
        kind = ("numbers-" if number else "") + ("off" if wrong else "calibrated")
        return Finding(kind, severity, evidence=evidence, figures=figures)


def _cases(rows: PredictedRows, model: str) -> list[tuple[str, Predicted]]:
    """What a model said, as one case, or one for each of the commonest classes; with what is added to its name."""
    told, truth = rows.told[model], rows.truth
    kind = rows.seen.target.kind
    first = Predicted("risk", told["p0"].to_numpy(), truth["y0"].to_numpy(), rows.clusters)
    if kind == "survival":
        event, time = truth["y1"].to_numpy(), truth["y0"].to_numpy()
        return [("", first._replace(kind="survival", truth=event, time=time, horizon=rows.horizon))]
    if kind != "multiclass":
        return [("", first if kind == "binary" else first._replace(kind="number"))]
    values = truth["y0"].to_numpy().astype("int64")
    sizes = np.bincount(values, minlength=len(rows.seen.target.classes))
    common = sorted(np.argsort(-sizes, kind="stable")[:_MOST_CLASSES])
    return [
        (f": {rows.seen.target.classes[k]}",
         first._replace(told=told[f"p{k}"].to_numpy(), truth=(values == k).astype("float64")))
        for k in common
    ]  # fmt: skip


def _squared(seen: Predicted) -> Interval:
    """The mean squared distance; with time, among those whose state at the horizon is known."""
    truth = seen.truth.astype("float64")
    known = np.ones(len(truth), dtype=bool)
    if seen.time is not None:
        known = (seen.time > seen.horizon) | (truth == 1)
        truth = truth * (seen.time <= seen.horizon)
    each = (seen.told[known] - truth[known]) ** 2
    clusters = None if seen.clusters is None else np.unique(seen.clusters[known], return_inverse=True)[1]
    return interval(float(each.mean()), (each - each.mean()) / len(each), clusters, 0.0, float("inf"))


def _halves(curve: dict[str, list[float]]) -> list[float]:
    """From what was seen to the end of its interval on the side of the prediction."""
    sides = zip(curve["predicted"], curve["observed"], curve["low"], curve["high"], strict=True)
    return [high - seen if told > seen else seen - low for told, seen, low, high in sides]


def _advice(slope: Metric | None) -> str:
    if slope is None or slope.low <= 1 <= slope.high:
        return ""
    if slope.value < 1:
        return "They are too extreme: high ones too high, low ones too low."
    return "They are too cautious: high ones too low, low ones too high."


def _slope(slope: Metric | None) -> dict[str, float | str]:
    """The slope with its interval; dashes where it cannot be told."""
    told = ("–",) * 3 if slope is None else tuple(round(each, 2) for each in (slope.value, slope.low, slope.high))
    return dict(zip(("slope", "slope_low", "slope_high"), told, strict=True))


def _said(told: float, seen: tuple[float, float, float] | Interval, *, number: bool) -> dict[str, str]:
    """What was told and what was seen, as a person writes it."""
    each = zip(("said", "seen", "seen_low", "seen_high"), (told, *seen), strict=True)
    return {name: f"{value:.4g}" if number else f"{100 * value:.0f} %" for name, value in each}


def _told_of(told: list[Metric], metrics: list[Metric]) -> Metric:
    """The case that is put in words: of the model nearest to what happened, the class that is furthest from it."""
    models = sorted({_model(metric) for metric in told})
    best = min(models, key=lambda model: sum(metric.value for metric in told if _model(metric) == model))
    gaps = {metric.model: metric.value for metric in metrics if metric.name == "ici"}
    return max((m for m in told if _model(m) == best), key=lambda metric: gaps.get(metric.model, 0.0))


def _model(metric: Metric) -> str:
    return metric.model.split(":")[0]


def _curve(metric: Metric) -> Figure:
    until = f" until {metric.detail['horizon']:g}" if metric.detail["kind"] == "survival" else ""
    title = f"Predicted and observed {metric.detail['outcome']}{until}, {_model(metric)}"
    return Figure(kind="calibration", title=title, data=metric.detail["curve"])


def _groups_finding(best: Metric) -> list[Finding]:
    """The table of groups, and the group that misses most."""
    groups = [Group(**told) for told in best.detail["groups"]]
    if not groups:
        return []
    number = best.detail["kind"] == "number"
    rows = []
    for group in groups:
        said = _said(group.told, Interval(group.seen, group.low, group.high), number=number)
        span = f"{said['seen_low']} to {said['seen_high']}"
        rows.append([f"{group.column}: {group.value}", group.size, said["said"], said["seen"], span])
    head = ["group", "rows", "predicted", "observed", "95 % interval"]
    table = Figure(kind="table", title="Predicted and observed by group", data={"columns": head, "rows": rows})
    columns = tuple(dict.fromkeys(group.column for group in groups))
    apart = [group for group in groups if group.apart]
    evidence: dict[str, Any] = {"target": best.detail["outcome"], "tests": len(groups)}
    if not apart:
        return [Finding("groups-alike", "info", columns, evidence=evidence, figures=(table,))]
    worst = max(apart, key=lambda group: abs(group.told - group.seen))
    said = _said(worst.told, Interval(worst.seen, worst.low, worst.high), number=number)
    evidence |= {"value": worst.value, "count": worst.size, **said}
    return [Finding("groups-apart", "minor", (worst.column,), evidence=evidence, figures=(table,))]
