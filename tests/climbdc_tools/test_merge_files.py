"""Joining as a tool: the tables that come with the data, joined to the demo's patients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, NotApplicable, ToolError
from climbdc_tools.merge_files import MergeFiles


@pytest.fixture
def parts(heart: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients, and their examinations in another order under another name of the id."""
    whole = read([heart]).frame
    exams = whole[["id", "chol", "cp", "thalch"]].rename(columns={"id": "patient_id"})
    return whole[["id", "age", "num"]], canonical(exams.sample(frac=1.0, random_state=3).reset_index(drop=True))


def test_every_row_stays_and_has_its_own_values(parts: tuple[pd.DataFrame, pd.DataFrame], heart: Path) -> None:
    patients, exams = parts
    tool = MergeFiles({"tables": ["exams"]})
    data = Dataset(patients, extra={"exams": exams})
    state = tool.fit(data)
    frame = tool.apply(patients, state, data.roles)
    whole = read([heart]).frame
    pd.testing.assert_frame_equal(frame[["chol", "cp", "thalch"]], whole[["chol", "cp", "thalch"]], check_dtype=False)
    assert frame.index.equals(patients.index)
    assert {column.name for column in tool.describe(data, frame, state)} == {"chol", "cp", "thalch"}


def test_keys_that_no_name_gives_away_can_be_said(parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patients, exams = parts
    exams = exams.rename(columns={"patient_id": "fallnummer"})
    data = Dataset(patients, extra={"exams": exams})
    with pytest.raises(ToolError, match="cannot be joined"):
        MergeFiles({"tables": ["exams"]}).fit(data)
    tool = MergeFiles({"tables": ["exams"], "keys": {"exams": {"id": "fallnummer"}}})
    assert np.isfinite(tool.apply(patients, tool.fit(data), data.roles)["chol"]).sum() == 890


def test_several_rows_are_summed_up_as_wanted(bench_data: Path) -> None:
    whole = read([bench_data / "clinical" / "pbc2.csv"]).frame
    patients, visits = canonical(whole.drop_duplicates("id")[["id", "age"]]), whole[["id", "year", "albumin"]]
    data = Dataset(patients, extra={"visits": visits})
    tool = MergeFiles({"tables": ["visits"], "rules": ["mean"]})
    frame = tool.apply(patients, tool.fit(data), data.roles)
    assert np.allclose(frame["albumin"], whole.groupby("id")["albumin"].mean().loc[frame["id"]])


def test_what_cannot_be_done_is_said(parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patients, exams = parts
    with pytest.raises(NotApplicable):
        MergeFiles({}).fit(Dataset(patients, extra={"exams": exams}))
    with pytest.raises(ToolError, match="no table 'labs'"):
        MergeFiles({"tables": ["labs"]}).fit(Dataset(patients, extra={"exams": exams}))
    with pytest.raises(ToolError, match="no column"):
        MergeFiles({"tables": ["exams"], "keys": {"exams": {"id": "x"}}}).fit(Dataset(patients, extra={"exams": exams}))
