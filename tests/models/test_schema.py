"""Strict schemas: what they say, and that every form a model is asked for has one."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from climbdc.models import schema_faults, strict_schema
from climbdc.models._schema import without_bounds


class Kind(Enum):
    """Of a thing."""

    A = "a"
    B = "b"


class New(BaseModel):
    """A step."""

    tool: Literal["impute", "scale"] = Field("impute", title="The tool", examples=["impute"])
    columns: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=8)


class Judged(BaseModel):
    """A form with everything that may be in one."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Kind.A
    title: str = Field("", description="In a few words.", pattern="^[A-Z]")
    new: New | None = None
    default: list[New] = []
    weight: float = Field(0, ge=0, le=1)


class Cat(BaseModel):
    """One of two."""

    is_a: Literal["cat"]


class Dog(BaseModel):
    """The other."""

    is_a: Literal["dog"]


class Pets(BaseModel):
    """A choice."""

    pet: Annotated[Cat | Dog, Field(discriminator="is_a")]


def test_everything_is_required_and_nothing_else_allowed() -> None:
    schema = strict_schema(Judged)
    assert schema["required"] == ["kind", "title", "new", "default", "weight"]
    assert schema["additionalProperties"] is False and schema["$defs"]["New"]["additionalProperties"] is False
    assert schema["properties"]["new"] == {"anyOf": [{"$ref": "#/$defs/New"}, {"type": "null"}]}
    assert schema["properties"]["kind"] == {"$ref": "#/$defs/Kind"}
    assert schema["properties"]["title"] == {"description": "In a few words.", "pattern": "^[A-Z]", "type": "string"}
    assert schema["$defs"]["New"]["properties"]["tool"] == {"enum": ["impute", "scale"], "type": "string"}
    assert schema_faults(schema) == []


def test_a_choice_is_any_of() -> None:
    pet = strict_schema(Pets)["properties"]["pet"]
    assert pet == {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]}


def test_bounds_can_be_left_out() -> None:
    loose = str(without_bounds(strict_schema(Judged)))
    assert "maxLength" not in loose and "maximum" not in loose and "'pattern'" not in loose and "'title'" in loose


class Free(BaseModel):
    """Free keys."""

    params: dict[str, int]


class Anything(BaseModel):
    """A value of any kind."""

    value: Any


class Loose(BaseModel):
    """A list of anything, and a pair."""

    values: list[JsonValue]
    pair: tuple[int, str]


@pytest.mark.parametrize(
    ("form", "fault"),
    [(Free, "params has free keys"), (Anything, "value may be anything"), (Loose, "uses prefixItems")],
)
def test_what_no_strict_schema_can_say_is_refused(form: type[BaseModel], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        strict_schema(form)


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"type": "array", "items": {"type": "string"}}, "is not an object"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}, "left out"),
        ({"type": "object", "properties": {}, "required": []}, "free keys"),
    ],
)
def test_faults_are_named(schema: dict[str, Any], fault: str) -> None:
    assert fault in "; ".join(schema_faults(schema))
