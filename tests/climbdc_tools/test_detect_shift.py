"""Differences between train and test, sites and years are found; parts alike are left in peace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles, check_tool
from climbdc_tools.detect_shift import DetectShift
from climbdc_tools.shift import shifts

SUPPORT = Roles(kind="binary", target="hospdead", identifiers=("sno",))
HEART = Roles(kind="multiclass", target="num", identifiers=("id",), site="dataset")


def look(train: pd.DataFrame, audit: pd.DataFrame | None, roles: Roles, **params: Any) -> list[Finding]:
    features = None if audit is None else audit.drop(columns=list(roles.outcomes), errors="ignore")
    found = DetectShift(params).look(Dataset(train, roles, audit=features))
    assert not isinstance(found, NotApplicable)
    for finding in found:
        assert DetectShift.says[finding.kind].format(columns="", **finding.evidence)
    return found


def drawn(frame: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    test = frame.sample(frac=0.2, random_state=seed)
    return frame.drop(test.index), test


@pytest.fixture
def support(bench_data: Path) -> pd.DataFrame:
    return canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))


@pytest.fixture
def hospitals(heart: Path) -> pd.DataFrame:
    return canonical(pd.read_csv(heart))


def test_a_random_split_of_real_patients_is_no_shift(support: pd.DataFrame, hospitals: pd.DataFrame) -> None:
    assert look(*drawn(support, 0), SUPPORT, cap=3000, learn=1500) == []
    one_table = HEART.model_copy(update={"site": None})
    assert [look(*drawn(hospitals, seed), one_table) for seed in range(3)] == [[]] * 3


def test_other_patients_in_test_are_told_apart_and_the_columns_named(support: pd.DataFrame) -> None:
    cancer = support["dzclass"] == "Cancer"
    hidden = support.drop(columns=["dzclass", "dzgroup"])
    apart, values, gaps = look(hidden[~cancer], hidden[cancer], SUPPORT, cap=3000, learn=1500)
    assert (apart.kind, apart.severity) == ("told-apart", "minor") and apart.evidence["low"] > 0.95
    assert apart.evidence["n"] <= 1500 < apart.evidence["N"]
    assert values.kind == "test-values" and values.columns[0] == "ca" and "hospdead" not in values.columns
    assert gaps.kind == "test-gaps" and {"pafi", "ph"} <= set(gaps.columns), "cancer patients have no blood gases taken"
    assert values.figures[0].data["rows"][0][:2] == ["ca", "test"]


def test_hospitals_that_recorded_otherwise_are_found(hospitals: pd.DataFrame) -> None:
    values, gaps = look(hospitals, None, HEART)
    assert (values.kind, values.severity, values.evidence["by_column"]) == ("sites-values", "info", "dataset")
    worst = values.figures[0].data["rows"][0]
    assert worst[:3] == ["chol", "Switzerland", "median 0"], "there 0 stands for not measured"
    assert gaps.kind == "sites-gaps" and gaps.columns[0] == "ca" and gaps.evidence["percent"] > 90
    assert ["ca", "Cleveland"] in [row[:2] for row in gaps.figures[0].data["rows"]]
    assert "dataset" not in values.columns + gaps.columns


def test_a_split_by_hospital_is_told_as_meant(hospitals: pd.DataFrame) -> None:
    abroad = hospitals["dataset"] == "Hungary"
    kinds = {found.kind: found.severity for found in look(hospitals[~abroad], hospitals[abroad], HEART)}
    assert kinds["told-apart"] == "info" and {"test-values", "sites-values"} <= set(kinds)


def dated(seed: int, drift: float, rows: int = 1200) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, 1000, rows))
    frame = pd.DataFrame({"admitted": pd.Timestamp("2019-01-01") + pd.to_timedelta(day, unit="D")})
    frame["discharged"] = frame["admitted"] + pd.Timedelta(days=5)
    frame["sodium"] = rng.normal(140, 3, rows) + drift * day / 1000 * 3
    frame["unit"] = rng.choice(["A", "B"], rows)
    frame["lactate"] = np.where((day > 700) & (drift > 0), np.nan, rng.lognormal(0, 1, rows))
    return canonical(frame)


def test_what_changed_over_the_years_is_found_and_what_stayed_is_not() -> None:
    values, gaps = look(dated(0, 2.0), None, Roles())
    assert (values.kind, values.columns) == ("periods-values", ("sodium",))
    assert (gaps.kind, gaps.columns, gaps.evidence["by_column"]) == ("periods-gaps", ("lactate",), "admitted")
    assert values.figures[0].data["rows"][0][1].startswith("2019-01")
    assert look(dated(0, 0.0), None, Roles()) == []


def test_many_rows_do_not_make_a_small_difference_large() -> None:
    rng = np.random.default_rng(0)
    train = canonical(pd.DataFrame({"x": rng.normal(0, 1, 40_000), "sex": rng.random(40_000) < 0.50}).astype(float))
    test = canonical(pd.DataFrame({"x": rng.normal(0.1, 1, 40_000), "sex": rng.random(40_000) < 0.53}).astype(float))
    both = pd.concat([train, test], ignore_index=True)
    sure = list(shifts(both, ["x", "sex"], {"test": np.arange(80_000) >= 40_000}))
    assert max(one.chance for one in sure) < 1e-6, "each test would have given alarm"
    assert look(train, test, Roles(), cap=40_000, learn=2000) == []


def test_parts_alike_are_hardly_ever_told_apart() -> None:
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(220, 12)), columns=[f"x{n}" for n in range(12)])
        frame = frame.where(rng.random(frame.shape) > 0.2)
        frame["ward"] = rng.choice([f"w{n}" for n in range(30)], 220)
        frame["site"] = rng.choice(list("abc"), 220)
        data = canonical(frame)
        alarms += bool(look(data.iloc[:160], data.iloc[160:], Roles(site="site"), learn=200))
    assert alarms <= 2  # 5 %


def test_rows_of_one_patient_count_once(bench_data: Path) -> None:
    pbc = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    roles = Roles(kind="binary", target="status2", patient="id", visit_time="year", identifiers=("sno.",))
    apart = pbc["id"] % 5 == 0
    assert look(pbc[~apart], pbc[apart], roles) == []
    repeated = pd.concat([pbc[~apart].groupby("id").head(1)] * 30, ignore_index=True).rename_axis("_row")
    assert look(repeated, pbc[apart], roles) == [], "no copy adds proof"


def test_nothing_to_compare(support: pd.DataFrame) -> None:
    frame = canonical(support[["age", "sex"]])
    assert isinstance(DetectShift().look(Dataset(frame)), NotApplicable)
    assert isinstance(DetectShift().look(Dataset(frame.head(20), audit=frame.tail(20))), NotApplicable)


def test_it_keeps_the_rules() -> None:
    check_tool(DetectShift).raise_if_bad()
