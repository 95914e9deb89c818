"""Forms made from the tools' schemas: what is typed becomes params, what is wrong is told at its field."""

from __future__ import annotations

from typing import Any

import pytest

from climbdc.registry import RegisteredTool, registry
from climbdc_ui.chat._card import _as_typed
from climbdc_ui.chat._leaves import Leaf, leaves
from climbdc_ui.chat._reading import nearest, read_params

COLUMNS = ["age", "sex", "chol", "<b>bad</b>"]
PARAMS: dict[str, dict[str, Any]] = {
    "aggregate_visits": {"columns": {"age": ["last", "first"]}, "until": 3.5},
    "correct_implausible": {
        "columns": {"chol": {"low": 20.0, "high": 900.0, "zero_is_missing": True, "keep": [950.0]}}
    },
    "drop_columns": {"columns": ["age", "<b>bad</b>"]},
    "drop_duplicates": {"subset": ["age"], "keep": "first"},
    "encode_categories": {"columns": ["sex"], "max_levels": 20},
    "fix_types": {"columns": {"age": {"to": "number", "decimal": ",", "units": ["y"]}}},
    "harmonise_categories": {"maps": {"sex": {"m": "male", "<b>": "male"}}},
    "impute": {"columns": ["age"], "numeric": "median"},
    "mark_missing": {"codes": {"chol": ["0", "-9"]}},
    "split_data": {"share": 0.25, "by": "stratified"},
}
TRANSFORMS = [tool.spec.name for tool in registry().of_kind("transform")]


def fields(tool: RegisteredTool, params: dict[str, Any]) -> dict[str, Leaf]:
    """The form's fields by where their value stands."""
    return {"/".join(leaf.path): leaf for leaf in leaves(tool.spec.schema, params)}


def as_sent(tool: RegisteredTool, params: dict[str, Any]) -> dict[str, Any]:
    """The form as a browser sends it where nobody changed anything."""
    return {leaf.name: _as_typed(leaf) for leaf in leaves(tool.spec.schema, params)}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_form_that_nobody_touched_changes_nothing(name: str) -> None:
    tool, params = registry()[name], PARAMS.get(name, {})
    changed, errors = read_params(tool, params, as_sent(tool, params), COLUMNS)
    assert (changed, errors) == ({}, {})


@pytest.mark.parametrize("name", TRANSFORMS)
def test_fields_have_words_and_no_column_in_their_name(name: str) -> None:
    for leaf in leaves(registry()[name].spec.schema, PARAMS.get(name, {})):
        assert leaf.label and set(leaf.name) <= set("p-0123456789")
        assert leaf.kind != "yaml" or name not in PARAMS


CHANGES: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("split_data", "share", "0,3", {"share": 0.3}),
    ("split_data", "seed", "7", {"seed": 7}),
    ("split_data", "even_if_small", "1", {"even_if_small": True}),
    ("impute", "numeric", "mean", {"numeric": "mean"}),
    ("impute", "columns", ["age", "chol"], {"columns": ["age", "chol"]}),
    ("encode_categories", "max_levels", "5", {"max_levels": 5}),
    ("mark_missing", "codes/chol", "0\n\n 999 ", {"codes": {"chol": ["0", "999"]}}),
    ("harmonise_categories", "maps/sex/m", "Man", {"maps": {"sex": {"m": "Man", "<b>": "male"}}}),
    (
        "correct_implausible", "columns/chol/high", "",
        {"columns": {"chol": {"low": 20.0, "high": None, "zero_is_missing": True, "keep": [950.0]}}},
    ),
    ("aggregate_visits", "columns/age", ["mean"], {"columns": {"age": ["mean"]}}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "typed", "expected"), CHANGES)
def test_what_is_typed_becomes_params(name: str, path: str, typed: Any, expected: dict[str, Any]) -> None:
    tool, params = registry()[name], PARAMS[name]
    values = {**as_sent(tool, params), fields(tool, params)[path].name: typed}
    changed, errors = read_params(tool, params, values, COLUMNS)
    assert errors == {} and changed == expected


WRONG: list[tuple[str, str, Any, str]] = [
    ("split_data", "share", "lots", "not a number"),
    ("split_data", "share", "", "A number is needed"),
    ("split_data", "share", "1.5", "less than 1"),
    ("split_data", "by", "nonsense", "Choose one"),
    ("split_data", "column", "agee", "Did you mean age"),
    ("encode_categories", "max_levels", "2.5", "whole number"),
    ("encode_categories", "max_levels", "1", "greater than or equal to 2"),
    ("correct_implausible", "columns/chol/keep", "high", "One number a line"),
]


@pytest.mark.parametrize(("name", "path", "typed", "told"), WRONG)
def test_what_is_wrong_is_told_at_its_field(name: str, path: str, typed: Any, told: str) -> None:
    tool, params = registry()[name], PARAMS[name]
    field = fields(tool, params)[path].name
    _, errors = read_params(tool, params, {**as_sent(tool, params), field: typed}, COLUMNS)
    assert list(errors) == [field] and told in errors[field]


def test_a_column_is_added_by_its_name() -> None:
    tool, params = registry()["impute"], PARAMS["impute"]
    field = fields(tool, params)["columns"].name
    changed, _ = read_params(tool, params, {**as_sent(tool, params), f"{field}-add": "chol"}, COLUMNS)
    assert changed == {"columns": ["age", "chol"]}
    _, errors = read_params(tool, params, {**as_sent(tool, params), f"{field}-add": "cholest"}, COLUMNS)
    assert "no column" in errors[field] and "chol" in errors[field]


def test_of_5000_columns_the_nearest_are_named() -> None:
    many = [f"lab_{n:04d}" for n in range(5000)]
    assert nearest("lab_04999", many).endswith("?")
    assert "Data tab" in nearest("zzz", many)


def test_a_form_for_very_many_spellings_is_one_text() -> None:
    params = {"maps": {"sex": {f"v{n}": "x" for n in range(400)}}}
    (leaf,) = leaves(registry()["harmonise_categories"].spec.schema, params)
    assert leaf.kind == "yaml"
    tool = registry()["harmonise_categories"]
    changed, errors = read_params(tool, params, {leaf.name: "sex: {m: male}"}, COLUMNS)
    assert errors == {} and changed == {"maps": {"sex": {"m": "male"}}}
    _, errors = read_params(tool, params, {leaf.name: "sex: {m: [male"}, COLUMNS)
    assert "cannot be read" in errors[leaf.name]
