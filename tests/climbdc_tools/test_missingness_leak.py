"""Gaps that tell the outcome."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.missingness_leak import MissingnessLeak


def look(data: Dataset) -> list[Finding]:
    found = MissingnessLeak().look(data)
    assert not isinstance(found, NotApplicable)
    return found


def test_only_the_patients_own_answers_leak(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    found = look(Dataset(frame, Roles(kind="binary", target="hospdead")))
    assert {one.columns: one.severity for one in found if one.columns != ("sfdm2",)} == {("adlp",): "major"}
    (adlp,) = [one for one in found if one.columns == ("adlp",)]
    assert adlp.evidence["strength"] == pytest.approx(0.701, abs=0.001)
    assert adlp.suggestions[0].tool == "drop_columns"


def test_patients_not_visits_are_counted(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    roles = Roles(kind="binary", target="status2", patient="id", visit_time="year")
    assert not [one for one in look(Dataset(frame, roles)) if one.severity != "minor"]
    (serum,) = [one for one in look(Dataset(frame, roles)) if one.columns == ("serChol",)]
    rows = look(Dataset(frame, roles.model_copy(update={"patient": None})))
    (plain,) = [one for one in rows if one.columns == ("serChol",)]
    assert serum.evidence["high"] - serum.evidence["low"] > plain.evidence["high"] - plain.evidence["low"]


def made(kind: str) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.normal(size=800)
    y = {"binary": (x > 0.5).astype(int), "multiclass": np.digitize(x, [-0.5, 0.5]), "numeric": x}[kind]
    telling = np.where((x > 0.3) & (generator.random(800) < 0.9), np.nan, generator.normal(size=800))
    chance = np.where(generator.random(800) < 0.3, np.nan, 1.5)
    frame = pd.DataFrame(
        {"y": y, "telling": telling, "chance": chance, "all": np.nan, "few": [np.nan] * 5 + [1.0] * 795}
    )
    return Dataset(canonical(frame), Roles(kind=kind, target="y"))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "numeric"])
def test_every_kind_of_target(kind: str) -> None:
    assert [one.columns for one in look(made(kind))] == [("telling",)]


def test_no_gaps_or_no_rows() -> None:
    data = made("binary")
    assert isinstance(MissingnessLeak().look(dataclasses.replace(data, train=data.train.iloc[:0])), NotApplicable)
    full = dataclasses.replace(data, train=data.train[["y"]].assign(x=1.0))
    assert isinstance(MissingnessLeak().look(full), NotApplicable)
