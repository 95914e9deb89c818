"""How well quick models predict from the treated table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from climbdc.sdk import (
    Dataset,
    Difference,
    Evaluation,
    Field,
    Metric,
    NotApplicable,
    Params,
    Treat,
    evaluate,
)
from climbdc_tools.folds import capped, most_folds, splits, with_truth
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, Outcome, groups, outcome
from climbdc_tools.paired import compare
from climbdc_tools.quick_fit import MODELS, predict, threads
from climbdc_tools.scores import interval, scores

_KEPT = 20_000
_FEWEST = 20


class QuickModelsParams(Params):
    """What is fitted, and how it is judged."""

    folds: int = Field(default=5, ge=2, le=20, description="Folds of the cross-validation.")
    repeats: int = Field(default=1, ge=1, le=10, description="How often it is repeated; predictions are averaged.")
    models: list[Literal["logistic", "ridge", "boosting", "cox"]] = Field(
        default=[], description="Which models; empty for all that understand the target."
    )
    cap: int = Field(default=20_000, ge=100, description="Rows at most; more are sampled by the seed, whole patients.")
    keep_predictions: bool = Field(default=False, description="Put out-of-fold predictions into the detail.")
    score_rows: list[int] = Field(default=[], description="Raw row numbers to score; empty for all.")


@dataclass(frozen=True)
class _Pooled:
    """Out-of-fold predictions of one model."""

    rows: Array
    truth: Array
    predicted: Array
    clusters: Array | None


@evaluate("evaluation/baseline", targets=("binary", "multiclass", "numeric", "survival"))
class QuickModels(Evaluation[QuickModelsParams]):
    """Measures what logistic or ridge regression, gradient boosting or a Cox model get out of the table.

    The whole recipe is refitted inside each fold, so nothing that was learnt from a row helps to predict it. Folds
    are stratified by the outcome, and all rows of one patient or group stay in one fold.
    """

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """Metrics of each model over pooled out-of-fold predictions."""
        target = outcome(data)
        if target is None:
            return NotApplicable("There is no target with at least two values.")
        models = [name for name in MODELS[target.kind] if not self.params.models or name in self.params.models]
        if not models:
            return NotApplicable(f"None of the models named understands a {target.kind} target.")
        if data.test is not None:
            return self._sealed(data, target, models) or NotApplicable("None of the sealed rows can be scored.")
        rows, target, people = capped(data, target, self.params.cap)
        smallest = most_folds(target, people)
        if len(rows) < _FEWEST or smallest < 2:
            return NotApplicable(f"{len(rows)} rows are too few to train on one part and examine on another.")
        folds = min(self.params.folds, smallest)
        frame = data.train.loc[rows]
        parts = []
        for repeat in range(self.params.repeats):
            for number, (learn, held) in enumerate(splits(target, people, folds, data.seed + repeat)):
                data.progress((number + repeat * folds) / (folds * self.params.repeats), f"fold {number + 1}")
                treated = treat(frame.iloc[learn], frame.iloc[held])
                parts.append(_fold(data, target, *treated, models))
        codes = pd.Series(people, index=rows) if people is not None else None
        metrics: list[Metric] = []
        for name in models:
            pooled = self._pool(pd.concat([part[name] for part in parts]), codes)
            metrics += self._metrics(name, pooled, target, folds) if len(pooled.rows) else []
        return metrics or NotApplicable("None of the rows to score is left after the treatment.")

    def compare(self, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
        """Paired differences of each measure over the rows that both predicted."""
        return compare(before, after)

    def _sealed(self, data: Dataset, target: Outcome, models: list[str]) -> list[Metric]:
        """Metrics of models fitted on all train rows and scored on the sealed ones: one look."""
        assert data.test is not None
        parts = _fold(data, target, data.train, data.test, models)
        codes = groups(replace(data, train=data.test))
        people = pd.Series(codes, index=data.test.index) if codes is not None else None
        metrics: list[Metric] = []
        for name in models:
            pooled = self._pool(parts[name], people)
            metrics += self._metrics(name, pooled, target, 1) if len(pooled.rows) else []
        return metrics

    def _pool(self, predictions: pd.DataFrame, people: pd.Series[Any] | None) -> _Pooled:
        """One prediction a row: the mean over repeats, of the rows that are to be scored."""
        mean = predictions.groupby(level=0).mean()
        if self.params.score_rows:
            mean = mean[mean.index.isin(self.params.score_rows)]
        truth = mean[[name for name in mean.columns if name.startswith("y")]].to_numpy()
        predicted = mean[[name for name in mean.columns if name.startswith("p")]].to_numpy()
        clusters = None
        if people is not None:
            clusters = np.asarray(pd.factorize(people.reindex(mean.index).to_numpy())[0])
        return _Pooled(mean.index.to_numpy(dtype="int64"), truth, predicted, clusters)

    def _metrics(self, model: str, pooled: _Pooled, target: Outcome, folds: int) -> list[Metric]:
        predicted = pooled.predicted if target.kind == "multiclass" else pooled.predicted[:, 0]
        event = pooled.truth[:, 1] if target.kind == "survival" else None
        detail = _detail(pooled, target.kind) if self.params.keep_predictions else {}
        metrics: list[Metric] = []
        for score in scores(target.kind, pooled.truth[:, 0], predicted, event):
            value, low, high = interval(score.value, score.influence, pooled.clusters, score.least, score.most)
            metrics.append(
                Metric(
                    name=score.name,
                    model=model,
                    value=round(value, 6),
                    low=round(low, 6),
                    high=round(high, 6),
                    rows=len(pooled.rows),
                    folds=folds,
                    better=score.better,
                    detail={} if metrics else detail,
                )
            )
        return metrics


def _fold(
    data: Dataset, target: Outcome, train: pd.DataFrame, valid: pd.DataFrame, models: list[str]
) -> dict[str, pd.DataFrame]:
    """Predictions of each model for the treated validation rows, with the truth beside them."""
    train, truth = with_truth(data, target, train)
    valid, wanted = with_truth(data, target, valid)
    columns = [name for name in data.roles.features([str(name) for name in train.columns]) if name in valid.columns]
    classes = len(target.classes) if target.kind in {"binary", "multiclass"} else 0
    found = {}
    for model in models:
        left, right, _ = matrices(train, valid, columns, gaps=model == "boosting")
        known = truth if target.kind == "survival" else truth[:, 0].astype("int64" if classes else "float64")
        told = predict(model, left, known, right, classes, data.seed) if len(train) and len(valid) else np.empty(0)
        told = told.reshape(len(valid), -1)
        frame = pd.DataFrame(wanted, index=valid.index, columns=[f"y{i}" for i in range(wanted.shape[1])])
        found[model] = frame.assign(**{f"p{i}": told[:, i] for i in range(told.shape[1])})
    return found


def _detail(pooled: _Pooled, kind: str) -> dict[str, Any]:
    """Predictions as JSON, rounded, of at most 20,000 rows evenly spaced."""
    step = max(1, -(-len(pooled.rows) // _KEPT))
    predicted = np.round(pooled.predicted[::step], 6)
    detail = {
        "kind": kind,
        "rows": pooled.rows[::step].tolist(),
        "y": np.round(pooled.truth[::step, 0], 6).tolist(),
        "p": (predicted if kind == "multiclass" else predicted[:, 0]).tolist(),
    }
    if kind == "survival":
        detail["event"] = pooled.truth[::step, 1].tolist()
    if pooled.clusters is not None:
        detail["clusters"] = pooled.clusters[::step].tolist()
    return detail
