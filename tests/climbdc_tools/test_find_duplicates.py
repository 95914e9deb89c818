"""Rows that occur more than once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.find_duplicates import FindDuplicates


def patients(rows: int = 60) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "mrn": [f"P{number:04d}" for number in draw.permutation(rows)],
            "age": draw.normal(60, 10, rows).round(2),
            "crp": draw.exponential(20, rows).round(3),
            "größe": draw.normal(170, 9, rows).round(1),
        }
    )


def look(frame: pd.DataFrame, roles: Roles | None = None) -> list[Finding]:
    found = FindDuplicates({}).look(Dataset(canonical(frame), roles or Roles()))
    assert not isinstance(found, NotApplicable)
    return found


def test_a_copy_is_found_whatever_its_row_number() -> None:
    frame = pd.concat([patients(), patients().iloc[[3, 5]]], ignore_index=True)
    frame.insert(0, "sno", range(1, len(frame) + 1))
    (finding,) = look(frame)
    assert finding.kind == "exact" and finding.rows is not None and finding.rows.tolist() == [60, 61]
    assert finding.suggestions[0].params == {"subset": ["mrn", "age", "crp", "größe"], "keep": "first"}


def test_one_patient_under_two_ids_is_asked_about() -> None:
    frame = pd.concat([patients(), patients().iloc[[3]].assign(mrn="P9999")], ignore_index=True)
    (finding,) = look(frame, Roles(patient="mrn"))
    assert (finding.kind, finding.columns) == ("same-row-two-ids", ("mrn",))
    assert finding.suggestions[0].confidence < 0.5


def test_coarse_columns_agree_by_chance() -> None:
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"sex": draw.integers(0, 2, 90), "stage": draw.integers(1, 5, 90), "age": draw.integers(40, 80, 90)}
    )
    (finding,) = look(frame)
    assert (finding.kind, finding.severity) == ("by-chance", "info")


def test_gaps_equal_each_other_and_minus_zero_equals_zero() -> None:
    frame = patients().astype({"mrn": str})
    frame.loc[0, ["age", "crp"]] = [np.nan, 0.0]
    copy = frame.iloc[[0]].assign(crp=-0.0)
    assert len(look(pd.concat([frame, copy], ignore_index=True))) == 1


def test_distinct_rows_are_in_order() -> None:
    assert look(patients()) == []


def test_too_little_to_compare_is_not_applicable() -> None:
    for frame in (patients().iloc[:1], patients().iloc[:0], pd.DataFrame({"sno": range(9)})):
        assert isinstance(FindDuplicates({}).look(Dataset(canonical(frame))), NotApplicable)


def test_real_tables_without_copies_raise_nothing(bench_data: Path) -> None:
    for name in ("clinical/support2.csv", "clinical/pbc2.csv", "repair/quintet/hospital/dirty.csv"):
        assert look(read([bench_data / name]).frame) == []
