"""Which columns a model leans on."""

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
    Suggestion,
    Treat,
    evaluate,
)
from climbdc_tools.folds import Examined, examined
from climbdc_tools.importance import Seen, explained, permuted
from climbdc_tools.outcome import Array
from climbdc_tools.quick_fit import threads

_MEASURES: Final = {"binary": "AUC", "multiclass": "AUC", "numeric": "R²", "survival": "concordance"}
_CHANCE: Final = {"binary": 0.5, "multiclass": 0.5, "numeric": 0.0, "survival": 0.5}
_SKILL: Final = 0.1  # a model that hardly beats chance leans on nothing
_FEW: Final = 4  # with fewer columns one of them leads without being suspect
_NAMED: Final = 3


class ExplainModelParams(Params):
    """How thoroughly it is looked at."""

    cap: int = Field(default=3000, ge=100, description="Rows at most; more are sampled by the seed, whole patients.")
    folds: int = Field(default=5, ge=3, le=20, description="Folds of the cross-validation.")
    repeats: int = Field(default=3, ge=1, le=50, description="How often each column is shuffled in each fold.")
    most: int = Field(
        default=15, ge=1, le=60, description="Columns that are shuffled: those with the largest SHAP values."
    )
    rows: int = Field(default=200, ge=20, description="Rows of each fold whose predictions are explained by SHAP.")
    single: float = Field(default=0.8, gt=0.5, lt=1, description="Share of all that makes one column suspect.")


@evaluate("evaluation/explanation", targets=("binary", "multiclass", "numeric", "survival"))
class ExplainModel(Evaluation[ExplainModelParams]):
    """Says which columns a model leans on, by shuffling them and by SHAP values, in rows it has not seen.

    Columns that the treatment made of one column of the file count as that column. It tells what the model uses, not
    what causes the outcome.
    """

    says: ClassVar[dict[str, str]] = {
        "leading": "The model leans most on {columns} (on {n} of {N} rows, each predicted unseen). Shuffling {column} "
        "lowers its {measure} of {score} by {drop} (95 % interval {drop_low} to {drop_high}).",
        "single-driver": "{columns} alone makes up {share} of what moves the model's predictions (on {n} of {N} rows, "
        "each predicted unseen); shuffling it lowers the {measure} of {score} by {drop} (95 % interval {drop_low} to "
        "{drop_high}). A column that leads so far is often known too late, or says the outcome in other words.",
        "nothing": "The model does little better than chance ({measure} {score}, on {n} of {N} rows, each predicted "
        "unseen), so what it leans on says nothing.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """By how much shuffling each leading column lowers the score; the first detail holds the SHAP values."""
        # One thread, as for the quick models: several wait for each other longer than they work on so few rows.
        with threads().limit(limits=1, user_api="openmp"):
            return self._measured(data, treat)

    def _measured(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        seen = examined(data, treat, self.params.cap, self.params.folds)
        kind = seen.target.kind
        classes = len(seen.target.classes) if kind in {"binary", "multiclass"} else 0
        columns = [str(name) for name in data.train.columns]
        folds = [
            explained(part, kind, classes, columns, self.params.rows, data.seed)
            for part in seen.parts
            if len(part.train) and len(part.held) and part.columns
        ]
        folds = [fold for fold in folds if fold.groups]
        if len(folds) < 2:
            return NotApplicable("There is no column that a model could lean on.")
        shares = _shares(folds)
        leading = sorted(shares, key=lambda name: (-shares[name], name))[: self.params.most]
        generator = np.random.default_rng(data.seed)
        drops = {name: np.array([permuted(fold, name, self.params.repeats, generator) for fold in folds])
                 for name in leading}  # fmt: skip
        return self._metrics(seen, folds, shares, drops)

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        """The leading columns; or the single one that makes up nearly all, which is suspect."""
        detail = metrics[0].detail
        shares: dict[str, float] = detail["shares"]
        kind, score = detail["kind"], detail["score"]
        first, *_ = names = list(shares)
        top = next(metric for metric in metrics if metric.model == first)
        evidence: dict[str, Any] = {
            "column": first, "n": top.rows, "N": detail["total"], "measure": _MEASURES[kind], "score": round(score, 3),
            "drop": round(top.value, 3), "drop_low": round(top.low, 3), "drop_high": round(top.high, 3),
            "share": f"{100 * shares[first]:.0f} %",
        }  # fmt: skip
        figures = _figures(metrics, shares, _MEASURES[kind])
        there = [name for name in names if name in data.train.columns]
        if score < _CHANCE[kind] + _SKILL:
            return [Finding("nothing", "info", evidence=evidence)]
        if shares[first] > self.params.single and detail["columns"] >= _FEW and first in there:
            step = Suggestion(
                tool="drop_columns", params={"columns": [first]}, confidence=0.2, backed_by="statistics",
                why="It makes up nearly all of what a model says: ask when and how it is known before it is kept.",
            )  # fmt: skip
            return [
                Finding("single-driver", "major", (first,), evidence=evidence, suggestions=(step,), figures=figures)
            ]
        return [Finding("leading", "info", tuple(there[:_NAMED]), evidence=evidence, figures=figures)]

    def _metrics(
        self, seen: Examined, folds: list[Seen], shares: dict[str, float], drops: dict[str, Array]
    ) -> list[Metric]:
        detail = {
            "kind": seen.target.kind, "total": seen.total, "columns": len(shares),
            "score": float(np.mean([fold.score for fold in folds])),
            "shares": {name: round(shares[name], 6) for name in drops},
        }  # fmt: skip
        found = []
        for turn, (name, values) in enumerate(drops.items()):
            value, low, high = _interval(values)
            told = {"value": round(value, 6), "low": round(low, 6), "high": round(high, 6)}
            rest = {"rows": seen.rows, "folds": len(folds), "detail": {} if turn else detail}
            found.append(Metric.model_validate({"name": "permutation_importance", "model": name, **told, **rest}))
        return found


def _shares(folds: list[Seen]) -> dict[str, float]:
    """The share of each column of the file in all movement of the predictions, the mean of all folds."""
    names = sorted({name for fold in folds for name in fold.shap})
    totals = [sum(fold.shap.values()) or 1.0 for fold in folds]
    return {
        name: float(np.mean([fold.shap.get(name, 0.0) / total for fold, total in zip(folds, totals, strict=True)]))
        for name in names
    }


def _interval(values: Array) -> tuple[float, float, float]:
    """The mean over folds with an interval that knows that folds share rows (Nadeau and Bengio 2003)."""
    from scipy.stats import t

    count = len(values)
    spread = float(values.var(ddof=1)) * (1 / count + 1 / (count - 1))
    half = float(t.ppf(0.975, count - 1)) * spread**0.5
    mean = float(values.mean())
    return mean, mean - half, mean + half


def _figures(metrics: list[Metric], shares: dict[str, float], measure: str) -> tuple[Figure, ...]:
    labels = [metric.model for metric in metrics]
    shuffled = {
        "labels": labels,
        "values": [metric.value for metric in metrics],
        "low": [metric.low for metric in metrics],
        "high": [metric.high for metric in metrics],
    }
    moved = {"labels": list(shares), "values": list(shares.values())}
    return (
        Figure(kind="bars", title=f"Loss of {measure} when a column is shuffled", data=shuffled),
        Figure(kind="bars", title="Share of a column in what moves the predictions (SHAP)", data=moved),
    )
