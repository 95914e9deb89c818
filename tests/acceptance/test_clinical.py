"""What the main job must do on real clinical data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.acceptance.conftest import Result

SERIOUS = ("major", "critical")


def due(key: dict[str, Any], *, told: bool) -> set[str]:
    """Leaks that must be named."""
    named = {column for columns in key["leaks"].values() for column in columns}
    return named if told else named - set(key["needs_dictionary"])


@pytest.mark.parametrize("told", [False, True])
def test_every_leak_of_support2_is_named_and_none_is_kept(
    told: bool, support2: Result, support2_told: Result, key: dict[str, Any]
) -> None:
    result = support2_told if told else support2
    named = result.leaks(*SERIOUS)
    assert due(key, told=told) <= named
    every = due(key, told=True) | set(key["identifiers"]) | set(key["ask"])
    assert len(result.leaks("minor", *SERIOUS) - every) <= 2
    kept = set(result.data.columns)
    assert not due(key, told=told) & kept
    assert not {column for column in kept if column.split("=")[0] in due(key, told=told)}


def test_impossible_zeros_are_missing_not_values(support2: Result, bench_data: Path, key: dict[str, Any]) -> None:
    raw = pd.read_csv(bench_data / "clinical" / "support2.csv")
    changes = pd.read_parquet(support2.out / "changes.parquet")
    for column, count in key["implausible_zero"].items():
        assert (raw[column] == 0).sum() == count
        for part in (support2.data, support2.test):
            assert not (part[column] == 0).any()
        of_column = changes[changes["column"] == column]
        marked = of_column[pd.to_numeric(of_column["before"], errors="coerce") == 0]
        zeros = raw.index[raw[column] == 0].intersection(support2.data.index)
        assert set(marked["_row"]) >= set(zeros)


def test_a_test_part_is_sealed_and_the_data_trains(support2: Result, bench_data: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data, test = support2.data, support2.test
    raw = pd.read_csv(bench_data / "clinical" / "support2.csv")
    assert not set(data.index) & set(test.index)
    assert set(data.index) | set(test.index) == set(raw.index)
    assert abs(len(test) / len(raw) - 0.2) < 0.01
    assert list(data.columns) == list(test.columns)
    features = data.columns.drop("hospdead")
    assert not data[features].isna().any().any()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(data[features], data["hospdead"])
    score = roc_auc_score(test["hospdead"], model.predict_proba(test[features])[:, 1])
    assert 0.75 < score < 0.95


def test_rows_of_pbc2_are_visits_and_no_patient_is_on_both_sides(pbc2: Result, bench_data: Path) -> None:
    raw = pd.read_csv(bench_data / "clinical" / "pbc2.csv")
    found = [f for f in pbc2.json("findings.json") if f["challenge"] == "structure/repeated-measures"]
    assert found and found[0]["evidence"]["patients"] == 312
    assert not set(raw.loc[pbc2.data.index, "id"]) & set(raw.loc[pbc2.test.index, "id"])
    assert {"status", "years"} <= pbc2.leaks(*SERIOUS)
    assert not {"status", "years", "sno."} & set(pbc2.data.columns)
    assert pbc2.leaks(*SERIOUS) <= {"status", "years", "sno.", "id"}


def test_pbc2_as_a_survival_study_has_years_as_a_role(pbc2_survival: Result) -> None:
    roles = pbc2_survival.json("recipe.json")["roles"]
    assert (roles["kind"], roles["duration"], roles["event"], roles["patient"]) == (
        "survival",
        "years",
        "status2",
        "id",
    )
    named = pbc2_survival.leaks(*SERIOUS)
    assert "status" in named and "years" not in named
    assert {"years", "status2"} <= set(pbc2_survival.data.columns)
    metrics = pbc2_survival.json("metrics.json")
    assert {metric["model"] for metric in metrics["after"]} == {"cox"}


def test_no_clean_cell_of_hospital_is_damaged(hospital: Result, bench_data: Path) -> None:
    folder = bench_data / "repair" / "quintet" / "hospital"
    dirty = pd.read_csv(folder / "dirty.csv", dtype=str, keep_default_na=False)
    clean = pd.read_csv(folder / "clean.csv", dtype=str, keep_default_na=False)
    done = pd.read_csv(hospital.out / "data.csv", dtype=str, keep_default_na=False).drop(columns="_row")
    assert list(done.columns) == list(dirty.columns) and len(done) == len(dirty)
    clean.columns = dirty.columns
    was_clean = dirty == clean
    assert ((done != clean) & was_clean).to_numpy().sum() == 0
    assert ((done == clean) & ~was_clean).to_numpy().sum() >= 100


def test_each_verdict_is_given_for_a_reason(support2: Result) -> None:
    given: dict[str, list[str]] = {}
    for revision in support2.json("plan.json")["revisions"]:
        for verdict in (revision["assessment"] or {"verdicts": []})["verdicts"]:
            given.setdefault(verdict["verdict"], []).append(verdict["reason"])
    assert {"keep", "replace", "remove"} <= set(given)
    assert all(reason for reasons in given.values() for reason in reasons)
