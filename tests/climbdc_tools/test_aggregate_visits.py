"""One row a patient, and every visit accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.aggregate_visits import AggregateVisits

ROLES = Roles(kind="binary", target="dead", patient="id", visit_time="day")
VISITS = canonical(
    pd.DataFrame(
        {
            "id": ["b", "a", "a", None, "a", None],
            "day": [0.0, 20.0, 10.0, 5.0, None, 6.0],
            "sex": ["f", "m", None, "f", "m", "f"],
            "lab": [1.0, None, 5.0, 2.0, 9.0, 3.0],
            "drug": ["x", "y", "y", "x", "z", "z"],
            "dead": [0, 1, 0, 0, 0, 1],
        }
    )
)


def aggregated(frame: pd.DataFrame, roles: Roles, **params: object) -> pd.DataFrame:
    data, tool = Dataset(frame, roles), AggregateVisits(params)
    state = tool.fit(data)
    seen = tool.apply(frame, state, roles)
    lineage = tool.lineage(frame, state, roles)
    assert lineage is not None and set(lineage["_row"]) == set(seen.index)
    assert {column.name for column in tool.describe(data, seen, state)} <= set(seen.columns)
    return seen


def test_last_known_values_under_the_row_of_the_last_visit() -> None:
    seen = aggregated(VISITS, ROLES)
    assert seen.index.tolist() == [0, 1, 3, 5]
    assert seen.to_numpy(dtype=object).tolist()[1] == ["a", 20.0, "m", 5.0, "y", 1]
    assert seen["id"].isna().tolist() == [False, False, True, True]


def test_several_rules_and_own_rules() -> None:
    seen = aggregated(
        VISITS,
        ROLES,
        numeric=["first", "mean", "slope", "count"],
        categorical=["mode"],
        columns={"drug": ["first", "last"]},
    )
    assert seen.columns.tolist() == [
        "id", "day", "sex", "lab_first", "lab_mean", "lab_slope", "lab_count", "drug_first", "drug_last", "dead",
    ]  # fmt: skip
    assert seen[["lab_first", "lab_mean", "lab_count", "drug_first"]].to_numpy().tolist()[1] == [9.0, 7.0, 2, "z"]
    assert seen["lab_slope"].isna().all()


def test_later_visits_do_not_enter() -> None:
    seen = aggregated(VISITS, ROLES, until=10.0)
    assert seen.index.tolist() == [0, 2, 3, 5]
    assert seen[["lab", "drug", "dead"]].to_numpy().tolist()[1] == [5.0, "y", 0]


def test_days_after_the_first_visit_where_times_are_dates() -> None:
    frame = VISITS.assign(day=pd.to_datetime("2020-01-01") + pd.to_timedelta(VISITS["day"], unit="D"))
    seen = aggregated(canonical(frame), ROLES, until=5.0)
    assert seen.index.tolist() == [0, 2, 3, 5]


def test_one_row_a_patient_needs_nothing() -> None:
    with pytest.raises(NotApplicable, match="one row"):
        AggregateVisits().fit(Dataset(VISITS.iloc[:2], ROLES))
    with pytest.raises(NotApplicable, match="No column"):
        AggregateVisits().fit(Dataset(VISITS))


def test_slope_is_that_of_least_squares_on_real_visits(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    roles = Roles(kind="binary", target="status2", patient="id", visit_time="year")
    seen = aggregated(frame, roles, numeric=["last", "slope"])
    assert len(seen) == frame["id"].nunique() == 312
    for number in (3, 50, 200):
        own = frame[frame["id"] == number].dropna(subset=["albumin"])
        row = seen[seen["id"] == number].iloc[0]
        assert row["albumin_slope"] == pytest.approx(np.polyfit(own["year"], own["albumin"], 1)[0])
        assert row["albumin_last"] == own.sort_values("year")["albumin"].iloc[-1]
        assert row["status2"] == own["status2"].iloc[-1]
    assert {"years", "drug", "age", "sex"} <= set(seen.columns)
