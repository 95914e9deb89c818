"""Single cells and rows as a person decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.data import TEXT, canonical, diff
from climbdc.errors import ToolError
from climbdc.sdk import Dataset, NotApplicable, check_tool
from climbdc_tools.apply_review import ApplyReview

DATES = pd.Series(["2021-01-05", None, "2021-02-01"], dtype="datetime64[us]")
FRAME = canonical(pd.DataFrame({"n": [1, 2, 3], "x": [0.5, None, 9.0], "day": DATES, "sex": ["f", None, "män"]}))


def cell(row: int, column: str, value: str | float | None) -> dict[str, Any]:
    return {"row": row, "column": column, "value": value, "why": "looked it up"}


def treated(frame: pd.DataFrame, **params: Any) -> pd.DataFrame:
    data, tool = Dataset(frame), ApplyReview(params)
    return tool.apply(frame, tool.fit(data), data.roles)


@pytest.mark.parametrize(
    ("column", "value", "told", "dtype"),
    [
        ("n", "7", 7, "int64"),
        ("n", 7.0, 7, "int64"),
        ("n", "7.5", 7.5, "float64"),
        ("n", None, None, "float64"),
        ("x", " 2 ", 2.0, "float64"),
        ("day", "2021-05-17", pd.Timestamp("2021-05-17"), "datetime64[us]"),
        ("day", None, None, "datetime64[us]"),
        ("sex", "m", "m", TEXT),
        ("sex", 3, "3", TEXT),
        ("sex", " ", None, TEXT),
    ],
)
def test_a_cell_becomes_what_was_said(column: str, value: Any, told: Any, dtype: Any) -> None:
    after = treated(FRAME, cells=[cell(0, column, value)])
    assert after[column].dtype == dtype
    assert after.loc[0, column] == told if told is not None else pd.isna(after.loc[0, column])
    assert diff(FRAME, after).counts == {"cells": 1, **dict.fromkeys(diff(FRAME, FRAME).counts.keys() - {"cells"}, 0)}


@pytest.mark.parametrize(("column", "value"), [("n", "many"), ("x", "inf"), ("day", "soon"), ("day", 3), ("n", "1,5")])
def test_a_value_that_does_not_fit_is_refused(column: str, value: Any) -> None:
    with pytest.raises(ToolError, match=f"'{column}'") as error:
        treated(FRAME, cells=[cell(0, column, value)])
    assert error.value.code == "bad-value"


def test_unknown_columns_and_rows() -> None:
    with pytest.raises(ToolError, match="'q'"):
        treated(FRAME, cells=[cell(0, "q", 1)])
    with pytest.raises(NotApplicable, match="None of the rows"):
        treated(FRAME, drop=[{"row": 77, "why": "twice"}])
    tool = ApplyReview({"cells": [cell(2, "n", 4), cell(77, "n", 5)]})
    state = tool.fit(Dataset(FRAME))
    assert state["absent"] == [77]
    assert tool.apply(FRAME, state, Dataset(FRAME).roles)["n"].tolist() == [1, 2, 4]


@pytest.mark.parametrize(
    "params",
    [
        {"cells": [cell(0, "n", 1), cell(0, "n", 2)]},
        {"cells": [{**cell(0, "n", 1), "why": "  "}]},
        {"drop": [{"row": -1, "why": "x"}]},
        {"drop": [4]},
        {"rows": []},
    ],
)
def test_params_that_do_not_fit_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        ApplyReview(params)


def test_a_row_that_was_found_right_stays() -> None:
    pd.testing.assert_frame_equal(treated(FRAME, kept=[{"row": 1, "why": "true"}]), FRAME)
    assert treated(FRAME, drop=[{"row": 1, "why": "a test entry"}]).index.tolist() == [0, 2]


def test_real_patients_one_by_one(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    zero = frame.index[frame["meanbp"] == 0][:3].tolist()
    cells = [cell(zero[0], "meanbp", None), cell(zero[1], "meanbp", "80"), cell(zero[2], "death", 0)]
    after = treated(frame, cells=cells, drop=[{"row": 5, "why": "entered twice"}])
    changes = diff(frame, after)
    assert changes.dropped_rows.tolist() == [5]
    assert set(changes.by_column) <= {"meanbp", "death"} and changes.by_column["meanbp"] == 2
    assert after.loc[zero[1], "meanbp"] == 80 and pd.isna(after.loc[zero[0], "meanbp"])
    check_tool(ApplyReview, data=Dataset(frame.iloc[:300]), params={"cells": [cell(7, "meanbp", 80)]}).raise_if_bad()
