"""Entries that cannot all be true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lifelines.datasets
import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.find_contradictions import FindContradictions


def look(frame: pd.DataFrame, roles: Roles | None = None) -> list[Finding]:
    found = FindContradictions({}).look(Dataset(canonical(frame), roles or Roles()))
    assert not isinstance(found, NotApplicable)
    return found


def rows_of(found: list[Finding], kind: str) -> list[list[int]]:
    return [[] if finding.rows is None else finding.rows.tolist() for finding in found if finding.kind == kind]


@pytest.fixture
def support2(bench_data: Path) -> pd.DataFrame:
    return pd.read_csv(bench_data / "clinical" / "support2.csv")


@pytest.mark.parametrize("name", ["support2", "pbc2"])
def test_no_false_alarm_on_clinical_data(name: str, bench_data: Path) -> None:
    assert look(pd.read_csv(bench_data / "clinical" / f"{name}.csv")) == []


def test_no_false_alarm_on_the_demo(heart: Path) -> None:
    assert look(pd.read_csv(heart)) == []


@pytest.mark.parametrize(
    "name", ["rossi", "lung", "gbsg2", "larynx", "stanford_heart_transplants", "kidney_transplant"]
)
def test_no_false_alarm_on_survival_studies(name: str) -> None:
    assert look(getattr(lifelines.datasets, f"load_{name}")()) == []


def stays(count: int = 300) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    admitted = pd.Timestamp("2020-01-01") + pd.to_timedelta(draw.integers(0, 700, count), unit="D")
    left = admitted + pd.to_timedelta(draw.integers(1, 30, count), unit="D")
    return pd.DataFrame({"in": admitted, "out": left})


def test_an_order_of_dates_that_two_rows_break() -> None:
    frame = stays()
    frame.loc[[7, 90], ["in", "out"]] = frame.loc[[7, 90], ["out", "in"]].to_numpy()
    found = look(frame)
    assert rows_of(found, "date-order") == [[7, 90]]
    assert found[0].columns == ("in", "out")


def test_unordered_dates_are_no_contradiction() -> None:
    frame = stays()
    frame["out"] = frame["out"].sample(frac=1, random_state=0).to_numpy()
    assert look(frame) == []


def test_nothing_comes_before_birth() -> None:
    frame = stays(12).assign(date_of_birth=pd.Timestamp("1960-05-01"))
    frame.loc[3, "date_of_birth"] = pd.Timestamp("2031-05-01")
    found = look(frame)
    assert [3] in rows_of(found, "date-order")
    assert {finding.evidence["because"] for finding in found} == {"names"}


def test_what_only_one_sex_has(support2: pd.DataFrame) -> None:
    female = (support2["sex"] == "female").to_numpy()
    frame = support2[["sex", "age"]].assign(pregnant=np.where(female & (support2["age"] < 40), "yes", "no"))
    wrong = np.flatnonzero(~female)[:3]
    frame.loc[wrong, "pregnant"] = "yes"
    assert rows_of(look(frame), "other-sex") == [wrong.tolist()]


def test_a_diagnosis_of_the_other_sex() -> None:
    frame = pd.DataFrame({"sex": ["f", "m"] * 40, "diagnosis": ["ovarian cyst", "prostate cancer"] * 40})
    frame.loc[10, "diagnosis"] = "prostate cancer"
    assert rows_of(look(frame), "other-sex") == [[10]]
    frame["family history"] = frame.pop("diagnosis")
    assert rows_of(look(frame), "other-sex") == []


def test_a_total_is_discovered_and_its_broken_rows_are_told(support2: pd.DataFrame) -> None:
    frame = pd.DataFrame({"white": support2["wblc"].round(1), "rest": support2["hrt"].round(1)}).dropna()
    frame["all"] = (frame["white"] + frame["rest"]).round(1)
    frame = frame.reset_index(drop=True)
    frame.loc[[5, 50], "all"] += 40
    found = look(frame)
    assert rows_of(found, "total") == [[5, 50]]
    assert (found[0].evidence["how"], found[0].evidence["with_columns"]) == ("the sum", "white, rest")


def test_shares_of_a_whole_on_real_tables(bench_data: Path) -> None:
    table = "medicare-part-d-opioid-prescribing-rates-by-geography"
    found = look(pd.read_csv(bench_data / "repair" / "health-no" / table / "dirty.csv"))
    told = [finding.evidence["how"] for finding in found if finding.kind == "total"]
    assert "100 times the ratio" in told


def test_diastolic_above_systolic() -> None:
    frame = pd.DataFrame({"sbp": np.arange(100.0, 160.0), "dbp": np.arange(60.0, 120.0)})
    frame.loc[4, ["sbp", "dbp"]] = [70.0, 110.0]
    assert rows_of(look(frame), "number-order") == [[4]]


def test_codes_with_two_names_are_found_in_hospital(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "repair" / "quintet" / "hospital" / "dirty.csv", dtype=str)
    found = [finding for finding in look(frame) if finding.kind == "dependency"]
    assert len(found) >= 8
    names = {finding.evidence["other"] for finding in found}
    assert {"name", "zip", "measure_code"} <= names


def test_breweries_have_one_state(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "repair" / "quintet" / "beers" / "dirty.csv")
    pairs = {(f.evidence["column"], f.evidence["other"]) for f in look(frame) if f.kind == "dependency"}
    assert ("brewery_name", "state") in pairs


def test_two_columns_tell_a_third_together() -> None:
    draw = np.random.default_rng(2)
    frame = pd.DataFrame({"ward": draw.choice(list("abcd"), 400), "shift": draw.choice(list("xyz"), 400)})
    frame["team"] = (frame["ward"] + frame["shift"]).map(lambda pair: f"team {sum(map(ord, pair)) % 7} {pair[0] < 'c'}")
    assert look(frame) == []
    frame.loc[33, "team"] = "team 9"
    found = look(frame)
    assert rows_of(found, "dependency") == [[33]]
    assert found[0].evidence["column"] == "shift and ward"


def test_keys_and_pairs_of_yes_and_no_are_no_rules() -> None:
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"key": np.arange(400), "a": draw.integers(0, 2, 400), "b": (np.arange(400) < 8).astype(int)})
    frame["c"] = frame["b"]
    frame.loc[200, "c"] = 1
    assert look(frame) == []


def test_the_outcome_is_never_looked_at() -> None:
    frame = stays()
    frame.loc[[7], ["in", "out"]] = frame.loc[[7], ["out", "in"]].to_numpy()
    frame["age"] = 50
    roles = Roles(kind="numeric", target="out")
    assert look(frame, roles) == []


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"診断": ["a"] * 5, "leer": [None] * 5, "c": [1.0] * 5}),
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
    ],
)
def test_odd_tables_have_none(frame: pd.DataFrame) -> None:
    assert look(frame) == []
    for part in (frame.iloc[:0], frame.iloc[:1]):
        refused: Any = FindContradictions({}).look(Dataset(canonical(part)))
        assert isinstance(refused, NotApplicable)
