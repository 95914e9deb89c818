"""What a model leans on: in rows it has not seen, by the columns of the file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, Metric, NotApplicable, Roles, check_tool
from climbdc_tools.explain_model import ExplainModel
from climbdc_tools.importance import origin


def plain(train: pd.DataFrame, held: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return train, held


def explained(data: Dataset, **params: Any) -> tuple[list[Metric], list[Finding]]:
    tool = ExplainModel(params)
    metrics = tool.measure(data, plain)
    assert isinstance(metrics, list)
    return metrics, tool.conclude(data, metrics)


def noise(rows: int = 300) -> pd.DataFrame:
    """A target that nothing tells, and columns of which one has a value for each row."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 8)), columns=[f"x{n}" for n in range(8)])
    return frame.assign(number=rng.permutation(rows), y=rng.integers(0, 2, rows))


def test_known_mistake_a_model_is_not_explained_on_its_training_rows() -> None:
    held: list[Any] = []

    def treat(train: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        assert not set(train.index) & set(rows.index)
        held.append(rows.index)
        return train, rows

    data = Dataset(train=canonical(noise()), roles=Roles(kind="binary", target="y"))
    metrics = ExplainModel({}).measure(data, treat)
    assert isinstance(metrics, list)
    # In its training rows the model loses a tenth of its AUC or more for nearly each of these columns.
    assert all(metric.low <= 0 or metric.value < 0.05 for metric in metrics)
    assert abs(metrics[0].detail["score"] - 0.5) < 0.1
    assert sum(map(len, held)) == 300
    assert [finding.kind for finding in ExplainModel({}).conclude(data, metrics)] == ["nothing"]


def test_a_column_that_says_the_outcome_is_suspect() -> None:
    frame = canonical(load_breast_cancer(as_frame=True).frame).iloc[:, [0, 1, 4, 8, 9, 30]]
    leak = frame.assign(outcome_code=frame["target"] * 2.0 + np.random.default_rng(0).normal(0, 0.1, len(frame)))
    _, found = explained(Dataset(train=canonical(leak), roles=Roles(kind="binary", target="target")))
    suspect = found[0]
    assert (suspect.kind, suspect.severity, suspect.columns) == ("single-driver", "major", ("outcome_code",))
    step = suspect.suggestions[0]
    assert step.tool == "drop_columns" and step.params == {"columns": ["outcome_code"]} and step.confidence <= 0.3
    _, clean = explained(Dataset(train=frame, roles=Roles(kind="binary", target="target")))
    assert [finding.kind for finding in clean] == ["leading"]


def test_what_a_step_made_of_a_column_counts_as_that_column() -> None:
    assert [origin(name, ["a", "a_b", "é name"]) for name in ("a_b_missing", "a=x", "é name=1", "ab", "a (mean)")] == [
        "a_b", "a", "é name", "ab", "a",
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"stage": rng.choice(list("abcd"), 400), "x": rng.normal(size=400), "z": rng.normal(size=400)})
    frame["y"] = (frame["stage"].isin(["a", "b"]) ^ (rng.random(400) < 0.1)).astype(int)

    def encode(train: pd.DataFrame, held: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        def coded(part: pd.DataFrame) -> pd.DataFrame:
            levels = {f"stage={level}": (part["stage"] == level).astype("int64") for level in "abcd"}
            return part.drop(columns="stage").assign(**levels)

        return coded(train), coded(held)

    data = Dataset(train=canonical(frame), roles=Roles(kind="binary", target="y"))
    tool = ExplainModel({})
    metrics = tool.measure(data, encode)
    assert isinstance(metrics, list)
    assert {metric.model for metric in metrics} == {"stage", "x", "z"} and metrics[0].model == "stage"
    assert metrics[0].value > 0.3, "all levels are shuffled together, not one at a time"
    assert sum(metrics[0].detail["shares"].values()) == pytest.approx(1, abs=0.001)


def test_support2_names_what_doctors_would(bench_data: Any) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "support2.csv")
    kept = ["age", "sex", "race", "num.co", "scoma", "meanbp", "hrt", "resp", "crea", "adlp", "dzgroup", "hospdead"]
    data = Dataset(train=canonical(frame[kept]), roles=Roles(kind="binary", target="hospdead"))
    metrics, found = explained(data, cap=2000, repeats=2)
    assert found[0].kind == "leading" and {"adlp", "scoma"} & set(found[0].columns)
    assert found[0].evidence["n"] == 2000 and found[0].evidence["N"] == 9105
    bars, shap = found[0].figures
    assert bars.data["labels"] == [metric.model for metric in metrics] == shap.data["labels"]
    assert all(
        low <= at <= high for low, at, high in zip(*(bars.data[k] for k in ("low", "values", "high")), strict=True)
    )
    again, _ = explained(data, cap=2000, repeats=2)
    assert again == metrics


def test_numbers_classes_and_survival() -> None:
    diabetes = canonical(load_diabetes(as_frame=True).frame)
    _, found = explained(Dataset(train=diabetes, roles=Roles(kind="numeric", target="target")))
    assert {"bmi", "s5"} <= set(found[0].columns) and found[0].evidence["measure"] == "R²"
    three = diabetes.assign(target=pd.cut(diabetes["target"], 3, labels=["low", "mid", "high"]).astype(str))
    _, found = explained(Dataset(train=canonical(three), roles=Roles(kind="multiclass", target="target")))
    assert {"bmi", "s5"} & set(found[0].columns)
    from lifelines.datasets import load_gbsg2

    survival = Dataset(train=canonical(load_gbsg2()), roles=Roles(kind="survival", duration="time", event="cens"))
    metrics, found = explained(survival)
    assert metrics[0].model == "pnodes" and found[0].evidence["measure"] == "concordance"


@pytest.mark.parametrize("rows", [0, 1, 12])
def test_too_little_is_said_to_be_too_little(rows: int) -> None:
    data = Dataset(train=canonical(noise()).head(rows), roles=Roles(kind="binary", target="y"))
    with pytest.raises(NotApplicable):
        ExplainModel({}).measure(data, plain)
    alone = replace(data, train=canonical(noise())[["y"]])
    assert isinstance(ExplainModel({}).measure(alone, plain), NotApplicable)


def test_it_keeps_the_rules() -> None:
    check_tool(ExplainModel).raise_if_bad()
