"""What wrong outcomes would do to the score."""

from __future__ import annotations

from collections.abc import Iterator
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
from climbdc_tools.folds import FEWEST, capped, most_folds, splits, with_truth
from climbdc_tools.learners import LEARNERS, Learner, told
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, Outcome, outcome
from climbdc_tools.quick_fit import threads
from climbdc_tools.scores import Interval, Score, scores
from climbdc_tools.wrong_labels import Way, ways, with_wrong

_Z95: Final = 1.959963984540054
_RECORDED: Final = "as recorded"
_READ_AT: Final = 0.1
_FRAGILE: Final = 0.2  # of what the score is above chance, lost at one wrong outcome in ten
_NAMES: Final = {"auc": "the area under the ROC curve", "r2": "R2", "concordance": "the concordance"}
_WORDS: Final[dict[Way, str]] = {
    "either way": "of the outcomes learnt from were wrong",
    "missed": "of the rarer outcomes were missed where the model learns",
    "noise": "of the variance of the values learnt from were error",
}

_EVENTS: Final[dict[Way, str]] = {
    "either way": "of the patients learnt from had an event that was none, or none that was one",
    "missed": "of the events were missed where the model learns",
}


class StressLabelsParams(Params):
    """How many outcomes are made wrong, and what learns from them."""

    shares: list[float] = Field(
        default=[0.05, 0.1, 0.2, 0.3, 0.4], description="Shares of outcomes that are made wrong, each below a half."
    )
    model: Literal["plain", "boosting", "forest"] = Field(
        default="plain", description="Logistic, ridge or Cox regression (plain), boosting, or a forest."
    )
    folds: int = Field(default=3, ge=2, le=10, description="Folds; scores come from outcomes as they were recorded.")
    repeats: int = Field(default=3, ge=1, le=20, description="Draws of wrong outcomes; one in survival studies.")
    cap: int = Field(default=1500, ge=100, description="Rows at most; more are sampled by the seed, whole patients.")


@dataclass(frozen=True)
class _Case:
    """One draw of wrong outcomes."""

    way: Way
    share: float
    repeat: int


_BASE: Final = _Case("either way", 0.0, 0)


@evaluate("evaluation/noise-robustness", targets=("binary", "multiclass", "numeric", "survival"))
class StressLabels(Evaluation[StressLabelsParams]):
    """Makes a growing share of the outcomes learnt from wrong on purpose, and follows the score on untouched rows.

    The rows that are scored keep their outcomes as recorded; the recipe is refitted on the wrong ones wherever it
    learns from outcomes.
    """

    says: ClassVar[dict[str, str]] = {
        "steady": "If {share} {told}, {measure} would be {score} instead of {value} ({drop_low} to {drop_high} lower; "
        "{n} of {N} rows).",
        "fragile": "If {share} {told}, {measure} would be {score} instead of {value} ({drop_low} to {drop_high} lower; "
        "{n} of {N} rows): {lost} of what it is above chance would be gone.",
        "nothing-to-lose": "Here {measure} is {value} ({low} to {high}; {n} of {N} rows), no better than chance: wrong "
        "outcomes have nothing to spoil.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """The main score with outcomes as recorded, and with each share of wrong ones; the loss is in the detail."""
        target = outcome(data)
        if target is None:
            return NotApplicable("There is no target with at least two values.")
        if data.test is not None:
            return NotApplicable("The sealed rows are not needed to see what wrong outcomes do.")
        shares = sorted({share for share in self.params.shares if 0 < share < 0.5})
        rows, kept, people = capped(data, target, self.params.cap)
        folds = min(self.params.folds, most_folds(kept, people))
        if len(rows) < FEWEST or folds < 2 or not shares:
            return NotApplicable(f"{len(rows)} rows are too few to learn from one part and examine another.")
        repeats = 1 if target.kind == "survival" else self.params.repeats
        cases = [_Case(way, share, n) for way in ways(target.kind) for share in shares for n in range(repeats)]
        frame, parts = data.train.loc[rows], []
        for number, (learn, held) in enumerate(splits(kept, people, folds, data.seed)):
            data.progress(number / folds, f"fold {number + 1}")
            parts.append(self._fold(data, target, treat, frame.iloc[learn], frame.iloc[held], cases, number))
        seen = {case: pd.concat([part[case] for part in parts if case in part]) for case in parts[0]}
        codes = None if people is None else pd.Series(people, index=rows).reindex(seen[_BASE].index).to_numpy()
        clusters = None if codes is None else np.unique(codes, return_inverse=True)[1]
        return _metrics(target, seen, clusters, folds, int(target.known.sum()))

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        """What one wrong outcome in ten would cost, and the curve."""
        base, *others = metrics
        chance = 0.0 if base.name == "r2" else 0.5
        shared: dict[str, Any] = {
            "measure": _NAMES[base.name], "value": round(base.value, 3), "low": round(base.low, 3),
            "high": round(base.high, 3), "n": base.rows, "N": base.detail["total"],
        }  # fmt: skip
        figures = (_curve(base, others),)
        if base.low <= chance or not others:
            return [Finding("nothing-to-lose", "info", evidence=shared, figures=figures)]
        read = min(others, key=lambda one: (abs(one.detail["share"] - _READ_AT), others.index(one)))
        drop, low, high = read.detail["drop"]
        lost = drop / (base.value - chance)
        fragile = lost > _FRAGILE and low > 0
        words = _EVENTS if data.roles.kind == "survival" else _WORDS
        evidence = {
            **shared, "told": words[read.detail["way"]], "share": f"{read.detail['share']:.0%}",
            "score": round(read.value, 3), "drop": round(drop, 3), "drop_low": round(low, 3),
            "drop_high": round(high, 3), "lost": f"{max(lost, 0):.0%}",
        }  # fmt: skip
        severity: Severity = "minor" if fragile else "info"
        return [Finding("fragile" if fragile else "steady", severity, evidence=evidence, figures=figures)]

    def _fold(
        self, data: Dataset, target: Outcome, treat: Treat, learn: pd.DataFrame, held: pd.DataFrame,
        cases: list[_Case], number: int,
    ) -> dict[_Case, pd.DataFrame]:  # fmt: skip
        """What is said of the rows held out, after learning from recorded outcomes and from each draw of wrong ones."""
        learner = next(
            (one for one in LEARNERS[target.kind] if one.name == self.params.model), LEARNERS[target.kind][0]
        )
        found: dict[_Case, pd.DataFrame] = {}
        for case, (train, rows) in _treated(data, treat, learn, held, cases, number):
            known, truth = with_truth(data, target, train)
            others, wanted = with_truth(data, target, rows)
            if len(known) and len(others):
                found[case] = _said(data, target, learner, (known, truth), (others, wanted))
        return found


def _treated(
    data: Dataset, treat: Treat, learn: pd.DataFrame, held: pd.DataFrame, cases: list[_Case], number: int
) -> Iterator[tuple[_Case, tuple[pd.DataFrame, pd.DataFrame]]]:
    """Each case treated. A recipe that takes no notice of outcomes is fitted twice only, to see that it does not."""
    name = str(data.roles.target or data.roles.event)
    treated = treat(learn, held)
    yield _BASE, treated
    worst = max(cases, key=lambda case: case.share)
    again = treat(_wrong(data, learn, name, worst, number), held)
    blind = _alike(treated, again, name) and bool(treated[0].index.isin(learn.index).all())
    for case in cases:
        wrong = _wrong(data, learn, name, case, number)
        if blind:
            yield case, (treated[0].assign(**{name: wrong[name].reindex(treated[0].index)}), treated[1])
        elif case.repeat == 0:  # one draw: the whole recipe is fitted for each
            yield case, again if case == worst else treat(wrong, held)


def _wrong(data: Dataset, frame: pd.DataFrame, name: str, case: _Case, number: int) -> pd.DataFrame:
    draw = np.random.default_rng([data.seed, number, case.repeat])
    event = data.roles.kind == "survival"
    return frame.assign(**{name: with_wrong(frame[name], case.way, case.share, draw, event=event)})


def _alike(one: tuple[pd.DataFrame, pd.DataFrame], other: tuple[pd.DataFrame, pd.DataFrame], name: str) -> bool:
    """Whether the recipe made the same of everything but the outcome, which it left alone."""
    same = all(left.drop(columns=name).equals(right.drop(columns=name)) for left, right in zip(one, other, strict=True))
    return same and one[1][name].equals(other[1][name])


def _said(
    data: Dataset,
    target: Outcome,
    learner: Learner,
    learnt: tuple[pd.DataFrame, Array],
    held: tuple[pd.DataFrame, Array],
) -> pd.DataFrame:
    names = data.roles.features([str(name) for name in learnt[0].columns])
    names = [name for name in names if name in held[0].columns]
    left, right, _ = matrices(learnt[0], held[0], names, gaps=learner.gaps)
    classes = len(target.classes) if target.kind in {"binary", "multiclass"} else 0
    truth = learnt[1] if target.kind == "survival" else learnt[1][:, 0].astype("int64" if classes else "float64")
    said = told(learner.name, learner.settings[0], left, truth, right, classes, data.seed)
    values = np.column_stack([held[1], said])
    columns = [*(f"y{n}" for n in range(held[1].shape[1])), *(f"p{n}" for n in range(said.shape[1]))]
    return pd.DataFrame(values, index=held[0].index, columns=columns)


def _main_score(target: Outcome, seen: pd.DataFrame) -> Score:
    truth = seen["y0"].to_numpy()
    said = seen[[name for name in seen.columns if name.startswith("p")]].to_numpy()
    event = seen["y1"].to_numpy() if target.kind == "survival" else None
    truth = truth.astype("int64") if target.kind in {"binary", "multiclass"} else truth
    return scores(target.kind, truth, said if target.kind == "multiclass" else said[:, -1], event)[0]


def _metrics(
    target: Outcome, seen: dict[_Case, pd.DataFrame], clusters: Array | None, folds: int, total: int
) -> list[Metric]:
    base = _main_score(target, seen[_BASE])
    rows = len(seen[_BASE])
    own = _spread(base.value, base.influence, clusters, [], base)
    metrics = [_metric(base.name, _RECORDED, own, rows, folds, {"total": total})]
    for way, share in dict.fromkeys((case.way, case.share) for case in seen if case != _BASE):
        drawn = [_main_score(target, seen[case]) for case in seen if (case.way, case.share) == (way, share)]
        values = [score.value for score in drawn]
        mean, influence = float(np.mean(values)), np.mean([score.influence for score in drawn], axis=0)
        free = replace(base, least=-float("inf"), most=float("inf"))
        drop = _spread(base.value - mean, base.influence - influence, clusters, values, free)
        detail = {"way": way, "share": share, "drop": list(drop)}
        told_ = _spread(mean, influence, clusters, values, base)
        metrics.append(_metric(base.name, f"{way} {share:.0%}", told_, rows, folds, detail))
    return metrics


def _metric(name: str, model: str, told_: Interval, rows: int, folds: int, detail: dict[str, Any]) -> Metric:
    return Metric(
        name=name, model=model, value=told_.value, low=told_.low, high=told_.high, rows=rows, folds=folds, detail=detail
    )


def _spread(value: float, influence: Array, clusters: Array | None, draws: list[float], score: Score) -> Interval:
    """A value with the 95 % interval for both chances: which patients are scored, and which outcomes were drawn."""
    if clusters is not None:
        influence = np.bincount(clusters, weights=influence)
    drawn = float(np.var(draws, ddof=1)) / len(draws) if len(draws) > 1 else 0.0
    half = _Z95 * float(np.sqrt((influence**2).sum() + drawn))
    low, high = max(value - half, score.least), min(value + half, score.most)
    return Interval(round(value, 6), round(low, 6), round(high, 6))


def _curve(base: Metric, others: list[Metric]) -> Figure:
    shares = sorted({one.detail["share"] for one in others})
    series = {
        way: [base.value, *(one.value for one in others if one.detail["way"] == way)]
        for way in dict.fromkeys(one.detail["way"] for one in others)
    }
    data = {"x": [0.0, *shares], "series": series, "x_label": "share made wrong", "y_label": base.name}
    return Figure(kind="line", title=f"{base.name} as outcomes learnt from are made wrong", data=data)
