"""Proposed roles on real files and made tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lifelines
import numpy as np
import pandas as pd

from climbdc.data import canonical, read
from climbdc.describe import RoleProposal, describe, propose_roles
from climbdc.sdk import Goal

LIFELINES = Path(lifelines.__file__).parent / "datasets"


def _proposed(frame: pd.DataFrame, goal: Goal | None = None) -> RoleProposal:
    frame = canonical(frame)
    return propose_roles(frame, describe(frame), goal or Goal())


def test_visits_are_not_patients(bench_data: Path) -> None:
    found = _proposed(read([bench_data / "clinical/pbc2.csv"]).frame, Goal(target="status2"))
    roles = found.roles
    assert (roles.kind, roles.patient, roles.visit_time) == ("binary", "id", "year")
    assert roles.identifiers == ("sno.",)
    assert roles.duration is None and roles.event is None
    assert found.candidates["duration"][0].column == "years"
    assert "no visit is later" in found.candidates["duration"][0].because
    assert "312 values in 1,945 rows" in roles.reasons["patient"]
    assert set(roles.reasons) == {"target", "kind", "patient", "visit_time", "identifiers"}
    assert any("each row a visit" in question for question in found.questions)


def test_survival_only_when_time_and_event_are_named(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/pbc2.csv"]).frame
    roles = _proposed(frame, Goal(time="years", event="status2", id="id")).roles
    assert (roles.kind, roles.target, roles.event, roles.duration) == ("survival", "status2", "status2", "years")
    assert (roles.patient, roles.visit_time) == ("id", "year")
    assert roles.reasons["patient"] == "you named it"
    assert "years" in roles.reserved


def test_a_row_number_is_not_a_patient(bench_data: Path) -> None:
    roles = _proposed(read([bench_data / "clinical/support2.csv"]).frame, Goal(target="hospdead")).roles
    assert roles.patient is None and roles.visit_time is None and roles.site is None
    assert roles.identifiers == ("sno",)


def test_the_order_of_rows_does_not_hide_the_patient(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/pbc2.csv"]).frame.sample(frac=1, random_state=1)
    roles = _proposed(frame, Goal(target="status2")).roles
    assert roles.patient == "id"
    assert roles.identifiers == ("sno.",)


def test_without_a_target_only_what_is_certain_is_taken(bench_data: Path) -> None:
    beers = read([bench_data / "repair/quintet/beers/dirty.csv"]).frame
    assert _proposed(beers).roles.patient == "id"
    roles = _proposed(beers, Goal(task="none")).roles
    assert (roles.kind, roles.target, roles.patient) == ("none", None, None)


def test_counting_process_rows_belong_to_patients() -> None:
    roles = _proposed(pd.read_csv(LIFELINES / "stanford_heart.csv"), Goal(target="event")).roles
    assert (roles.patient, roles.visit_time) == ("id", "start")


def test_a_named_id_that_never_repeats() -> None:
    found = _proposed(pd.read_csv(LIFELINES / "lymph_node.csv"), Goal(target="censdead"))
    assert found.roles.patient == "id"
    assert "one row a patient" in found.roles.reasons["patient"]


def test_a_site_is_not_a_patient() -> None:
    roles = _proposed(pd.read_csv(LIFELINES / "lung.csv"), Goal(target="status")).roles
    assert (roles.site, roles.patient) == ("inst", None)


def _visits(**more: Any) -> pd.DataFrame:
    patients, visits = 60, 4
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "patient_no": np.repeat(rng.permutation(10_000)[:patients], visits),
            "hospital_id": np.repeat(np.arange(patients) % 5, visits),
            "sex": np.repeat(rng.integers(0, 2, patients), visits),
            "visit_date": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.tile(np.arange(visits) * 30, patients), "D"),
            "crp": rng.normal(size=patients * visits),
        }
    )
    return frame.assign(died=np.repeat(rng.integers(0, 2, patients), visits), **more)


def test_dates_of_visits_patient_and_site() -> None:
    roles = _proposed(_visits(), Goal(target="died")).roles
    assert (roles.patient, roles.visit_time, roles.site) == ("patient_no", "visit_date", "hospital_id")


def test_what_a_person_names_is_not_proposed_again() -> None:
    roles = _proposed(_visits(), Goal(target="died", id="hospital_id", group="sex")).roles
    assert (roles.patient, roles.group) == ("hospital_id", "sex")
    assert roles.reasons["group"] == "you named it"


def test_the_target_never_becomes_the_patient() -> None:
    frame = pd.DataFrame({"id": [1, 1, 2, 2, 3, 3] * 10, "x": np.arange(60) / 7})
    assert _proposed(frame, Goal(target="id", task="classification")).roles.patient is None


def test_empty_and_tiny_tables() -> None:
    assert _proposed(pd.DataFrame()).roles.patient is None
    assert (
        _proposed(pd.DataFrame({"id": pd.Series([], dtype="int64"), "x": pd.Series([], dtype=object)})).questions == ()
    )
    assert _proposed(pd.DataFrame({"id": [1], "x": [2.5]})).roles.patient is None
    assert _proposed(pd.DataFrame({"id": [None] * 30, "x": [2.5, 3.5] * 15})).roles.patient is None


def test_questions_where_the_table_leaves_it_open() -> None:
    asked = " ".join(_proposed(pd.read_csv(LIFELINES / "gbsg2.csv")).questions)
    assert "Which column is to be predicted?" in asked and "survival study" in asked
