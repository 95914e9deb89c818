"""Leaving changes out: the tool then really leaves these cells alone and treats the others."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.plan import grain, without
from climbdc.recipe import StepSpec, fit_step
from climbdc.registry import registry
from climbdc.sdk import Dataset, Dictionary, Roles


def treated(tool: str, params: dict[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    """The frame after the tool."""
    data = Dataset(frame, Roles(), Dictionary([]))
    return fit_step(registry(), data, StepSpec(id="S01", tool=tool, params=params)).data.train


@pytest.fixture
def frame() -> pd.DataFrame:
    """Codes, spellings and an impossible value."""
    table = pd.DataFrame(
        {
            "chol": [0.0, 200.0, -9.0],
            "sex": ["m", "male", "Male"],
            "temp": [36.5, 366.0, 372.0],
            "note": ["a", "b", "c"],
        }
    )
    table.index.name = "_row"
    return canonical(table)


CASES = [
    ("mark_missing", {"codes": {"chol": ["0", "-9"]}}, ("chol", "0"), {"chol": [0, 200, None]}),
    ("mark_missing", {"codes": {"chol": ["0"], "note": ["a"]}}, ("note", None), {"note": ["a", "b", "c"]}),
    (
        "harmonise_categories", {"maps": {"sex": {"m": "male", "Male": "male"}}}, ("sex", "Male"),
        {"sex": ["male", "male", "Male"]},
    ),
    (
        "correct_implausible", {"columns": {"temp": {"low": 30, "high": 45}}}, ("temp", "366"),
        {"temp": [36.5, 366.0, None]},
    ),
    ("drop_columns", {"columns": ["note", "sex"]}, ("sex", None), {"sex": ["m", "male", "Male"]}),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "params", "left_out", "expected"), CASES)
def test_what_is_left_out_stays_and_the_rest_is_done(
    tool: str, params: dict[str, Any], left_out: tuple[str, str | None], expected: dict[str, list[Any]],
    frame: pd.DataFrame,
) -> None:  # fmt: skip
    schema = registry()[tool].spec.schema
    changed = without(schema, params, [left_out])
    after = treated(tool, {**params, **changed}, frame)
    for name, values in expected.items():
        assert [None if pd.isna(value) else value for value in after[name]] == values
    whole = treated(tool, params, frame)
    assert not whole.equals(after), "without leaving it out more is done"


def test_a_list_that_means_all_becomes_the_others() -> None:
    schema = registry()["impute"].spec.schema
    changed = without(schema, {"columns": []}, [("b", None)], touched=["a", "b", "c"])
    assert changed == {"columns": ["a", "c"]}


def test_nothing_is_left_out_of_what_is_not_there() -> None:
    schema = registry()["mark_missing"].spec.schema
    assert without(schema, {"codes": {"chol": ["0"]}}, [("bp", "0"), ("chol", "7")]) == {}


def test_the_params_given_are_not_changed() -> None:
    params = {"columns": {"temp": {"low": 30, "high": 45}}}
    without(registry()["correct_implausible"].spec.schema, params, [("temp", "366")])
    assert params == {"columns": {"temp": {"low": 30, "high": 45}}}


def test_tools_say_how_finely_they_can_be_narrowed() -> None:
    told = {tool.spec.name: grain(tool.spec.schema, {}) for tool in registry().of_kind("transform")}
    values = {name for name, fine in told.items() if fine == "value"}
    columns = {name for name, fine in told.items() if fine == "column"}
    assert {"mark_missing", "harmonise_categories", "correct_implausible"} <= values
    assert {"drop_columns", "fix_types", "impute", "encode_categories"} <= columns
    assert told["split_data"] == told["drop_duplicates"] == told["drop_missing_target"] == ""
