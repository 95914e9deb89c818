"""Planted errors are ranked higher than by cleanlab as it comes, on seeds that were not used to build it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cleanlab.rank import get_label_quality_scores
from cleanlab.regression.rank import get_label_quality_scores as get_value_quality_scores
from lifelines.datasets import load_gbsg2
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import cross_val_predict

from climbdc.data import canonical
from climbdc.sdk import Dataset, Roles
from climbdc_tools.cross_fit import folds_of
from climbdc_tools.label_suspects import class_suspects, time_suspects, value_suspects
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, Outcome, outcome

LEAKS = (
    "death sfdm2 slos d.time dnr dnrday surv2m surv6m prg2m prg6m totcst totmcst charges avtisst hday".split()
)  # known with or after the outcome
SEEDS = {"breast": 211, "heart": 223, "support2": 227}


def table(name: str, heart: Path, bench_data: Path) -> tuple[pd.DataFrame, str]:
    if name == "breast":
        return canonical(load_breast_cancer(as_frame=True).frame), "target"
    if name == "heart":
        frame = canonical(pd.read_csv(heart)).drop(columns="id")
        return frame.assign(num=(frame["num"] > 0).astype("int64")), "num"
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv")).drop(columns=LEAKS)
    return frame.sample(1200, random_state=5).sort_index(), "hospdead"


def chosen(kind: str, matrix: Array, truth: Array, seed: int) -> Array:
    """One row in ten: any, mostly of one class, or mostly of one corner of the table."""
    generator = np.random.default_rng(seed)
    weight = np.ones(len(truth))
    if kind == "class":
        weight = np.where(truth == 1, 3.0, 0.5)
    if kind == "feature":
        along = matrix @ generator.normal(size=matrix.shape[1])
        weight = np.exp(1.5 * (along - along.mean()) / along.std())
        weight = np.clip(weight, 0, np.quantile(weight, 0.95))
    return generator.choice(len(truth), len(truth) // 10, replace=False, p=weight / weight.sum())


def prepared(frame: pd.DataFrame, roles: Roles, seed: int) -> tuple[list[Any], Outcome]:
    data = Dataset(frame, roles, seed=seed)
    target = outcome(data)
    assert target is not None
    return folds_of(data, target, None, data.features), target


@pytest.mark.parametrize("name", list(SEEDS))
def test_planted_errors_of_three_kinds_rank_above_the_default(name: str, heart: Path, bench_data: Path) -> None:
    frame, column = table(name, heart, bench_data)
    matrix, _, _ = matrices(frame, frame.iloc[:1], [each for each in frame.columns if each != column])
    truth = frame[column].to_numpy()
    ours, default = [], []
    for kind in ("uniform", "class", "feature"):
        wrong = np.zeros(len(truth), dtype=bool)
        wrong[chosen(kind, matrix, truth, SEEDS[name])] = True
        labels = np.where(wrong, 1 - truth, truth)
        folds, target = prepared(frame.assign(**{column: labels}), Roles(kind="binary", target=column), SEEDS[name])
        ours.append(average_precision_score(wrong, class_suspects(folds, target, SEEDS[name]).score))
        usual = LogisticRegression(max_iter=1000)
        told = cross_val_predict(usual, np.clip(matrix, -5, 5), labels, cv=5, method="predict_proba")
        default.append(average_precision_score(wrong, -get_label_quality_scores(labels, told)))
    assert np.mean(ours) > np.mean(default) + 0.02
    assert min(np.subtract(ours, default)) > -0.02
    assert min(ours) > 0.3  # by chance 0.1


@pytest.mark.parametrize("factor", [10.0, 0.1])
def test_a_slipped_decimal_point(factor: float) -> None:
    frame = canonical(load_diabetes(as_frame=True).frame).astype({"target": "float64"})
    wrong = np.zeros(len(frame), dtype=bool)
    wrong[np.random.default_rng(229).choice(len(frame), 22, replace=False)] = True
    frame.loc[wrong, "target"] *= factor
    folds, target = prepared(frame, Roles(kind="numeric", target="target"), 229)
    ours = average_precision_score(wrong, value_suspects(folds, target, 229, 4.0).score)
    told = cross_val_predict(LinearRegression(), frame.drop(columns="target"), target.values, cv=5)
    assert ours > 0.9
    assert ours > average_precision_score(wrong, -get_value_quality_scores(target.values, told)) - 0.02


def test_months_entered_as_days() -> None:
    frame = canonical(load_gbsg2())
    wrong = np.zeros(len(frame), dtype=bool)
    wrong[np.random.default_rng(233).choice(np.flatnonzero(frame["cens"] == 1), 15, replace=False)] = True
    frame = frame.assign(time=np.where(wrong, frame["time"] / 30, frame["time"]))
    folds, target = prepared(frame, Roles(kind="survival", target="cens", event="cens", duration="time"), 233)
    suspects = time_suspects(folds, target, 233, 0.01)
    assert average_precision_score(wrong, suspects.score) > 0.5  # by chance 0.02
    assert (suspects.told[np.argsort(-suspects.score)[:10]] > 0).all()


def test_as_many_times_as_chance_makes_are_suspect_where_the_model_is_right() -> None:
    generator = np.random.default_rng(239)
    ill = generator.normal(size=600)
    time, end = generator.exponential(np.exp(-ill)), generator.exponential(2.0, 600)
    frame = canonical(pd.DataFrame({"ill": ill, "t": np.minimum(time, end), "e": (time <= end).astype(int)}))
    folds, target = prepared(frame, Roles(kind="survival", target="e", event="e", duration="t"), 0)
    suspects = time_suspects(folds, target, 0, 0.01)
    assert suspects.flagged.sum() == suspects.surprises < 2 * suspects.expected
