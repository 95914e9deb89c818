"""Tables in which a row is a visit and not a patient."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.repeated_measures import RepeatedMeasures


def look(frame: pd.DataFrame, roles: Roles) -> list[Finding] | NotApplicable:
    return RepeatedMeasures({}).look(Dataset(canonical(frame), roles))


@pytest.mark.parametrize(
    "roles", [Roles(kind="binary", target="status2"), Roles(kind="binary", target="status2", patient="id")]
)
def test_pbc2_is_a_table_of_visits(bench_data: Path, roles: Roles) -> None:
    found = look(read([bench_data / "clinical/pbc2.csv"]).frame, roles)
    assert not isinstance(found, NotApplicable)
    (finding,) = found
    assert finding.columns == ("id",)
    assert (finding.evidence["patients"], finding.evidence["row_count"]) == (312, 1945)
    assert finding.evidence["visit_time"] == "year"
    assert {"years", "status", "drug", "sex", "age"} <= set(finding.evidence["constant"])
    assert {"serBilir", "albumin", "year"} <= set(finding.evidence["varying"])
    first, _ = finding.suggestions
    assert first.params == {"patient": "id", "visit_time": "year", "numeric": ["first"], "categorical": ["first"]}


def test_support2_is_a_table_of_patients(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/support2.csv"]).frame
    assert isinstance(look(frame, Roles(kind="binary", target="hospdead")), NotApplicable)


def test_places_are_not_patients(bench_data: Path) -> None:
    for name in ("hospital", "beers"):
        assert isinstance(look(read([bench_data / f"repair/quintet/{name}/dirty.csv"]).frame, Roles()), NotApplicable)


def test_one_row_a_patient_is_in_order() -> None:
    frame = pd.DataFrame({"pid": [f"a{n}" for n in range(20)], "age": range(20)})
    assert look(frame, Roles(kind="binary", target="y", patient="pid")) == []


def test_a_gap_is_no_change_and_rows_without_id_do_not_count() -> None:
    frame = pd.DataFrame(
        {"pid": ["a", "b", "a", None], "sex": ["f", "m", None, "m"], "Größe": [1.0, 2.0, 1.5, 9.0], "leer": [None] * 4}
    )
    found = look(frame, Roles(kind="binary", target="y", patient="pid"))
    assert not isinstance(found, NotApplicable)
    assert found[0].evidence["row_count"] == 3
    assert found[0].evidence["varying"] == ["Größe"]


def test_without_a_goal_rows_are_not_merged() -> None:
    found = look(pd.DataFrame({"pid": ["a", "a", "b"], "x": [1, 2, 3]}), Roles(patient="pid"))
    assert not isinstance(found, NotApplicable) and found[0].suggestions == ()


def test_too_few_rows_are_not_applicable() -> None:
    assert isinstance(look(pd.DataFrame({"pid": ["a"]}), Roles(patient="pid")), NotApplicable)
    assert isinstance(look(pd.DataFrame({"pid": []}), Roles(patient="pid")), NotApplicable)
