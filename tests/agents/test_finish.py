"""The sealed part at the end of a session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.agents import held_out, sealed_part
from climbdc.sdk import Goal

from .conftest import Made, at_finish, make


def visits() -> pd.DataFrame:
    """Three visits of each of 240 patients: bilirubin falls by exactly one from visit to visit."""
    rng = np.random.default_rng(0)
    patients = pd.DataFrame({"id": np.arange(240) + 100, "age": rng.integers(30, 80, 240)})
    patients["first"] = (rng.integers(30, 90, 240) / 10).round(1)
    patients["dead"] = (patients["age"] + rng.normal(0, 10, 240) > 55).astype(int)
    rows = patients.loc[patients.index.repeat(3)].reset_index(drop=True)
    rows["year"] = rows.groupby("id").cumcount()
    rows["bili"] = (rows.pop("first") - rows["year"] * 0.5).round(1)
    return rows


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A session in which a part was sealed and visits were merged."""
    folder = tmp_path_factory.mktemp("merged")
    visits().to_csv(folder / "visits.csv", index=False)
    return make(folder, folder / "visits.csv", Goal(target="dead", id="id", visit_time="year"))


def test_every_visit_of_a_sealed_patient_is_merged_as_those_of_train_are(merged: Made) -> None:
    raw, session = visits(), merged.session
    merging = next(item for item in session.recipe.steps if item.step.tool == "aggregate_visits")
    rule = {name: how for name, how, _ in merging.state["columns"]}["bili"]
    expected = raw.groupby("id")["bili"].agg(rule)
    test, train = session.dataset.test, session.dataset.train
    assert rule != "last" and test is not None and len(test) == 48 and len(train) == 192
    for part in (train, test):
        pd.testing.assert_series_equal(part.set_index("id")["bili"], expected.loc[part["id"]])


def test_nothing_is_learnt_from_a_sealed_patient_when_visits_are_merged(merged: Made) -> None:
    steps = [item.step.tool for item in merged.session.recipe.steps]
    assert steps.index("split_data") < steps.index("aggregate_visits")
    merging = next(item for item in merged.session.recipe.steps if item.step.tool == "aggregate_visits")
    assert merging.state["patients"] == 192
    answered = [item for item in merged.session.findings if item["challenge"] == "structure/repeated-measures"]
    assert [item["status"] for item in answered] == ["answered"]


def test_what_is_sealed_is_every_visit_of_the_patient(merged: Made) -> None:
    raw, part = held_out(merged.session.stored), sealed_part(merged.session.stored)
    assert raw is not None and part is not None
    assert len(part) == 144 and len(raw) == 144 and set(raw["id"]) == set(part["id"])


def test_drift_is_measured_against_every_visit_of_train(merged: Made) -> None:
    described = {column.name: column for column in merged.session.recipe.contract.columns}
    assert described["year"].quantiles[0] == 0 and described["year"].quantiles[-1] == 2


def test_what_a_step_does_is_measured_where_a_test_file_is_given(heart: Path, tmp_path: Path) -> None:
    whole = pd.read_csv(heart, dtype=str, keep_default_na=False)
    for name, part in {"train.csv": whole.iloc[::2], "test.csv": whole.iloc[1::2]}.items():
        part.to_csv(tmp_path / name, index=False)
    goal = Goal(target="num", task="regression")
    made = make(tmp_path, tmp_path / "train.csv", goal, stop_at=at_finish, test=tmp_path / "test.csv")
    asked = [item["asked"]["detail"] for item in made.session.stored.decisions() if item["asked"]["kind"] == "change"]
    measured = {detail["step"]["tool"] for detail in asked if detail["effect"]}
    assert {"impute", "drop_columns"} & measured
