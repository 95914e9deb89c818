"""How sure each prediction is, and whether that is true."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    Severity,
    Treat,
    evaluate,
)
from climbdc_tools.conformal import intervals, promise_broken, sets
from climbdc_tools.folds import capped, most_folds, splits, with_truth
from climbdc_tools.group_gaps import wilson
from climbdc_tools.learners import LEARNERS, told
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, Outcome, groups, outcome
from climbdc_tools.patient_groups import group_columns, labelled
from climbdc_tools.quick_fit import threads
from climbdc_tools.scores import interval

_PARTS: Final = 5  # one part calibrates, one is looked at, the rest is learnt from
_FEWEST: Final = 100
_CHANCE: Final = 0.01


class PredictWithUncertaintyParams(Params):
    """What is predicted by, and what is promised."""

    model: Literal["plain", "boosting", "forest"] = Field(
        default="boosting", description="Logistic or ridge regression (plain), gradient boosting, or a random forest."
    )
    confidence: float = Field(default=0.9, ge=0.5, le=0.99, description="Share of patients in whom the truth is held.")
    columns: list[str] = Field(
        default=[],
        description="Columns by which patients are grouped; what is recognised as sex, age or ethnicity when empty.",
        json_schema_extra={"holds": "columns"},
    )
    least: int = Field(default=30, ge=10, description="Groups of fewer patients are not looked at.")
    cap: int = Field(default=5000, ge=100, description="Rows at most; more are sampled by the seed, whole patients.")


@dataclass(frozen=True)
class _Looked:
    """What was held for the rows that are looked at: hits, sizes of sets or widths of intervals, and the truth."""

    rows: pd.DataFrame
    truth: Array
    hits: Array
    sizes: Array
    calibrated: Array
    """Truth of the rows that calibrated."""


@evaluate(
    "evaluation/calibration-and-uncertainty", targets=("binary", "multiclass", "numeric", "survival"), sealed=True
)
class PredictWithUncertainty(Evaluation[PredictWithUncertaintyParams]):
    """Gives each patient the outcomes or the range that cannot be ruled out, and checks how often that holds.

    Split conformal prediction. A model learns from one part, a second part calibrates, and coverage is measured on a
    third, or on the sealed rows. No row has two of these parts, and no patient either.
    """

    says: ClassVar[dict[str, str]] = {
        "held": "Sets made to hold {outcome} in {wanted} of patients held it in {share} of {n} who had no part in "
        "making them; in {single} the set is one outcome alone, in the others the model cannot tell.{advice}",
        "not-held": "Sets made to hold {outcome} in {wanted} of patients held it in {share} only, of {n} who had no "
        "part in making them: these patients are unlike those the sets were made on.",
        "range-held": "Ranges made to hold {outcome} in {wanted} of patients held it in {share} of {n} who had no part "
        "in making them; they span {width:g} on average.",
        "range-not-held": "Ranges made to hold {outcome} in {wanted} of patients held it in {share} only, of {n} who "
        "had no part in making them: these patients are unlike those the ranges were made on.",
        "group-not-held": "For patients with {columns} {value}, what was made to hold {outcome} in {wanted} held it in "
        "{share} ({count} patients): how sure predictions are is overstated for them.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """Coverage overall and of each outcome, and how wide sets or ranges are; groups in the first detail."""
        target = outcome(data)
        if target is None:
            return NotApplicable("There is no target with at least two values.")
        if target.kind == "survival":
            return NotApplicable(
                "Ranges for times are not offered: how long patients lived who were still alive when last seen is not "
                "known, so nobody can check them. A lower bound needs the time until which each patient was to be "
                "followed, with or without an event (Candes et al., JRSS B 2023;85:24)."
            )
        parts = _parts(data, target, treat, self.params.cap)
        if isinstance(parts, NotApplicable):
            return parts
        looked = self._looked(data, target, *parts)
        if not len(looked.rows):
            return NotApplicable("None of the rows to look at has a known target after the treatment.")
        return self._metrics(data, target, looked, int(target.known.sum()))

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        """Whether the promise is kept, and for which groups it is not."""
        first, second = metrics[0], metrics[1]
        number = second.name == "width"
        groups_ = first.detail["groups"]
        broken = first.detail["p"] < _CHANCE
        kind = ("range-" if number else "") + ("not-held" if broken else "held")
        shared = {"outcome": str(data.roles.target), "wanted": _percent(self.params.confidence), "model": first.model}
        evidence: dict[str, Any] = {
            **shared, "share": _percent(first.value), "low": round(first.low, 4), "high": round(first.high, 4),
            "n": first.rows, "N": first.detail["total"],
            "advice": _too_rare(first.detail["rare"], self.params.confidence),
        }  # fmt: skip
        evidence |= {"width": float(f"{second.value:.4g}")} if number else {"single": _percent(first.detail["single"])}
        severity: Severity = "minor" if broken else "info"
        found = [Finding(kind, severity, evidence=evidence, figures=_figures(metrics, self.params.confidence))]
        missed = [group for group in groups_ if group["p"] * len(groups_) < _CHANCE]
        for group in [] if broken else missed[:3]:
            told = {**shared, "value": group["value"], "count": group["count"], "share": _percent(group["share"])}
            found.append(Finding("group-not-held", "minor", (group["column"],), evidence=told))
        return found

    def _looked(self, data: Dataset, target: Outcome, *parts: pd.DataFrame) -> _Looked:
        learn, calibrate, look = (with_truth(data, target, part) for part in parts)
        classes = len(target.classes) if target.kind != "numeric" else 0
        names = data.roles.features([str(name) for name in learn[0].columns])
        names = [name for name in names if name in calibrate[0].columns and name in look[0].columns]
        learner = next(one for one in LEARNERS[target.kind] if self.params.model in {"plain", one.name})
        others = pd.concat([calibrate[0][names], look[0][names]])
        left, right, _ = matrices(learn[0], others, names, gaps=learner.gaps)
        truth = learn[1][:, 0].astype("int64" if classes else "float64")
        said = told(learner.name, learner.settings[0], left, truth, right, classes, data.seed)
        inside, outside = said[: len(calibrate[0])], said[len(calibrate[0]) :]
        known, wanted = calibrate[1][:, 0], look[1][:, 0]
        if classes:
            held = sets(inside, known.astype("int64"), outside, self.params.confidence)
            hits = held[np.arange(len(wanted)), wanted.astype("int64")]
            return _Looked(look[0], wanted, hits, held.sum(axis=1), known)
        ranges = intervals(inside[:, 0], known, outside[:, 0], self.params.confidence)
        hits = (ranges[:, 0] <= wanted) & (wanted <= ranges[:, 1])
        return _Looked(look[0], wanted, hits, ranges[:, 1] - ranges[:, 0], known)

    def _metrics(self, data: Dataset, target: Outcome, looked: _Looked, total: int) -> list[Metric]:
        number = target.kind == "numeric"
        chance = promise_broken(
            int(looked.hits.sum()), len(looked.hits), len(looked.calibrated), self.params.confidence
        )
        detail = {
            "total": total, "single": round(float((looked.sizes == 1).mean()), 6), "groups": self._groups(data, looked),
            "p": chance,
        }  # fmt: skip
        counts: Array = (
            np.zeros(0) if number else np.bincount(looked.calibrated.astype("int64"), minlength=len(target.classes))
        )
        detail["rare"] = [name for name, count in zip(target.classes, counts, strict=False) if count < self._needed()]
        model = self.params.model
        metrics = [
            _share("coverage", model, looked.hits, detail),
            _width("width" if number else "set_size", model, looked),
        ]
        for k, name in enumerate(() if number else target.classes):
            rows = looked.truth == k
            if rows.any():
                metrics.append(_share("coverage", f"{model}: {name}", looked.hits[rows], {}))
        return metrics

    def _needed(self) -> int:
        """Rows of an outcome below which it cannot be ruled out for anybody: the least chance there is, 1/(n+1)."""
        return int(np.ceil(1 / (1 - self.params.confidence) - 1e-9)) - 1

    def _groups(self, data: Dataset, looked: _Looked) -> list[dict[str, Any]]:
        """Coverage in each group that is large enough, with the chance of so little if the promise holds."""
        from scipy.stats import binom

        source = data.train if data.test is None else data.test
        table = replace(data, train=source, test=None)
        found = []
        for column in group_columns(table, self.params.columns):
            values = labelled(source[column], table, column).loc[looked.rows.index].to_numpy()
            for value in sorted(set(values)):
                hits = looked.hits[values == value]
                if len(hits) >= self.params.least:
                    low, high = wilson(int(hits.sum()), len(hits))
                    p = float(binom.cdf(int(hits.sum()), len(hits), self.params.confidence))
                    numbers = {"share": hits.mean(), "low": low, "high": high, "p": p}
                    told_ = {key: round(float(number), 6) for key, number in numbers.items()}
                    found.append({"column": column, "value": value, "count": len(hits), **told_})
        return found


def _parts(
    data: Dataset, target: Outcome, treat: Treat, cap: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | NotApplicable:
    """Treated rows to learn from, to calibrate and to look at; one row a patient in the last two."""
    rows, kept, people = capped(data, target, cap)
    if len(rows) < _FEWEST or most_folds(kept, people) < _PARTS:
        return NotApplicable(f"{len(rows)} rows are too few to learn from, calibrate on and look at different ones.")
    dealt = [held for _, held in splits(kept, people, _PARTS, data.seed)]
    frame = data.train.loc[rows]
    calibrate, look = (_one_each(held, people, data.seed) for held in dealt[:2])
    if data.test is not None:
        learn = np.sort(np.concatenate(dealt[1:]))
        codes = groups(replace(data, train=data.test))
        return (
            frame.iloc[learn],
            frame.iloc[calibrate],
            data.test.iloc[_one_each(np.arange(len(data.test)), codes, data.seed)],
        )
    learn = np.sort(np.concatenate(dealt[2:]))
    treated, others = treat(frame.iloc[learn], frame.iloc[np.concatenate([calibrate, look])])
    inside = others.index.isin(frame.index[calibrate])
    return treated, others[inside], others[~inside]


def _one_each(places: Array, people: Array | None, seed: int) -> Array:
    """One row of each patient, drawn by the seed: only patients are exchangeable."""
    if people is None:
        return places
    mixed = np.random.default_rng(seed).permutation(places)
    return np.sort(mixed[np.unique(people[mixed], return_index=True)[1]])


def _share(name: str, model: str, hits: Array, detail: dict[str, Any]) -> Metric:
    low, high = wilson(int(hits.sum()), len(hits))
    return Metric(
        name=name, model=model, value=round(float(hits.mean()), 6), low=round(low, 6), high=round(high, 6),
        rows=len(hits), folds=1, better="higher", detail=detail,
    )  # fmt: skip


def _width(name: str, model: str, looked: _Looked) -> Metric:
    sizes = looked.sizes.astype("float64")
    finite = sizes[np.isfinite(sizes)]
    finite = finite if len(finite) else np.zeros(1)
    told_ = interval(float(finite.mean()), (finite - finite.mean()) / len(finite), None, 0.0, float("inf"))
    return Metric(
        name=name, model=model, value=round(told_.value, 6), low=round(told_.low, 6), high=round(told_.high, 6),
        rows=len(sizes), folds=1, better="lower",
    )  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%".replace(".0%", "%")


def _too_rare(rare: list[str], confidence: float) -> str:
    if not rare:
        return ""
    which = "One outcome is" if len(rare) == 1 else f"{len(rare)} outcomes are"
    return f" {which} too rare among the patients that calibrate to be ruled out for anybody at {_percent(confidence)}."


def _figures(metrics: list[Metric], confidence: float) -> tuple[Figure, ...]:
    first, *_ = metrics
    bars: list[tuple[str, float, float, float, int]] = [("all", first.value, first.low, first.high, first.rows)]
    for metric in metrics[1:]:
        if metric.name == "coverage":
            bars.append((metric.model.split(": ", 1)[1], metric.value, metric.low, metric.high, metric.rows))
    for group in first.detail["groups"]:
        bars.append(
            (f"{group['column']}: {group['value']}", group["share"], group["low"], group["high"], group["count"])
        )
    rows = [
        [name, count, _percent(value), f"{_percent(low)} to {_percent(high)}"] for name, value, low, high, count in bars
    ]
    columns = ["patients", "count", "held", "95 % interval"]
    title = f"Share of patients in whom the truth is held; {_percent(confidence)} was promised"
    return (Figure(kind="table", title=title, data={"columns": columns, "rows": rows}),)
