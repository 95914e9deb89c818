"""Codes become missing, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from climbdc.data import canonical
from climbdc.sdk import Dataset
from climbdc_tools.mark_missing import MarkMissing


def treated(frame: pd.DataFrame, codes: dict[str, list[str]]) -> pd.DataFrame:
    data = Dataset(canonical(frame))
    tool = MarkMissing({"codes": codes})
    return tool.apply(data.train, tool.fit(data), data.roles)


def test_a_number_is_compared_by_value_and_text_as_a_whole_cell() -> None:
    frame = pd.DataFrame({"lab": [-9.0, 9.0, -90.0], "n": [-9, 1, 2], "status": [" ? ", "unknown", "why?"]})
    seen = treated(frame, {"lab": ["-9"], "n": ["-9.0", "?"], "status": ["?", "unknown"]})
    assert seen.isna().to_numpy().tolist() == [[True, True, True], [False, False, True], [False, False, False]]


def test_a_date_and_a_column_that_is_not_there() -> None:
    frame = pd.DataFrame({"day": pd.to_datetime(["1900-01-01", "2020-02-03"])})
    assert treated(frame, {"day": ["1900-01-01", "?"], "other": ["-9"]})["day"].isna().tolist() == [True, False]


def test_the_cells_are_counted(bench_data: Path) -> None:
    data = Dataset(canonical(pd.read_csv(bench_data / "clinical" / "support2.csv")))
    zeros = int((data.train["meanbp"] == 0).sum())
    assert zeros > 0
    tool = MarkMissing({"codes": {"meanbp": ["0"]}})
    state = tool.fit(data)
    assert state == {"cells": {"meanbp": zeros}}
    before, after = data.train, tool.apply(data.train, state, data.roles)
    assert int(after["meanbp"].isna().sum() - before["meanbp"].isna().sum()) == zeros
    assert after.drop(columns="meanbp").equals(before.drop(columns="meanbp"))
