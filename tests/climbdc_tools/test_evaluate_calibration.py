"""Calibration: what is told about risks is what happened, in rows that were not learnt from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, Metric, NotApplicable, Roles, check_tool
from climbdc_tools.calibration import Predicted, calibration_curve, observed, recalibrated, smooth_gap
from climbdc_tools.evaluate_calibration import EvaluateCalibration


def plain(train: pd.DataFrame, held: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return train, held


def evaluated(data: Dataset, **params: Any) -> tuple[list[Metric], list[Finding]]:
    tool = EvaluateCalibration(params)
    metrics = tool.measure(data, plain)
    assert isinstance(metrics, list)
    return metrics, tool.conclude(data, metrics)


def value(metrics: list[Metric], name: str, model: str = "logistic") -> Metric:
    return next(metric for metric in metrics if metric.name == name and metric.model == model)


def cancer() -> Dataset:
    frame = canonical(load_breast_cancer(as_frame=True).frame)
    return Dataset(train=frame, roles=Roles(kind="binary", target="target"))


def risks(slope: float, count: int = 20_000) -> Predicted:
    """Risks that are too extreme by a known factor on the scale of log odds, and what then happens."""
    rng = np.random.default_rng(0)
    true = rng.normal(-1, 1, count)
    happened = (rng.random(count) < 1 / (1 + np.exp(-true))).astype("float64")
    return Predicted("risk", 1 / (1 + np.exp(-true / slope)), happened)


def test_known_slopes_are_found_and_right_risks_are_right() -> None:
    for slope in (0.5, 1.0, 1.5):
        told = recalibrated(risks(slope))["calibration_slope"]
        assert told.low <= slope <= told.high and told.high - told.low < 0.15
    right, extreme = risks(1.0), risks(0.5)
    assert smooth_gap(right, 0, 20).value < 0.01 < 0.05 < smooth_gap(extreme, 0, 20).low
    large = recalibrated(right._replace(told=np.clip(right.told * 1.5, 0, 0.99)))["calibration_intercept"]
    assert large.high < 0


def test_the_curve_is_what_was_seen_in_groups_of_equal_size() -> None:
    curve = calibration_curve(risks(1.0, 1000), 10)
    assert curve.counts == [100] * 10 and curve.predicted == sorted(curve.predicted)
    inside = [low <= told <= high for told, low, high in zip(curve.predicted, curve.low, curve.high, strict=True)]
    assert sum(inside) >= 8
    assert len(calibration_curve(risks(1.0, 65), 10).counts) == 2
    none = observed(Predicted("survival", np.zeros(40), np.zeros(40), None, np.arange(40.0) + 1, 20.0))
    assert none.value == 0 and 0.05 < none.high < 0.2, "no event in 40 patients is no proof that there is no risk"


def test_known_mistake_in_sample_scores_are_not_shown_as_cross_validated() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 30)), columns=[f"x{n}" for n in range(30)])
    frame["y"] = rng.integers(0, 2, 300)
    seen: list[set[Any]] = []

    def treat(train: pd.DataFrame, held: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        assert not set(train.index) & set(held.index)
        seen.append(set(held.index))
        return train, held

    data = Dataset(train=canonical(frame), roles=Roles(kind="binary", target="y"))
    metrics = EvaluateCalibration({}).measure(data, treat)
    assert isinstance(metrics, list)
    assert value(metrics, "brier", "boosting").low > 0.2, (
        "of noise nothing is learnt; in the sample it would be below 0.1"
    )
    assert value(metrics, "calibration_slope", "boosting").high < 0.5
    assert len(seen) == 5 and set().union(*seen) == set(data.train.index) and sum(map(len, seen)) == 300


def test_sealed_rows_are_predicted_by_what_was_learnt_from_the_others() -> None:
    data = cancer()
    sealed = replace(data, train=data.train.iloc[::2], test=data.train.iloc[1::2])
    metrics, found = evaluated(sealed)
    assert {metric.folds for metric in metrics} == {1} and {metric.rows for metric in metrics} == {284}
    assert found[0].evidence["n"] == 284


def test_support2_is_measured_by_group_in_time(bench_data: Any) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "support2.csv")
    kept = ["age", "sex", "race", "num.co", "scoma", "meanbp", "hrt", "resp", "temp", "crea", "sod", "hospdead"]
    data = Dataset(train=canonical(frame[kept]), roles=Roles(kind="binary", target="hospdead"))
    metrics, found = evaluated(data, cap=3000)
    assert value(metrics, "brier").rows == 3000 and 0.7 < value(metrics, "calibration_slope").value < 1.2
    first, groups = found
    assert first.kind in {"calibrated", "off"} and first.evidence["N"] == 9105 and first.evidence["said"].endswith(" %")
    table = groups.figures[0].data
    assert table["columns"][0] == "group" and {row[0].split(":")[0] for row in table["rows"]} == {"age", "sex", "race"}
    assert all(row[1] >= 50 for row in table["rows"])
    assert {figure.kind for figure in first.figures} == {"calibration"}


def test_a_group_whose_risks_are_wrong_is_named() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"sex": np.where(np.arange(2000) % 2, "female", "male"), "x": rng.normal(size=2000)})
    # men and women with opposite effects: on the whole right, in each group wrong at both ends
    frame["y"] = (rng.random(2000) < np.where(frame["sex"] == "female", 0.75, 0.25)).astype(int)
    hidden = Dataset(train=canonical(frame), roles=Roles(kind="binary", target="y", ignored=("sex",)))
    _, found = evaluated(hidden)
    apart = found[-1]
    assert (apart.kind, apart.severity, apart.columns) == ("groups-apart", "minor", ("sex",))
    assert abs(float(apart.evidence["said"].split()[0]) - float(apart.evidence["seen"].split()[0])) > 15


def test_numbers_classes_and_survival() -> None:
    diabetes = canonical(load_diabetes(as_frame=True).frame)
    numbers, found = evaluated(Dataset(train=diabetes, roles=Roles(kind="numeric", target="target")))
    assert value(numbers, "calibration_slope", "ridge").low < 1 < value(numbers, "calibration_slope", "ridge").high
    assert found[0].kind == "numbers-calibrated"
    three = diabetes.assign(target=pd.cut(diabetes["target"], 3, labels=["low", "mid", "high"]).astype(str))
    classes, found = evaluated(Dataset(train=canonical(three), roles=Roles(kind="multiclass", target="target")))
    assert {metric.model for metric in classes} == {
        f"{model}: {name}" for model in ("logistic", "boosting") for name in ("low", "mid", "high")
    }
    assert len(found[0].figures) == 4
    from lifelines.datasets import load_rossi

    rossi = Dataset(train=canonical(load_rossi()), roles=Roles(kind="survival", duration="week", event="arrest"))
    survival, found = evaluated(rossi)
    slope = value(survival, "calibration_slope", "cox")
    assert slope.low < 1 < slope.high and "until" in found[0].figures[0].title


@pytest.mark.parametrize("rows", [0, 1, 15])
def test_too_little_is_said_to_be_too_little(rows: int) -> None:
    data = cancer()
    few = replace(data, train=data.train.head(rows))
    with pytest.raises(NotApplicable):
        EvaluateCalibration({}).measure(few, plain)


def test_it_keeps_the_rules() -> None:
    check_tool(EvaluateCalibration).raise_if_bad()
