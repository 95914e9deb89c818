"""Answers that fit a JSON schema: the smallest there is, completed with whatever a behaviour wants said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["filled", "schema_in"]

Schema = Mapping[str, Any]
DEEPEST = 40


def filled(schema: Schema, says: Mapping[str, Any] | None = None, *, seed: int = 0, loose: bool = False) -> Any:
    """The smallest value that fits a schema, with these values where it has such fields.

    Args:
        schema: With `$defs` inside.
        says: Field -> value, at the top level; objects and lists of objects in it are completed to fit. What stands
            under `*` is said wherever there is a field of the name.
        seed: Decides between the members of an enumeration; 0 takes the first.
        loose: Keep fields of `says` that the schema does not have.

    >>> form = {"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer", "minimum": 2}}}
    >>> filled(form, {"a": "x", "b": 1}), filled(form, {"b": 1}, loose=True)
    ({'a': 'x', 'n': 2}, {'a': '', 'n': 2, 'b': 1})
    """
    told = dict(says or {})
    return _Filler(schema, seed, loose, told.pop("*", {})).value(schema, told or _NOTHING, 0)


class _Nothing:
    """No value is wanted."""


_NOTHING = _Nothing()


class _Filler:
    def __init__(self, root: Schema, seed: int, loose: bool, everywhere: Mapping[str, Any]) -> None:
        self.root = root
        self.everywhere = everywhere
        self.seed = seed
        self.loose = loose

    def value(self, schema: Schema, said: Any, depth: int) -> Any:
        """A value for one place."""
        schema = self._resolved(schema)
        ways = schema.get("anyOf") or schema.get("oneOf")
        if ways:
            return self._one_of(ways, said, depth)
        if "const" in schema:
            return schema["const"] if isinstance(said, _Nothing) else said
        if "enum" in schema:
            return schema["enum"][self.seed % len(schema["enum"])] if isinstance(said, _Nothing) else said
        kind = self._kind(schema)
        if kind == "object":
            return self._object(schema, said, depth)
        if kind == "array":
            return self._array(schema, said, depth)
        return _least(kind, schema) if isinstance(said, _Nothing) else said

    def _resolved(self, schema: Schema) -> Schema:
        for _ in range(DEEPEST):
            if "$ref" not in schema:
                break
            target: Any = self.root
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        return schema

    def _one_of(self, ways: Any, said: Any, depth: int) -> Any:
        """Null where nothing is said; else the first way that is of the kind of what is said."""
        kinds = [self._kind(self._resolved(way)) for way in ways]
        if isinstance(said, _Nothing) and "null" in kinds:
            return None
        wanted = {dict: "object", list: "array", str: "string", type(None): "null"}.get(type(said))
        at = kinds.index(wanted) if wanted in kinds else next((n for n, k in enumerate(kinds) if k != "null"), 0)
        return self.value(ways[at], said, depth)

    @staticmethod
    def _kind(schema: Schema) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = "null" if "null" in kind else kind[0]
        return str(kind or ("object" if "properties" in schema else "enum" if "enum" in schema else "string"))

    def _object(self, schema: Schema, said: Any, depth: int) -> Any:
        if not isinstance(said, _Nothing) and not isinstance(said, Mapping):
            return said
        told: Mapping[str, Any] = {} if isinstance(said, _Nothing) else said
        fields: Mapping[str, Any] = schema.get("properties") or {}
        made = {} if depth > DEEPEST else {
            name: self._field(name, form, told.get(name, self.everywhere.get(name, _NOTHING)), depth + 1)
            for name, form in fields.items()
        }  # fmt: skip
        extra = {name: value for name, value in told.items() if name not in fields}
        return {**made, **extra} if self.loose or not fields else made

    def _field(self, name: str, form: Schema, said: Any, depth: int) -> Any:
        """One field of an object; params are given, for all columns, for otherwise there would be nothing to do."""
        if name == "params" and isinstance(said, _Nothing):
            said = {}
        if name == "columns" and isinstance(said, _Nothing):
            form = self._resolved(form)
            named = self._resolved(form.get("items") or {})
            if "enum" in named:
                return list(named["enum"])[: int(form.get("maxItems", 8))]
            key = self._resolved((named.get("properties") or {}).get("key") or {})
            if "enum" in key:
                return [self.value(named, {"key": name}, depth) for name in key["enum"]]
        return self.value(form, said, depth)

    def _array(self, schema: Schema, said: Any, depth: int) -> Any:
        form = schema.get("items") or {}
        if isinstance(said, list | tuple):
            return [self.value(form, item, depth + 1) for item in said]
        if not isinstance(said, _Nothing):
            return said
        return [self.value(form, _NOTHING, depth + 1) for _ in range(int(schema.get("minItems", 0)))]


def _least(kind: str, schema: Schema) -> Any:
    if kind == "string":
        return "x" * int(schema.get("minLength", 0))
    if kind == "boolean":
        return False
    if kind in {"integer", "number"}:
        above = schema.get("exclusiveMinimum")
        least = schema.get("minimum", 0 if above is None else above + 1)
        return min(least, schema["maximum"]) if "maximum" in schema else least
    return None


def schema_in(text: str) -> dict[str, Any] | None:
    """The last JSON schema of an object that a text holds, for servers that are told the form in words.

    >>> schema_in('Answer as {"type": "object", "properties": {"a": {"type": "null"}}}.')
    {'type': 'object', 'properties': {'a': {'type': 'null'}}}
    """
    found: dict[str, Any] | None = None
    at = text.find("{")
    reader = json.JSONDecoder()
    while at >= 0:
        try:
            value, end = reader.raw_decode(text, at)
        except ValueError:
            value, end = None, at + 1
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            found = value
        at = text.find("{", end)
    return found
