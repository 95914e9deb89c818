"""Whether any other learner does better than the plainest one."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

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
    Treat,
    evaluate,
)
from climbdc_tools.learners import LEARNERS, Learner
from climbdc_tools.nested import CHOSEN, Nested, affordable, nested
from climbdc_tools.outcome import Array, groups
from climbdc_tools.paired import compare
from climbdc_tools.quick_fit import threads
from climbdc_tools.scores import interval, scores

_TRIVIAL: Final = 0.01  # of an area, R2 or concordance: less is no reason for a model that is harder to read


class CompareModelsParams(Params):
    """What is compared, and how much of it is affordable."""

    learners: list[Literal["logistic", "ridge", "elastic net", "boosting", "forest", "cox", "weibull"]] = Field(
        default=[], description="Which learners; empty for all that understand the target."
    )
    folds: int = Field(default=5, ge=2, le=20, description="Outer folds, on which scores are measured.")
    fits: int = Field(default=120, ge=5, description="Models fitted at most; settings, then learners are left out.")
    cap: int = Field(
        default=1200,
        ge=100,
        description="Rows at most, half as many in survival studies; more are sampled.",
    )


@evaluate(
    ("evaluation/baseline", "representation/mixture", "representation/ordering"),
    targets=("binary", "multiclass", "numeric", "survival"),
)
class CompareModels(Evaluation[CompareModelsParams]):
    """Compares linear models, boosting, forests or survival models by nested cross-validation on the same rows.

    Settings are chosen within each outer fold, the recipe is refitted there, and scores come from rows that had no
    part in either. The score of picking the best is measured as well, since the best of several looks too good.
    """

    says: ClassVar[dict[str, str]] = {
        "no-better": "None of {features} other learners does reliably better than {model} ({metric} {value}, {low} to "
        "{high}; {n} of {N} rows). The furthest ahead, {other}: {change}. Picking the best inside gives {honest}.",
        "better": "{other} does better than {model} by {change} ({metric} {value} of {model}, {low} to {high}; {n} of "
        "{N} rows). Picking the best inside, as one would, gives {honest}.",
        "alone": "Only {model} could be tried: {metric} {value}, {low} to {high}; {n} of {N} rows.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """All scores of each learner over pooled out-of-fold predictions, and of picking the best inside."""
        if data.test is not None:
            return NotApplicable("The sealed rows are not for choosing among models.")
        wanted = [one for one in LEARNERS.get(data.roles.kind, ()) if self._named(one)]
        learners = affordable(wanted, self.params.folds, self.params.fits)
        if not learners:
            return NotApplicable(f"No learner named understands a {data.roles.kind} target within the fits allowed.")
        cap = self.params.cap if data.roles.kind != "survival" else max(self.params.cap // 2, 100)
        try:
            done = nested(data, treat, learners, cap, self.params.folds)
        except NotApplicable as reason:
            return reason
        codes = groups(data)
        people = None if codes is None else pd.Series(codes, index=data.train.index)
        first = _predictions(done, learners[0].name, people)
        metrics: list[Metric] = []
        for name in done.predicted:
            own = _predictions(done, name, people)
            change = _change(first, own, done.seen.folds, len(learners) - 1)
            detail = {"total": done.seen.total, "fits": done.fits, "wins": done.wins.get(name), **change}
            metrics += _metrics(name, own, done, detail)
        return metrics

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        """Whether another learner does reliably better than the plainest, and what picking the best is worth."""
        told = [metric for metric in metrics if metric.detail]
        first, *others = [metric for metric in told if metric.model != CHOSEN]
        honest = next(metric for metric in told if metric.model == CHOSEN)
        evidence: dict[str, Any] = {
            "model": first.model, "metric": first.name, "features": len(others), "value": round(first.value, 3),
            "low": round(first.low, 3), "high": round(first.high, 3), "n": first.rows, "N": first.detail["total"],
            "fits": first.detail["fits"], "honest": round(honest.value, 3),
        }  # fmt: skip
        figures = (_bars(told), _table(metrics))
        if not others:
            return [Finding("alone", "info", evidence=evidence, figures=figures)]
        best = max(others, key=lambda metric: metric.detail["change"][0])
        change, low, high = best.detail["change"]
        better = low > 0 and change >= _TRIVIAL
        evidence |= {"other": best.model, "change": f"{change:+.3f} ({low:+.3f} to {high:+.3f})"}
        return [Finding("better" if better else "no-better", "info", evidence=evidence, figures=figures)]

    def _named(self, learner: Learner) -> bool:
        return not self.params.learners or learner.name in self.params.learners


def _predictions(done: Nested, name: str, people: pd.Series[Any] | None) -> dict[str, Any]:
    """In the form that `paired.compare` takes."""
    told, kind = done.predicted[name], done.seen.target.kind
    detail: dict[str, Any] = {
        "kind": kind,
        "rows": told.index.to_numpy(),
        "y": done.truth["y0"].to_numpy(),
        "p": told.to_numpy() if kind == "multiclass" else told.to_numpy()[:, -1],
    }
    if kind == "survival":
        detail["event"] = done.truth["y1"].to_numpy()
    if people is not None:
        detail["clusters"] = np.asarray(pd.factorize(people.reindex(told.index).to_numpy())[0])
    return detail


def _change(first: dict[str, Any], other: dict[str, Any], folds: int, compared: int) -> dict[str, Any]:
    """How much the first measure is ahead of the plainest learner's, with the interval for several comparisons.

    Folds share most of the rows they learn from, which an interval over rows does not know of: it is widened by the
    factor of Nadeau and Bengio (Machine Learning 2003;52:239), and by Bonferroni's for so many comparisons.
    """
    from scipy.stats import norm

    found = compare(first, other)
    if not found or other is first:
        return {"change": [0.0, 0.0, 0.0]}
    one = found[0]
    wider = float(np.sqrt(1 + folds / (folds - 1)) * norm.ppf(1 - 0.025 / max(compared, 1)) / norm.ppf(0.975))
    below, above = (one.change - one.low) * wider, (one.high - one.change) * wider
    return {"change": [round(x, 6) for x in (one.change, one.change - below, one.change + above)]}


def _metrics(name: str, own: dict[str, Any], done: Nested, detail: dict[str, Any]) -> list[Metric]:
    clusters: Array | None = own.get("clusters")
    metrics: list[Metric] = []
    for score in scores(own["kind"], _typed(own), own["p"], own.get("event")):
        value, low, high = interval(score.value, score.influence, clusters, score.least, score.most)
        metric = Metric(
            name=score.name, model=name, value=round(value, 6), low=round(low, 6), high=round(high, 6),
            rows=len(own["rows"]), folds=done.seen.folds, better=score.better, detail={} if metrics else detail,
        )  # fmt: skip
        metrics.append(metric)
    return metrics


def _typed(own: dict[str, Any]) -> Array:
    return np.asarray(own["y"].astype("int64") if own["kind"] in {"binary", "multiclass"} else own["y"])


def _bars(told: list[Metric]) -> Figure:
    data = {
        "labels": [metric.model for metric in told], "values": [metric.value for metric in told],
        "low": [metric.low for metric in told], "high": [metric.high for metric in told],
    }  # fmt: skip
    return Figure(kind="bars", title=f"{told[0].name} of each learner, on rows it has not seen", data=data)


def _table(metrics: list[Metric]) -> Figure:
    names = list(dict.fromkeys(metric.name for metric in metrics))
    rows: list[list[Any]] = []
    for model in dict.fromkeys(metric.model for metric in metrics):
        own = {metric.name: metric for metric in metrics if metric.model == model}
        wins = own[names[0]].detail["wins"]
        cells = [f"{own[name].value:.3f} ({own[name].low:.3f} to {own[name].high:.3f})" for name in names]
        rows.append([model, *cells, "" if wins is None else wins])
    return Figure(
        kind="table", title="All measures", data={"columns": ["learner", *names, "best inside"], "rows": rows}
    )
