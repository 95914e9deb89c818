"""A tool's params as a form that a server can hold a model to, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from climbdc.errors import PlanError
from climbdc.models import CLOSED_TOOLS
from climbdc.models._schema import schema_faults, strict_schema
from climbdc.models.llm._params import columns_in, params_form, params_of, seed_params
from climbdc.registry import registry

COLUMNS = ["age", "chol", "sex"]
KEEPING = [tool.spec.name for tool in registry().of_kind("transform") if tool.spec.rows == "keep"]
OPEN = [name for name in KEEPING if name not in CLOSED_TOOLS]
RANGE: dict[str, Any] = {
    "low": 40,
    "high": None,
    "zero_is_missing": True,
    "action": "missing",
    "factor": 1,
    "offset": 0,
    "keep": [],
}
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("drop_columns", {"columns": ["SEX", "age"]}, {"columns": ["sex", "age"]}),
    ("mark_missing", {"codes": [{"key": "chol", "value": ["0", "-9"]}]}, {"codes": {"chol": ["0", "-9"]}}),
    (
        "harmonise_categories",
        {"maps": [{"key": "sex", "value": [{"key": "Male ", "value": "male"}, {"key": "M", "value": "male"}]}]},
        {"maps": {"sex": {"Male ": "male", "M": "male"}}},
    ),
    (
        "correct_implausible",
        {"columns": [{"key": "chol", "value": RANGE}]},
        {"columns": {"chol": {**RANGE, "low": 40.0, "factor": 1.0, "offset": 0.0}}},
    ),
    (
        "impute",
        {"columns": ["age"], "numeric": "median", "categorical": "mode", "indicators": ["chol"]},
        {"columns": ["age"], "numeric": "median", "categorical": "mode", "indicators": ["chol"]},
    ),
]


def column_of(shown: str) -> str:
    return next(name for name in COLUMNS if name == shown.casefold())


@pytest.mark.parametrize("tool", OPEN)
def test_every_tool_that_a_model_may_use_has_a_strict_form(tool: str) -> None:
    schema = strict_schema(params_form(registry()[tool].spec.schema, COLUMNS))
    assert set(schema["properties"]) == set(registry()[tool].spec.schema["properties"])


@pytest.mark.parametrize("tool", [*OPEN, "deidentify"])
def test_a_step_that_only_names_its_columns_has_params_that_fit(tool: str) -> None:
    schema = registry()[tool].spec.schema
    params = seed_params(schema, ["chol", "age"])
    registry().check(tool, params)
    assert not params or columns_in(schema, params) == ["chol", "age"]


@pytest.mark.parametrize(("tool", "told", "params"), CASES, ids=[case[0] for case in CASES])
def test_a_filled_in_form_becomes_the_params_of_the_tool(
    tool: str, told: dict[str, Any], params: dict[str, Any]
) -> None:
    schema = registry()[tool].spec.schema
    filled = params_form(schema, COLUMNS).model_validate(told)
    made = params_of(schema, filled.model_dump(), column_of)
    assert made == params
    assert registry().check(tool, made).items() >= params.items()


def test_columns_of_a_derived_feature_are_columns_too() -> None:
    schema = registry()["derive_features"].spec.schema
    told = {"features": [{"name": "r", "operation": "ratio", "columns": ["CHOL", "Age"], "number": None}]}
    made = params_of(schema, params_form(schema, COLUMNS).model_validate(told).model_dump(), column_of)
    assert made["features"][0]["columns"] == ["chol", "age"]


def test_only_the_columns_given_can_be_named() -> None:
    schema = strict_schema(params_form(registry()["mark_missing"].spec.schema, ["chol"]))
    assert schema["$defs"]["Column"] == {"type": "string", "enum": ["chol"]}


def test_what_is_settled_is_not_asked() -> None:
    schema = registry()["impute"].spec.schema
    assert list(params_form(schema, COLUMNS, fixed=True).model_fields) == ["numeric", "categorical", "indicators"]
    assert not params_form(registry()["drop_columns"].spec.schema, COLUMNS, fixed=True).model_fields


def test_params_that_do_not_fit_are_refused_by_the_tool_itself() -> None:
    schema = registry()["encode_categories"].spec.schema
    told = params_form(schema, COLUMNS).model_validate({"columns": ["sex"], "max_levels": 1})
    with pytest.raises(PlanError, match="max_levels"):
        registry().check("encode_categories", params_of(schema, told.model_dump(), column_of))


def test_a_form_without_columns_has_no_choice_between_nothing() -> None:
    schema = registry()["drop_columns"].spec.schema
    assert schema_faults(strict_schema(params_form(schema, []))) == []
    assert '"enum": []' not in json.dumps(strict_schema(params_form(schema, [])))


def test_params_that_no_form_can_ask_for_are_said_so() -> None:
    """A plug-in may take what holds itself, or nothing at all."""
    nested = {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}}
    schemas: list[dict[str, Any]] = [
        {"properties": {"tree": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": nested}},
        {"properties": {"nothing": {"anyOf": [{"type": "null"}]}}},
        {"properties": {"model_config": {"type": "string"}}},
        {"properties": {"gone": {"$ref": "#/$defs/Gone"}}, "$defs": {}},
    ]
    for schema in schemas:
        with pytest.raises(PlanError, match="cannot be asked"):
            params_form(schema, COLUMNS)
