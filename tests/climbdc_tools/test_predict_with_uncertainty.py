"""What is promised of sets and ranges is measured on rows that had no part in them, and holds there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import datasets as studies
from sklearn.datasets import load_diabetes, load_wine

from climbdc.data import canonical
from climbdc.registry import registry, sentence
from climbdc.sdk import Dataset, Finding, Metric, NotApplicable, Roles
from climbdc_tools.conformal import intervals, sets
from climbdc_tools.predict_with_uncertainty import PredictWithUncertainty

Frames = tuple[pd.DataFrame, pd.DataFrame]


def as_is(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
    return train, valid


def measure(data: Dataset, treat: Any = as_is, **params: Any) -> tuple[list[Metric], list[Finding]]:
    tool = PredictWithUncertainty(params)
    metrics = tool.measure(data, treat)
    assert not isinstance(metrics, NotApplicable)
    return metrics, tool.conclude(data, metrics)


@pytest.fixture(scope="module")
def support2(bench_data: Path) -> Dataset:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    later = ("death", "d.time", "sfdm2", "dnr", "dnrday", "prg2m", "prg6m", "surv2m", "surv6m", "aps", "sps")
    costs = ("slos", "charges", "totcst", "totmcst", "sno")
    return Dataset(frame, Roles(kind="binary", target="hospdead", ignored=(*later, *costs)))


def test_the_promise_holds_on_support2_for_both_outcomes(support2: Dataset) -> None:
    metrics, found = measure(support2)
    coverage = {metric.model: metric for metric in metrics if metric.name == "coverage"}
    assert set(coverage) == {"boosting", "boosting: 0", "boosting: 1"}
    assert all(0.86 < metric.value < 0.95 for metric in coverage.values())
    assert coverage["boosting"].rows == 1000 and 1 < metrics[1].value < 1.5
    (finding,) = found
    assert finding.kind == "held" and finding.severity == "info"
    words = sentence({**finding.to_json(), "tool": "predict_with_uncertainty"}, registry())
    assert words.startswith("Sets made to hold hospdead in 90% of patients held it in 8")
    groups = {row[0] for row in finding.figures[0].data["rows"]}
    assert {"all", "0", "1", "sex: female", "age: 80 and over", "race: white"} <= groups
    assert measure(support2)[0] == metrics


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95])
def test_ranges_of_costs_hold_at_any_level(support2: Dataset, confidence: float) -> None:
    ignored = tuple(name for name in support2.roles.ignored if name != "totcst")
    data = replace(support2, roles=Roles(kind="numeric", target="totcst", ignored=(*ignored, "hospdead")))
    metrics, (finding, *_) = measure(data, confidence=confidence, model="plain")
    assert finding.kind == "range-held" and abs(metrics[0].value - confidence) < 0.04


def test_known_mistake_conformal_calibrated_on_training_rows() -> None:
    """A forest knows the rows it learnt by heart: calibrated on them, its ranges hold half of what they promise."""
    from sklearn.ensemble import RandomForestRegressor

    data = Dataset(canonical(load_diabetes(as_frame=True).frame), Roles(kind="numeric", target="target"))
    matrix, truth = data.train.drop(columns="target").to_numpy(), data.train["target"].to_numpy()
    learn, others = slice(0, 300), slice(300, None)
    forest = RandomForestRegressor(100, random_state=0).fit(matrix[learn], truth[learn])
    wrong = intervals(forest.predict(matrix[learn]), truth[learn], forest.predict(matrix[others]), 0.9)
    hit = (wrong[:, 0] <= truth[others]) & (truth[others] <= wrong[:, 1])
    assert hit.mean() < 0.65
    ours = [measure(replace(data, seed=seed), model="forest")[0][0].value for seed in range(6)]
    assert abs(np.mean(ours) - 0.9) < 0.04


def test_no_row_and_no_patient_has_two_parts(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    seen: list[tuple[set[int], pd.Index[Any]]] = []

    def treat(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
        seen.append((set(train["id"]), pd.Index(valid["id"])))
        return train, valid

    data = Dataset(frame, Roles(kind="numeric", target="albumin", patient="id", ignored=("sno.",)))
    metrics, _ = measure(data, treat)
    ((learnt, others),) = seen
    assert others.is_unique and not learnt & set(others)  # one visit a patient, of patients nothing was learnt from
    assert len(learnt) > 3 * metrics[0].rows - 5 and abs(metrics[0].value - 0.9) < 0.1


def test_the_sealed_rows_are_looked_at_where_they_are_given(support2: Dataset) -> None:
    sealed = np.random.default_rng(0).random(len(support2.train)) < 0.3
    data = replace(support2, train=support2.train[~sealed], test=support2.train[sealed])

    def never(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
        raise AssertionError("sealed rows are treated already")

    metrics, (finding, *_) = measure(data, never)
    assert metrics[0].rows == sealed.sum() and finding.kind == "held"


def test_patients_unlike_those_it_was_made_on_break_the_promise(support2: Dataset) -> None:
    """Where half of the outcomes at another place are others, it is said that the promise does not hold there."""
    test = support2.train.iloc[6000:].copy()
    test["hospdead"] = np.where(np.arange(len(test)) % 2, test["hospdead"], 1 - test["hospdead"])
    _, (finding, *_) = measure(replace(support2, train=support2.train.iloc[:6000], test=test))
    assert finding.kind == "not-held" and finding.severity == "minor"


def test_a_group_for_which_it_does_not_hold_is_named() -> None:
    generator = np.random.default_rng(0)
    rows = 3000
    sex = np.where(generator.random(rows) < 0.2, "female", "male")
    x = generator.normal(size=rows)
    y = x + generator.normal(size=rows) * np.where(sex == "female", 4, 0.5)
    data = Dataset(canonical(pd.DataFrame({"x": x, "sex": sex, "y": y})), Roles(kind="numeric", target="y"))
    _, found = measure(data)
    assert [(one.kind, one.columns, one.evidence.get("value")) for one in found] == [
        ("range-held", (), None), ("group-not-held", ("sex",), "female")
    ]  # fmt: skip


def test_several_classes_and_the_rare_one_too() -> None:
    data = Dataset(canonical(load_wine(as_frame=True).frame), Roles(kind="multiclass", target="target"))
    values = [measure(replace(data, seed=seed), model="plain")[0][0].value for seed in range(5)]
    assert np.mean(values) > 0.86
    told = np.array([[0.9, 0.1]] * 500 + [[0.7, 0.3]] * 20)
    truth = np.array([0] * 500 + [1] * 20)
    held = sets(told, truth, np.array([[0.7, 0.3], [0.99, 0.01]]), 0.9)
    assert held[0, 1] and not held[1, 1]  # one class at a time: 20 of the rare outcome decide about it alone


def test_an_outcome_too_rare_to_be_ruled_out_is_told() -> None:
    generator = np.random.default_rng(0)
    y = np.repeat(["often", "seldom"], [970, 30])
    data = Dataset(
        canonical(pd.DataFrame({"x": (y == "seldom") * 5 + generator.normal(size=1000), "y": y})),
        Roles(kind="binary", target="y"),
    )
    (_, (finding,)), (_, (other,)) = measure(data, model="plain"), measure(data, model="plain", confidence=0.8)
    assert "One outcome is too rare" in finding.evidence["advice"] and other.evidence["advice"] == ""
    assert float(finding.evidence["single"].strip("%")) < 30 < 60 < float(other.evidence["single"].strip("%"))


def test_it_says_why_survival_times_have_no_range() -> None:
    data = Dataset(
        canonical(studies.load_gbsg2()), Roles(kind="survival", target="cens", event="cens", duration="time")
    )
    answer = PredictWithUncertainty({}).measure(data, as_is)
    assert isinstance(answer, NotApplicable) and "still alive when last seen" in str(answer)


@pytest.mark.parametrize("rows", [0, 1, 60])
def test_few_rows_are_refused(rows: int) -> None:
    frame = pd.DataFrame({"x": np.arange(rows, dtype="float64"), "y": np.arange(rows) % 2})
    data = Dataset(canonical(frame), Roles(kind="binary", target="y"))
    assert isinstance(PredictWithUncertainty({}).measure(data, as_is), NotApplicable)
