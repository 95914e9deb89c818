"""The JSON schema of a reply, in the strict form that servers can hold a model to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

__all__ = ["BOUNDS", "schema_faults", "strict_schema", "without_bounds"]

BOUNDS = (
    "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "pattern", "format",
)  # fmt: skip
"""Keywords that some servers do not take; an answer is checked against them in any case."""

_KNOWN = frozenset(BOUNDS) | {
    "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const", "description", "$ref",
    "$defs",
}  # fmt: skip
_DROPPED = ("title", "default", "examples", "discriminator")


def strict_schema(reply: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model's reply: no field may be left out and none added.

    The form is that of OpenAI's structured outputs, which others follow
    (https://platform.openai.com/docs/guides/structured-outputs): every object is closed, all its fields are required,
    there are no defaults, and a choice is `anyOf`.

    Raises:
        ValueError: The reply has a part that no strict schema can say, such as a dictionary with free keys.

    >>> class Verdict(BaseModel):
    ...     step: str
    ...     keep: bool = True
    >>> strict_schema(Verdict)["required"], strict_schema(Verdict)["additionalProperties"]
    (['step', 'keep'], False)
    """
    schema: dict[str, Any] = _strict(reply.model_json_schema())
    faults = schema_faults(schema)
    if faults:
        raise ValueError(f"{reply.__name__} cannot be asked of a model: {'; '.join(faults)}")
    return schema


def without_bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema without lengths, ranges and patterns."""
    loose: dict[str, Any] = _walk(schema, lambda node: {key: node[key] for key in node if key not in BOUNDS})
    return loose


def schema_faults(schema: Mapping[str, Any]) -> list[str]:
    """What keeps a schema from being strict, each in words; nothing where it is."""
    faults = [] if schema.get("type") == "object" else ["the reply as a whole is not an object"]
    for path, node in _nodes(schema, "reply"):
        unknown = sorted(set(node) - _KNOWN)
        if unknown:
            faults.append(f"{path} uses {', '.join(unknown)}")
        if node.get("type") == "object":
            if node.get("additionalProperties") is not False or "properties" not in node:
                faults.append(f"{path} has free keys")
            elif sorted(node.get("required", ())) != sorted(node["properties"]):
                faults.append(f"{path} has fields that may be left out")
        if not set(node) & {"type", "anyOf", "enum", "const", "$ref"}:
            faults.append(f"{path} may be anything")
        if node.get("type") == "array" and not isinstance(node.get("items"), Mapping):
            faults.append(f"{path} is a list of anything")
    return faults


def _strict(schema: Mapping[str, Any]) -> Any:
    return _walk(schema, _closed)


def _closed(node: Mapping[str, Any]) -> dict[str, Any]:
    """One node of a schema, made strict."""
    told = {key: value for key, value in node.items() if key not in _DROPPED}
    if "oneOf" in told:
        told["anyOf"] = told.pop("oneOf")
    if len(told.get("allOf", ())) == 1:
        told = {**told.pop("allOf")[0], **told}
    if "$ref" in told:
        return {"$ref": told["$ref"]}
    if told.get("type") == "object" and "properties" in told and not told.get("additionalProperties"):
        told["additionalProperties"] = False
        told["required"] = list(told["properties"])
    return told


def _walk(node: Any, change: Any) -> Any:
    """A copy of a schema with every node changed; names of fields are not nodes."""
    if not isinstance(node, Mapping):
        return node
    told: dict[str, Any] = {}
    for key, value in change(node).items():
        if key in ("properties", "$defs"):
            told[key] = {name: _walk(part, change) for name, part in value.items()}
        elif key in ("anyOf", "prefixItems"):
            told[key] = [_walk(part, change) for part in value]
        else:
            told[key] = _walk(value, change) if key in ("items", "additionalProperties") else value
    return told


def _nodes(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, node
    for key in ("properties", "$defs"):
        for name, part in node.get(key, {}).items():
            yield from _nodes(part, f"{path}.{name}")
    for number, part in enumerate(node.get("anyOf", ())):
        yield from _nodes(part, f"{path}|{number}")
    if isinstance(node.get("items"), Mapping):
        yield from _nodes(node["items"], f"{path}[]")
