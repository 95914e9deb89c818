"""Params of plug-ins: held to their schema, and a hostile schema does no harm."""

from __future__ import annotations

import time
from typing import Any

import pytest

from climbdc.errors import PlanError
from climbdc.plugins import check_schema, complete
from climbdc.registry import built_in

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "columns": {"type": "array", "items": {"type": "string"}, "default": []},
        "by": {"enum": ["mean", "median"], "default": "mean"},
    },
}


def branching(depth: int) -> dict[str, Any]:
    """A schema that doubles with each reference."""
    parts = {f"L{n}": {"allOf": [{"$ref": f"#/$defs/L{n + 1}"}, {"$ref": f"#/$defs/L{n + 1}"}]} for n in range(depth)}
    return {"type": "object", "$defs": {**parts, f"L{depth}": {}}, "properties": {"a": {"$ref": "#/$defs/L0"}}}


def test_defaults_are_filled_in() -> None:
    assert complete("t", SCHEMA, {"columns": ["a"]}) == {"columns": ["a"], "by": "mean"}


@pytest.mark.parametrize("params", [{"columns": "a"}, {"by": "mode"}, {"other": 1}])
def test_params_that_do_not_fit_are_named(params: dict[str, Any]) -> None:
    (name,) = params
    with pytest.raises(PlanError, match=rf"params of 't' do not fit: .*{name}|{params[name]}") as raised:
        complete("t", SCHEMA, params)
    assert raised.value.code == "bad-params"


@pytest.mark.parametrize("name", sorted(built_in()))
def test_the_schemas_of_our_own_tools_would_do(name: str) -> None:
    check_schema(built_in()[name].spec.schema)


def test_a_schema_that_doubles_without_end_is_given_up() -> None:
    schema = branching(40)
    check_schema(schema)
    began = time.monotonic()
    with pytest.raises(PlanError, match="cannot be followed"):
        complete("t", schema, {"a": 1})
    assert time.monotonic() - began < 5


def test_a_schema_that_holds_itself_is_given_up() -> None:
    schema = {"type": "object", "$defs": {"A": {"$ref": "#/$defs/A"}}, "properties": {"a": {"$ref": "#/$defs/A"}}}
    with pytest.raises(PlanError, match="cannot be followed"):
        complete("t", schema, {"a": 1})


def test_patterns_are_left_to_the_sandbox() -> None:
    schema = {"type": "object", "properties": {"pattern": {"type": "string", "pattern": "^(a+)+$"}}}
    began = time.monotonic()
    assert complete("t", schema, {"pattern": "a" * 40 + "!"})
    assert time.monotonic() - began < 1
    with pytest.raises(PlanError):
        complete("t", schema, {"pattern": 1})


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/x"}}}, r"\$ref"),
        ({"type": "object", "$id": "http://127.0.0.1:9/x"}, r"\$id"),
        ({"type": "object", "properties": {"a": {"type": "nothing"}}}, "no JSON schema"),
        ({"type": "array"}, "no object"),
        ({"type": "object", "properties": {f"p{n}": {} for n in range(100)}}, "no object"),
        ({"type": "object", "description": "x" * 100_000}, "characters"),
    ],
)
def test_a_schema_that_is_not_wanted_is_refused(schema: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_schema(schema)
