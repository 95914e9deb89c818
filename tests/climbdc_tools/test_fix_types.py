"""Text read as numbers and dates, and text brought into one form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import TEXT, canonical
from climbdc.sdk import Dataset
from climbdc_tools.fix_types import FixTypes


def fixed(values: list[Any], **rule: Any) -> tuple[pd.Series, dict[str, Any]]:
    data = Dataset(canonical(pd.DataFrame({"x": values})))
    tool = FixTypes({"columns": {"x": rule}})
    state = tool.fit(data)
    return tool.apply(data.train, state, data.roles)["x"], state


NUMBERS = [
    (["1", "2.5", None, "-3e2"], {}, [1.0, 2.5, None, -300.0]),
    (["1.250,5", "33"], {"decimal": ",", "thousands": "."}, [1250.5, 33.0]),
    (["1 250", "12"], {"thousands": " "}, [1250.0, 12.0]),
    (["12%", "5.0 %"], {"percent": True}, [12.0, 5.0]),
    (["<5", "> 90", "7"], {}, [5.0, 90.0, 7.0]),
    (["<5", ">90", "7"], {"censored": "half"}, [2.5, 90.0, 7.0]),
    (["<5", "7"], {"censored": "missing"}, [None, 7.0]),
    (["70 kg", "71kg", "72"], {"units": ["kg"]}, [70.0, 71.0, 72.0]),
    (["5", "five"], {"errors": "missing"}, [5.0, None]),
]


@pytest.mark.parametrize(("values", "rule", "seen"), NUMBERS)
def test_numbers(values: list[str], rule: dict[str, Any], seen: list[float | None]) -> None:
    column, state = fixed(values, to="number", **rule)
    assert column.dtype == np.float64 and state["left"] == []
    assert [None if pd.isna(value) else value for value in column] == seen


@pytest.mark.parametrize("values", [[text, "2"] for text in ("five", "1,5", "inf", "1_000", "12 34", "٣")])
def test_what_cannot_be_read_leaves_the_column_as_it_was(values: list[str]) -> None:
    column, state = fixed(values, to="number")
    assert column.tolist() == values and column.dtype == TEXT
    assert state["left"] == ["x"] and state["columns"]["x"]["unread"] == 1


def test_thousands_must_stand_between_three_digits() -> None:
    assert fixed(["1,25", "2"], to="number", thousands=",")[1]["left"] == ["x"]


def test_whole_numbers() -> None:
    assert fixed(["1", "2"], to="integer")[0].dtype == np.int64
    assert fixed(["1", "2.5"], to="integer")[1]["left"] == ["x"]
    assert fixed([1.0, None], to="integer")[0].dtype == np.float64


@pytest.mark.parametrize(
    ("values", "formats", "days"),
    [
        (["2021-05-17", None, "17/05/2021"], ["%Y-%m-%d", "%d/%m/%Y"], ["2021-05-17", None, "2021-05-17"]),
        (["2021-05-17T10:30:00+02:00"], [], ["2021-05-17 10:30"]),
        ([20210517, 20210518], ["%Y%m%d"], ["2021-05-17", "2021-05-18"]),
        ([44333.0, None], ["excel"], ["2021-05-17", None]),
    ],
)
def test_dates(values: list[Any], formats: list[str], days: list[str | None]) -> None:
    column, _ = fixed(values, to="date", format=formats)
    assert column.dtype == np.dtype("datetime64[us]")
    assert column.tolist() == pd.to_datetime(pd.Series(days), format="mixed").tolist()


def test_new_cells_that_cannot_be_read_are_missing() -> None:
    data = Dataset(canonical(pd.DataFrame({"x": ["1", "2"]})))
    tool = FixTypes({"columns": {"x": {"to": "number"}}})
    new = canonical(pd.DataFrame({"x": ["3", "many"]}))
    assert tool.apply(new, tool.fit(data), data.roles)["x"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("values", "rule", "seen"),
    [
        (["12.0 oz", "12.0 oz", "16.0 OZ.", "1 l"], {}, ["12.0 oz", "12.0 oz", "16.0 oz", "1 l"]),
        (["12.0 oz", "12.0 ounce"], {"units": ["oz", "ounce"], "form": "{number} oz"}, ["12.0 oz", "12.0 oz"]),
        (["0.05", "0.066%", "N/A"], {"form": "{number}"}, ["0.05", "0.066", "N/A"]),
        (["5/4/2021", "12/31/2021", "2021-03-09", "?"], {"format": ["%m/%d/%Y", "%Y-%m-%d"]}, None),
        (["05/04/2021", "12/31/2021", "2021-3-9"], {"format": ["%m/%d/%Y", "%Y-%m-%d"]}, None),
    ],
)
def test_text_takes_the_form_of_most_cells(values: list[str], rule: dict[str, Any], seen: list[str] | None) -> None:
    dates = ["5/4/2021", "12/31/2021", "3/9/2021", "?"] if "?" in values else ["05/04/2021", "12/31/2021", "03/09/2021"]
    assert fixed(values, to="text", **rule)[0].tolist() == (seen or dates)


def test_the_entry_says_the_new_type() -> None:
    data = Dataset(canonical(pd.DataFrame({"w": ["70 kg"], "p": ["2%"], "d": ["2020-01-01"]})))
    rules = {"w": {"to": "number", "units": ["kg"]}, "p": {"to": "number", "percent": True}, "d": {"to": "date"}}
    tool = FixTypes({"columns": rules})
    state = tool.fit(data)
    entries = tool.describe(data, tool.apply(data.train, state, data.roles), state)
    assert [(entry.type, entry.unit) for entry in entries] == [("integer", "kg"), ("integer", "%"), ("date", "")]


def test_a_real_dirty_column_is_read_as_its_clean_twin(bench_data: Path) -> None:
    folder = bench_data / "repair" / "quintet" / "beers"
    dirty, clean = (pd.read_csv(folder / f"{name}.csv", dtype=str) for name in ("dirty", "clean"))
    data = Dataset(canonical(dirty))
    units = sorted({text.lstrip("0123456789. ") for text in dirty["ounces"]} - {""})
    rules = {"ounces": {"to": "number", "units": units}, "abv": {"to": "number", "percent": True}}
    tool = FixTypes({"columns": rules})
    state = tool.fit(data)
    seen = tool.apply(data.train, state, data.roles)
    assert state["left"] == []
    for name in rules:
        want = pd.to_numeric(clean[name]).to_numpy()
        assert np.isclose(seen[name].to_numpy(), want, equal_nan=True).mean() > 0.99
