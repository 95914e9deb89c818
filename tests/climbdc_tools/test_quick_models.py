"""Quick models are honest: refitted in each fold, patients together, the same rows before and after."""

from __future__ import annotations

import dataclasses
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from climbdc.data import canonical
from climbdc.sdk import Dataset, Metric, NotApplicable, Roles, ToolError
from climbdc_tools.paired import compare
from climbdc_tools.quick_models import QuickModels

Frames = tuple[pd.DataFrame, pd.DataFrame]


def as_is(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
    return train, valid


def measure(data: Dataset, treat: Any = as_is, **params: Any) -> list[Metric]:
    metrics = QuickModels(params).measure(data, treat)
    assert not isinstance(metrics, NotApplicable)
    return metrics


def first(metrics: list[Metric], name: str) -> Metric:
    return next(metric for metric in metrics if metric.name == name)


@pytest.fixture(scope="module")
def breast() -> Dataset:
    return Dataset(canonical(load_breast_cancer(as_frame=True).frame), Roles(kind="binary", target="target"))


def test_binary(breast: Dataset) -> None:
    metrics = measure(breast)
    assert {(m.model, m.name) for m in metrics} == {
        (model, name) for model in ("logistic", "boosting") for name in ("auc", "brier", "log_loss")
    }
    auc = first(metrics, "auc")
    assert auc.low < auc.value < auc.high and auc.value > 0.98 and auc.rows == 569
    assert measure(breast) == metrics


@pytest.mark.parametrize(
    ("load", "kind", "name", "least"), [(load_wine, "multiclass", "auc", 0.97), (load_diabetes, "numeric", "r2", 0.4)]
)
def test_other_targets(load: Any, kind: Any, name: str, least: float) -> None:
    data = Dataset(canonical(load(as_frame=True).frame), Roles(kind=kind, target="target"))
    assert first(measure(data), name).value > least


def test_survival() -> None:
    with resources.files("lifelines.datasets").joinpath("gbsg2.csv").open() as file:
        frame = canonical(pd.read_csv(file))
    data = Dataset(frame, Roles(kind="survival", target="cens", event="cens", duration="time"))
    (metric,) = measure(data)
    assert (metric.name, metric.model) == ("concordance", "cox") and 0.65 < metric.value < 0.72


def test_a_leak_through_the_patient_is_not_rewarded() -> None:
    generator = np.random.default_rng(0)
    died = np.repeat(generator.integers(0, 2, 60), 10)
    frame = pd.DataFrame(
        {"p": np.repeat(np.arange(60), 10), "genes": np.repeat(generator.normal(size=60), 10), "y": died}
    )
    frame = canonical(frame.assign(noise=generator.normal(size=600)))
    by_patient = Dataset(frame, Roles(kind="binary", target="y", patient="p"))
    by_row = Dataset(frame, Roles(kind="binary", target="y", ignored=("p",)))
    honest, fooled = (first(measure(data, models=["boosting"]), "auc") for data in (by_patient, by_row))
    assert honest.value < 0.65 < 0.95 < fooled.value
    assert honest.high - honest.low > 2 * (fooled.high - fooled.low)


def test_the_treatment_is_refitted_in_each_fold(breast: Dataset) -> None:
    seen: list[Frames] = []

    def treat(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
        seen.append((train, valid))
        return train.iloc[:-3], valid

    measure(breast, treat, models=["logistic"], folds=4)
    assert len(seen) == 4 and all(not set(train.index) & set(valid.index) for train, valid in seen)
    assert sorted(row for _, valid in seen for row in valid.index) == list(breast.train.index)


def test_before_and_after_on_the_same_rows(breast: Dataset) -> None:
    strong = [name for name in breast.features if "worst" in name or "mean" in name]
    rows = [int(row) for row in breast.train.index[::2]]
    before, after, again = (
        measure(breast, treat, models=["logistic"], keep_predictions=True, score_rows=rows)[0]
        for treat in (as_is, lambda a, b: (a.drop(columns=strong), b.drop(columns=strong)), as_is)
    )
    assert before.detail["rows"] == rows and before.rows == len(rows)
    worse = {one.name: one for one in compare(before.detail, after.detail)}
    assert worse["auc"].verdict == "worse" and worse["auc"].change == pytest.approx(
        after.value - before.value, abs=1e-5
    )
    assert worse["brier"].verdict == "worse"
    assert all(one.verdict == "same" and one.change == 0 for one in compare(before.detail, again.detail))
    assert compare({"rows": [1], "y": [1], "p": [1.0], "kind": "binary"}, before.detail) == []


def test_rows_without_a_target_and_odd_columns() -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "y": pd.Series(generator.choice(["ja", "nein"], 300)).where(generator.random(300) > 0.1),
            "": generator.normal(size=300),
            "日": pd.date_range("2020-01-01", periods=300),
            "leer": np.nan,
            "Straße": [f"w{i}" for i in range(300)],
        }
    )
    data = Dataset(canonical(frame), Roles(kind="binary", target="y"))
    assert all(metric.rows == int(data.train["y"].notna().sum()) for metric in measure(data))


def test_a_cap_keeps_patients_whole(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    data = Dataset(frame, Roles(kind="binary", target="status2", patient="id", visit_time="year", ignored=("status",)))
    (auc, *_) = measure(data, models=["logistic"], cap=500, keep_predictions=True)
    kept = frame.loc[auc.detail["rows"]]
    assert 400 <= len(kept) <= 520
    assert (kept.groupby("id").size() == frame.groupby("id").size().loc[kept["id"].unique()]).all()


def test_too_little(breast: Dataset) -> None:
    few = dataclasses.replace(breast, train=breast.train.head(15))
    assert isinstance(QuickModels().measure(few, as_is), NotApplicable)
    assert isinstance(QuickModels().measure(dataclasses.replace(breast, roles=Roles()), as_is), NotApplicable)
    assert isinstance(QuickModels({"models": ["cox"]}).measure(breast, as_is), NotApplicable)


def test_a_treatment_that_takes_the_target_away(breast: Dataset) -> None:
    with pytest.raises(ToolError, match="'target'"):
        measure(breast, lambda a, b: (a.drop(columns="target"), b.drop(columns="target")))
