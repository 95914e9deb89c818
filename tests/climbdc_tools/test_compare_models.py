"""Learners are compared on rows that had no part in them, and the best of several is not taken at its word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import datasets as studies
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from climbdc.data import canonical
from climbdc.registry import registry, sentence
from climbdc.sdk import Dataset, Finding, Metric, NotApplicable, Roles
from climbdc_tools.compare_models import CompareModels
from climbdc_tools.learners import LEARNERS
from climbdc_tools.nested import CHOSEN, affordable, inner_fits

Frames = tuple[pd.DataFrame, pd.DataFrame]


def as_is(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
    return train, valid


def measure(data: Dataset, treat: Any = as_is, **params: Any) -> list[Metric]:
    metrics = CompareModels(params).measure(data, treat)
    assert not isinstance(metrics, NotApplicable)
    return metrics


def conclusion(data: Dataset, metrics: list[Metric]) -> Finding:
    (finding,) = CompareModels({}).conclude(data, metrics)
    return finding


def leading(metrics: list[Metric]) -> dict[str, Metric]:
    return {metric.model: metric for metric in metrics if metric.detail}


def noise(seed: int, rows: int = 120) -> Dataset:
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(size=(rows, 12)), columns=[f"x{i}" for i in range(12)])
    return Dataset(
        canonical(frame.assign(y=generator.permutation(np.arange(rows) % 2))),
        Roles(kind="binary", target="y"),
        seed=seed,
    )


def test_on_support2_nothing_beats_logistic_regression_reliably(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    later = ("death", "d.time", "sfdm2", "dnr", "dnrday", "prg2m", "prg6m", "surv2m", "surv6m", "aps", "sps")
    costs = ("slos", "charges", "totcst", "totmcst", "sno")
    data = Dataset(frame, Roles(kind="binary", target="hospdead", ignored=(*later, *costs)))
    metrics = measure(data)
    told = leading(metrics)
    assert set(told) == {"logistic", "elastic net", "boosting", "forest", CHOSEN}
    assert all(0.84 < metric.value < 0.91 and metric.rows == 1200 for metric in told.values())
    finding = conclusion(data, metrics)
    assert finding.kind == "no-better" and finding.evidence["N"] == 9105
    words = sentence({**finding.to_json(), "tool": "compare_models"}, registry())
    assert words.startswith("None of 3 other learners does reliably better than logistic (auc 0.8")
    assert measure(data) == metrics


@pytest.mark.parametrize(
    ("load", "kind", "name", "least"),
    [
        (load_breast_cancer, "binary", "auc", 0.98),
        (load_wine, "multiclass", "auc", 0.97),
        (load_diabetes, "numeric", "r2", 0.38),
    ],
)
def test_every_kind_of_target(load: Any, kind: Any, name: str, least: float) -> None:
    data = Dataset(canonical(load(as_frame=True).frame), Roles(kind=kind, target="target"))
    told = leading(measure(data, folds=3))
    assert set(told) == {*(learner.name for learner in LEARNERS[kind]), CHOSEN}
    assert told[CHOSEN].name == name and told[CHOSEN].value > least


def test_survival() -> None:
    data = Dataset(
        canonical(studies.load_gbsg2()), Roles(kind="survival", target="cens", event="cens", duration="time")
    )
    metrics = measure(data, folds=3, cap=2000)
    told = leading(metrics)
    assert set(told) == {"cox", "weibull", CHOSEN} and all(0.64 < metric.value < 0.73 for metric in told.values())
    assert conclusion(data, metrics).kind == "no-better"


def test_a_learner_that_is_better_is_found() -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(600, 3)), columns=["a", "b", "c"])
    frame["y"] = ((frame["a"] * frame["b"] + 0.3 * generator.normal(size=600)) > 0).astype(
        int
    )  # no line tells these apart
    data = Dataset(canonical(frame), Roles(kind="binary", target="y"))
    finding = conclusion(data, measure(data))
    assert finding.kind == "better" and finding.evidence["other"] in {"boosting", "forest"}
    assert finding.evidence["honest"] > 0.85 > 0.6 > finding.evidence["value"]


def test_known_mistake_in_sample_scores_are_not_shown_as_cross_validated() -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    data = noise(1)
    matrix, truth = data.train.drop(columns="y"), data.train["y"]
    in_sample = RandomForestClassifier(40, min_samples_leaf=5, random_state=0).fit(matrix, truth).predict_proba(matrix)
    assert roc_auc_score(truth, in_sample[:, 1]) > 0.95
    assert leading(measure(data, learners=["forest"]))["forest"].value < 0.65


def test_known_mistake_the_best_of_several_is_not_what_picking_it_gives() -> None:
    """Where there is nothing to find, the best of several learners looks better than it is; picking inside does not."""
    best, honest = [], []
    for seed in range(8):
        told = leading(measure(noise(seed), folds=3, learners=["logistic", "elastic net", "forest"]))
        best.append(max(metric.value for name, metric in told.items() if name != CHOSEN))
        honest.append(told[CHOSEN].value)
    assert np.mean(best) - np.mean(honest) > 0.015
    assert abs(np.mean(honest) - 0.5) < 0.04


def test_the_recipe_is_refitted_in_each_fold_and_sees_no_row_that_is_scored() -> None:
    data = noise(3)
    calls: list[tuple[set[int], set[int]]] = []

    def treat(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
        calls.append((set(train.index), set(valid.index)))
        return train, valid

    measure(data, treat, folds=4, learners=["logistic"])
    assert len(calls) == 4 and all(not learn & held for learn, held in calls)
    assert set().union(*(held for _, held in calls)) == set(data.train.index)


def test_a_patient_is_never_on_both_sides() -> None:
    generator = np.random.default_rng(0)
    sick = np.repeat(np.arange(60) % 2, 8)
    frame = pd.DataFrame(
        {"p": np.repeat(np.arange(60), 8), "genes": np.repeat(generator.normal(size=60), 8), "y": sick}
    )
    honest = Dataset(canonical(frame), Roles(kind="binary", target="y", patient="p"))
    fooled = Dataset(canonical(frame), Roles(kind="binary", target="y", ignored=("p",)))
    told = [leading(measure(data, learners=["boosting"]))["boosting"].value for data in (honest, fooled)]
    assert told[0] < 0.7 < 0.95 < told[1]


def test_fits_are_counted_not_seconds() -> None:
    learners = LEARNERS["binary"]
    assert 5 * sum(inner_fits(learner) for learner in learners) <= 120  # the usual budget pays for all
    few = affordable(learners, 5, 60)
    assert [len(learner.settings) for learner in few] == [1, 1, 1, 1]
    assert leading(measure(noise(2), fits=40))["logistic"].detail["fits"] <= 40


@pytest.mark.parametrize("roles", [Roles(), Roles(kind="survival", target="y", event="y", duration="x0")])
def test_it_says_when_it_does_not_apply(roles: Roles) -> None:
    data = Dataset(noise(0).train, roles)
    params = {"learners": ["ridge"]} if roles.kind != "none" else {}
    assert isinstance(CompareModels(params).measure(data, as_is), NotApplicable)
    assert isinstance(
        CompareModels({}).measure(Dataset(noise(0).train, noise(0).roles, test=noise(1).train), as_is), NotApplicable
    )
