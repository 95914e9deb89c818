"""A tool's params as a strict reply form, and back: dicts keyed by column become lists of entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from climbdc.models.llm._forms import Form, choice, form, items, maybe, value

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


def columns_in(schema: Schema, params: Mapping[str, Any]) -> list[str]:
    """The columns that a step is for, in order."""
    named = [str(column) for name, _ in _declared(schema) for column in params.get(name, ())]
    return list(dict.fromkeys(named))


def _declared(schema: Schema) -> list[tuple[str, Schema]]:
    return [(name, told) for name, told in schema.get("properties", {}).items() if "each" in told]


def _seed(told: Schema, schema: Schema) -> Any:
    """The emptiest value that fits: what a param has no default for takes the first choice."""
    each = _resolved(told.get("additionalProperties", {}), schema)
    if told.get("each") == "codes" or each.get("type") == "array":
        return []
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
    """
    asked = {name: told for name, told in schema.get("properties", {}).items() if not (fixed and "each" in told)}
    return _Forms(schema, choice("Column", columns)).object("Params", {**schema, "properties": asked})


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
        columns = node.get("holds") == "columns" or node.get("each") == "columns"
        return items(self.column if columns else self.kind(name, node.get("items", {})), MOST)

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
    return {name: _value(nodes[name], value, schema, column_of) for name, value in told.items() if name in nodes}


def _value(node: Schema, told: Any, root: Schema, column_of: Callable[[str], str]) -> Any:
    node = _resolved(node, root)
    if "anyOf" in node and told is not None:
        node = next((each for each in node["anyOf"] if each.get("type") != "null"), {})
        node = _resolved(node, root)
    if isinstance(told, str) and node.get("holds") == "column":
        return column_of(told)
    if not isinstance(told, list | dict):
        return told
    if node.get("type") == "array":
        columns = node.get("holds") == "columns" or node.get("each") == "columns"
        return [column_of(item) if columns else _value(node.get("items", {}), item, root, column_of) for item in told]
    each = node.get("additionalProperties")
    if isinstance(each, Mapping) and isinstance(told, list):
        named = column_of if "each" in node else str
        return {named(item["key"]): _value(each, item["value"], root, column_of) for item in told}
    return {
        name: _value(node.get("properties", {}).get(name, {}), item, root, column_of) for name, item in told.items()
    }
