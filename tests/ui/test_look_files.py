"""Several uploaded files at a glance: as the one table that comes of them where nobody answers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from climbdc.data import read
from climbdc_ui._look import look


def test_files_of_several_tables_are_shown_as_they_would_be_joined(heart: Path, tmp_path: Path) -> None:
    whole = read([heart]).frame
    whole[["id", "age", "sex", "num"]].to_csv(tmp_path / "patients.csv", index=False)
    whole[["id", "chol", "cp"]].to_csv(tmp_path / "exams.csv", index=False)
    seen = look([tmp_path / "patients.csv", tmp_path / "exams.csv"])
    assert seen.usable and seen.columns == ("id", "age", "sex", "num", "chol", "cp")
    assert "920 rows, 6 columns" in seen.text and "exams.csv" in seen.text


def test_files_that_do_not_belong_together_still_begin(heart: Path, tmp_path: Path) -> None:
    pd.DataFrame({"pulse": range(50), "note": ["x"] * 50}).to_csv(tmp_path / "other.csv", index=False)
    seen = look([heart, tmp_path / "other.csv"])
    assert seen.usable and "920 rows, 16 columns" in seen.text
