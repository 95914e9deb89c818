"""Who is lost, filled, changed and questioned is counted by group, and only real gaps are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import datasets as studies

from climbdc.data import canonical
from climbdc.registry import registry, sentence
from climbdc.sdk import Dataset, Finding, Metric, NotApplicable, Roles
from climbdc_tools.audit_equity import AuditEquity
from climbdc_tools.group_gaps import group_gaps
from climbdc_tools.handling import handled


def audit(data: Dataset, treat: Any, **params: Any) -> tuple[list[Metric], list[Finding]]:
    tool = AuditEquity(params)
    metrics = tool.measure(data, treat)
    assert not isinstance(metrics, NotApplicable)
    return metrics, tool.conclude(data, metrics)


def complete(*columns: str) -> Any:
    return lambda train, rows: (train.dropna(subset=list(columns)), rows)


def as_is(train: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return train, rows


@pytest.fixture(scope="module")
def support2(bench_data: Path) -> Dataset:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    later = ("death", "d.time", "sfdm2", "dnr", "dnrday", "prg2m", "prg6m", "surv2m", "surv6m", "aps", "sps")
    return Dataset(frame, Roles(kind="binary", target="hospdead", ignored=later))


@pytest.fixture(scope="module")
def heart_table(heart: Path) -> Dataset:
    frame = canonical(pd.read_csv(heart))
    target = next(name for name in frame.columns if name in {"num", "disease", "target", "heart_disease"})
    return Dataset(frame, Roles(kind="binary", target=target))


def test_leaving_out_incomplete_rows_falls_on_the_oldest(support2: Dataset) -> None:
    """What was found on SUPPORT2, beside the same numbers counted in another way."""
    _, found = audit(support2, complete("alb", "income"))
    by_age = next(finding for finding in found if finding.kind == "lost" and finding.columns == ("age",))
    frame = support2.train
    lost = frame[["alb", "income"]].isna().any(axis=1)
    old = frame["age"] >= 80
    assert by_age.evidence["value"] == "80 and over" and by_age.evidence["count"] == int(old.sum())
    assert by_age.evidence["share"] == f"{lost[old].mean():.1%}"
    assert by_age.evidence["share_others"] == f"{lost[~old].mean():.1%}"
    assert by_age.severity == "minor"
    told = {**by_age.to_json(), "tool": "audit_equity"}
    assert sentence(told, registry()).startswith("Of the patients with age 80 and over, the cleaning lost 62.4%")
    (figure,) = by_age.figures
    assert figure.data["columns"][:3] == ["age", "Patients", "Lost"] and len(figure.data["rows"]) == 6
    worst = next(finding for finding in found if finding.columns == ("race",))
    assert (
        worst.evidence["value"] == "not known" and worst.severity == "major"
    )  # under four fifths of the rest are left
    assert not [finding for finding in found if finding.columns == ("sex",)]


def test_nothing_done_is_nothing_unequal(support2: Dataset) -> None:
    metrics, (finding,) = audit(replace(support2, roles=Roles()), as_is)
    assert finding.kind == "alike" and finding.severity == "info" and len(finding.figures) == 3
    assert {metric.value for metric in metrics} == {0.0}


def test_rows_lost_at_random_raise_no_alarm(support2: Dataset) -> None:
    data = replace(support2, roles=Roles())
    alarms = 0
    for seed in range(30):
        found = audit(data, lambda train, rows, s=seed: (train.sample(frac=0.8, random_state=s), rows))[1]
        alarms += found[0].kind != "alike"
    assert alarms <= 4  # 5 % of 30 are expected


def test_rows_lost_before_the_split_count_when_they_are_handed_over(support2: Dataset) -> None:
    raw = replace(support2, roles=Roles()).train
    left = raw[~((raw["sex"] == "female") & (np.arange(len(raw)) % 3 == 0))]
    seen = Dataset(left, extra={"raw": raw})
    (found,) = [finding for finding in audit(seen, as_is)[1] if finding.columns == ("sex",)]
    assert found.kind == "lost" and found.evidence["value"] == "female" and found.severity == "major"
    assert audit(Dataset(left), as_is)[1][0].kind == "alike"


def test_patients_whose_visits_are_merged_are_not_lost(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    patient = next(name for name in frame.columns if name.lower() in {"id", "patient_id"})
    data = Dataset(frame, Roles(patient=patient))
    metrics, _ = audit(data, lambda train, rows: (train.groupby(patient).head(1), rows))
    lost = [metric for metric in metrics if metric.name == "lost_gap"]
    assert lost and all(metric.value == 0 and metric.rows == frame[patient].nunique() for metric in lost)


def test_a_survival_study_has_no_doubtful_outcomes() -> None:
    frame = canonical(studies.load_lung())
    data = Dataset(frame, Roles(kind="survival", target="status", event="status", duration="time"))
    metrics, _ = audit(data, complete("meal.cal"))
    assert {metric.model for metric in metrics} == {"age", "sex"}
    assert {metric.name for metric in metrics} == {"lost_gap", "filled_gap", "changed_gap"}


def test_cells_are_counted_as_filled_changed_or_the_same() -> None:
    before = canonical(
        pd.DataFrame({"a": [1.0, np.nan, 3.0, 4.0], "b": ["1.0", "x", "y", "z"], "c": [1.0, 2.0, 3.0, 4.0]})
    )
    after = canonical(pd.DataFrame({"a": [1.0, 9.0, 3.0], "b": ["1", "x", "w"], "c": [100.0, 200.0, 300.0]}))
    told = handled(before, after, ["a", "b", "c", "gone"], None, {2, 3})
    assert told["lost"].tolist() == [0, 0, 0, 1]
    np.testing.assert_allclose(told["filled"], [0, 1 / 3, 0, np.nan])
    np.testing.assert_allclose(told["changed"], [0, 0, 1 / 3, np.nan])  # c is in another unit: nobody is singled out
    np.testing.assert_allclose(told["questioned"], [0, 0, 1, np.nan])


def test_small_groups_are_neither_shown_nor_compared(heart_table: Dataset) -> None:
    metrics, _ = audit(heart_table, as_is, columns=["age"], least=60)
    shown = {item["group"] for item in metrics[0].detail["groups"]}
    sizes = pd.cut(heart_table.train["age"], [0, 18, 40, 50, 60, 70, 80, 200], right=False).value_counts()
    assert len(shown) == (sizes >= 60).sum() < len(sizes)
    assert isinstance(AuditEquity({"least": 900}).measure(heart_table, as_is), NotApplicable)


def test_newcombe_interval_is_that_of_the_paper() -> None:
    """Newcombe 1998, table II, example (a): 56/70 against 48/80, method 10."""
    values = pd.Series([1.0] * 56 + [0.0] * 14 + [1.0] * 48 + [0.0] * 32)
    (gap,) = group_gaps(values, pd.Series(["a"] * 70 + ["b"] * 80), 10, whole=True)
    assert (round(gap.low, 4), round(gap.high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize("frame", [pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"sex": ["m", "f"]})])
def test_it_says_when_there_is_nothing_to_compare(frame: pd.DataFrame) -> None:
    assert isinstance(AuditEquity({}).measure(Dataset(canonical(frame)), as_is), NotApplicable)
