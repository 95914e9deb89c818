"""Keys by containment, uniqueness and names; what is joined unasked, and what is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical, read, read_tables
from climbdc.joining import build_joins, choose_main, joined_unasked, propose_joins, propose_keys


@pytest.fixture(scope="module")
def heart_parts(heart: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The demo's table as patients and examinations, under two names of the id."""
    whole = read([heart]).frame
    patients = whole[["id", "age", "sex", "dataset", "num"]]
    exams = whole.drop(columns=["age", "sex", "num"]).rename(columns={"id": "patient_id"})
    return canonical(patients), canonical(exams.sample(frac=1.0, random_state=0).reset_index(drop=True))


def test_the_id_is_found_under_another_name(heart_parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    best = propose_keys(*heart_parts)[0]
    assert best.keys == (("id", "patient_id"),) and best.relation == "1:1"
    assert (best.main_found, best.lost, best.joined_rows) == (920, 0, 920)


def test_a_column_that_repeats_the_main_table_is_not_brought(heart_parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    from climbdc.data import Reading, ReadOptions

    patients, exams = (Reading(part, ReadOptions(format="csv")) for part in heart_parts)
    (proposal,) = propose_joins(list(heart_parts), ["patients", "exams"], 0)
    (join,) = build_joins(patients, [(proposal, exams)])
    names = [column.name for column in join.columns]
    assert "dataset" not in names and {"chol", "cp"} <= set(names)
    other = Reading(heart_parts[1].assign(dataset="elsewhere"), exams.options)
    (join,) = build_joins(patients, [(proposal, other)])
    assert "dataset_exams" in [column.name for column in join.columns]


def test_rows_lost_are_counted_and_nothing_is_joined_unasked(heart_parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patients, exams = heart_parts
    (proposal,) = propose_joins([patients.iloc[:800], exams], ["patients", "exams"], 0)
    assert proposal.match is not None and proposal.match.lost == 120
    assert proposal.joinable and not proposal.safe and "120 of its rows are lost" in proposal.reason


def test_what_repeats_on_both_sides_would_multiply_rows_and_is_refused(bench_data: Path) -> None:
    whole = read([bench_data / "clinical" / "pbc2.csv"]).frame
    one, two = whole[["id", "serBilir", "edema"]], whole[["id", "albumin", "SGOT"]]
    (proposal,) = propose_joins([one, two], ["one", "two"], 0)
    assert not proposal.joinable and "multiply" in proposal.reason
    assert proposal.match is not None and proposal.match.joined_rows == int((whole["id"].value_counts() ** 2).sum())


def test_two_columns_together_are_a_key_where_none_alone_is(bench_data: Path) -> None:
    whole = read([bench_data / "clinical" / "pbc2.csv"]).frame.copy()
    whole["visit"] = whole.groupby("id").cumcount() + 1
    one, two = whole[["id", "visit", "serBilir"]], whole[["id", "visit", "albumin"]].iloc[::-1]
    best = propose_keys(one, two)[0]
    assert set(best.keys) == {("id", "id"), ("visit", "visit")} and best.relation == "1:1"


def test_patients_beside_visits_keep_every_visit(bench_data: Path) -> None:
    whole = read([bench_data / "clinical" / "pbc2.csv"]).frame
    patients, visits = whole.drop_duplicates("id")[["id", "age", "status2"]], whole[["id", "year", "albumin"]]
    (proposal,) = propose_joins([visits, patients], ["visits", "patients"], 0)
    assert proposal.safe and proposal.match is not None and proposal.match.relation == "n:1"
    assert proposal.match.joined_rows == len(visits)


def test_measurements_that_share_values_by_chance_are_no_key() -> None:
    rng = np.random.default_rng(0)
    one = canonical(pd.DataFrame({"age": rng.integers(20, 90, 300), "sex": rng.integers(0, 2, 300)}))
    two = canonical(pd.DataFrame({"pulse": np.arange(20, 320), "smoker": rng.integers(0, 2, 300)}))
    assert propose_keys(one, two) == []
    (proposal,) = propose_joins([one, two], ["one", "two"], 0)
    assert not proposal.joinable and "no column" in proposal.reason


def test_the_main_table_holds_the_target_else_the_others_hang_from_it(bench_data: Path) -> None:
    whole = read([bench_data / "clinical" / "pbc2.csv"]).frame
    visits, patients = whole[["id", "year", "albumin"]], whole.drop_duplicates("id")[["id", "age", "status2"]]
    assert choose_main([visits, patients], ["status2"]) == 1
    assert choose_main([visits, patients], []) == 1
    assert choose_main([visits, patients], ["albumin"]) == 0


def test_a_long_table_gets_a_column_for_each_measurement(tmp_path: Path) -> None:
    subjects = pd.DataFrame({"USUBJID": [f"01-70{i}" for i in range(6)], "AGE": [60, 61, 62, 63, 64, 65]})
    rows = [(subject, test, day, 10 * n + day)
            for n, subject in enumerate(subjects["USUBJID"]) for test in ("ALB", "ALT") for day in (14, 1)]  # fmt: skip
    labs = pd.DataFrame(rows, columns=["USUBJID", "LBTESTCD", "LBDY", "LBSTRESN"])
    subjects.to_csv(tmp_path / "dm.csv", index=False)
    labs.to_csv(tmp_path / "lb.csv", index=False)
    table = joined_unasked(read_tables([tmp_path / "dm.csv", tmp_path / "lb.csv"])).frame
    assert table.columns.tolist() == ["USUBJID", "AGE", "ALB", "ALT"]
    assert table["ALB"].tolist() == [10 * n + 1 for n in range(6)], "the first day, not the first line"
