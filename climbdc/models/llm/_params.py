"""A tool's params as a strict reply form, and back: dicts keyed by column become lists of entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from climbdc.errors import PlanError
from climbdc.models._schema import strict_schema
from climbdc.models.llm._forms import Form, choice, form, items, maybe, value
from climbdc.plan import columns_in

__all__ = ["columns_in", "params_form", "params_of", "seed_params"]

Schema = Mapping[str, Any]
MOST = 12
"""Entries of a list that a model may fill in at once."""
LONGEST = 80


def seed_params(schema: Schema, columns: Sequence[str]) -> dict[str, Any]:
    """Params that say only which columns are meant, for a step whose other params are chosen later.

    >>> seed_params({"properties": {"codes": {"type": "object", "each": "codes"}}}, ["chol"])
    {'codes': {'chol': []}}
    """
    return {
        name: list(columns) if told.get("type") == "array" else {column: _seed(told, schema) for column in columns}
        for name, told in _declared(schema)
    }


def _declared(schema: Schema) -> list[tuple[str, Schema]]:
    return [(name, told) for name, told in schema.get("properties", {}).items() if "each" in told]


def _seed(told: Schema, schema: Schema) -> Any:
    """The emptiest value that fits: what a param has no default for takes the first choice."""
    each = _resolved(told.get("additionalProperties", {}), schema)
    if told.get("each") == "codes" or each.get("type") == "array":
        return []
    if each.get("enum"):
        return each["enum"][0]
    needed = [(name, _resolved(each["properties"][name], schema)) for name in each.get("required", [])]
    return {name: kind["enum"][0] for name, kind in needed if kind.get("enum")}


def _resolved(node: Schema, root: Schema) -> Schema:
    if "$ref" not in node:
        return node
    found: Schema = root["$defs"][str(node["$ref"]).rsplit("/", 1)[-1]]
    return found


def params_form(schema: Schema, columns: Sequence[str], *, fixed: bool = False) -> type[Form]:
    """The form for the params of one tool.

    Args:
        schema: The tool's JSON schema; its texts are left out, as a foreign tool's are not ours.
        columns: The names that may be given where a column is meant, as a model sees them.
        fixed: Leave out which columns are changed: that is settled.

    Raises:
        PlanError: No strict form can ask for them, as for a plug-in's params that hold themselves.
    """
    asked = {name: told for name, told in schema.get("properties", {}).items() if not (fixed and "each" in told)}
    column = choice("Column", columns) if columns else value(LONGEST)  # servers refuse a choice between nothing
    try:
        made = _Forms(schema, column).object("Params", {**schema, "properties": asked})
        strict_schema(made)
    except (RecursionError, TypeError, ValueError, NameError, KeyError) as error:
        raise PlanError(
            "The params of this tool cannot be asked of a model.", fix="Give the step back.", code="bad-answer"
        ) from error
    return made


class _Forms:
    """Turns the nodes of one schema into types."""

    def __init__(self, root: Schema, column: Any) -> None:
        self.root, self.column, self.made = root, column, 0

    def object(self, name: str, node: Schema) -> type[Form]:
        return form(name, {key: self.kind(key, told) for key, told in node.get("properties", {}).items()})

    def kind(self, name: str, node: Schema) -> Any:
        """The type of one node."""
        node = _resolved(node, self.root)
        if "anyOf" in node:
            return self._any(name, node["anyOf"])
        if node.get("enum"):
            return choice(self._name(name), [str(value) for value in node["enum"]])
        if node.get("type") == "array":
            return self._array(name, node)
        if node.get("type") == "object":
            return self._object(name, node)
        plain = {"integer": int, "number": float, "boolean": bool}
        return plain.get(str(node.get("type"))) or (self.column if node.get("holds") == "column" else value(LONGEST))

    def _any(self, name: str, nodes: Sequence[Schema]) -> Any:
        kinds = [self.kind(name, node) for node in nodes if node.get("type") != "null"]
        either = kinds[0] if len(kinds) == 1 else Union[tuple(kinds)]  # noqa: UP007
        return maybe(either) if len(kinds) < len(nodes) else either

    def _array(self, name: str, node: Schema) -> Any:
        return items(self.column if _is_columns(name, node) else self.kind(name, node.get("items", {})), MOST)

    def _object(self, name: str, node: Schema) -> Any:
        each = node.get("additionalProperties")
        if not isinstance(each, Mapping):
            return self.object(self._name(name), node)
        key = self.column if "each" in node else value(LONGEST)
        entry = form(self._name(name), {"key": key, "value": self.kind(name, each)})
        return items(entry, MOST)

    def _name(self, name: str) -> str:
        self.made += 1
        return f"{name.title().replace('_', '')}{self.made}"


def params_of(schema: Schema, told: Mapping[str, Any], column_of: Callable[[str], str]) -> dict[str, Any]:
    """The params that a filled-in form stands for.

    Args:
        schema: The tool's JSON schema.
        told: The form, as plain data.
        column_of: The column that a name shown to the model stands for.
    """
    nodes = schema.get("properties", {})
    back = _Back(schema, column_of)
    return {name: back.value(name, nodes[name], value) for name, value in told.items() if name in nodes}


def _is_columns(name: str, node: Schema) -> bool:
    """Whether a list is one of columns: it says so, or is called so and holds texts."""
    said = "columns" in {node.get("holds"), node.get("each")}
    return said or (name == "columns" and node.get("items", {}).get("type") == "string")


class _Back:
    """Turns what a form holds into what the tool takes."""

    def __init__(self, root: Schema, column_of: Callable[[str], str]) -> None:
        self.root, self.column_of = root, column_of

    def value(self, name: str, node: Schema, told: Any) -> Any:
        """The value of one node."""
        node = _resolved(node, self.root)
        if "anyOf" in node and told is not None:
            node = next((each for each in node["anyOf"] if each.get("type") != "null"), {})
            node = _resolved(node, self.root)
        if isinstance(told, dict):
            parts = node.get("properties", {})
            return {key: self.value(key, parts.get(key, {}), item) for key, item in told.items()}
        if isinstance(told, list):
            return self._list(name, node, told)
        return self.column_of(told) if isinstance(told, str) and node.get("holds") == "column" else told

    def _list(self, name: str, node: Schema, told: list[Any]) -> Any:
        each = node.get("additionalProperties")
        if isinstance(each, Mapping):
            named = self.column_of if "each" in node else str
            return {named(item["key"]): self.value(name, each, item["value"]) for item in told}
        if _is_columns(name, node):
            return [self.column_of(item) for item in told]
        return [self.value(name, node.get("items", {}), item) for item in told]
