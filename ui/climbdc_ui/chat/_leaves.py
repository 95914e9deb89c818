"""The form of a tool's params, made from its JSON schema: which fields there are, under which names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from climbdc_ui.chat._wording import words

__all__ = ["Kind", "Leaf", "leaves"]

Kind = Literal["text", "number", "integer", "bool", "select", "column", "columns", "checks", "lines", "pair", "yaml"]

MOST_GROUPS = 60
MOST_PAIRS = 150
"""Beyond these a form would be longer than a text box is hard to read."""


@dataclass(frozen=True)
class Leaf:
    """One field.

    Args:
        name: In the form; made of numbers, so that no column name is part of it.
        path: Where its value stands in the params.
        kind: Which control it gets.
        label: What it is, in words.
        group: The column it belongs to; empty for the whole step.
        value: What it holds now.
        options: Value and label of each choice.
        low: Least allowed number.
        high: Greatest allowed number.
        optional: Whether it may be left empty.
    """

    name: str
    path: tuple[str, ...]
    kind: Kind
    label: str
    group: str = ""
    value: Any = None
    options: tuple[tuple[str, str], ...] = ()
    low: float | None = None
    high: float | None = None
    optional: bool = False


def leaves(schema: Mapping[str, Any], params: Mapping[str, Any]) -> list[Leaf]:
    """All fields, in the order of the schema.

    >>> share = {"type": "number", "description": "Share to seal.", "exclusiveMaximum": 1, "default": 0.2}
    >>> leaves({"properties": {"share": share}}, {})[0]
    Leaf(name='p-0', path=('share',), kind='number', label='Share to seal', group='', value=0.2, options=(), low=None, \
high=1, optional=False)
    """
    found: list[Leaf] = []
    for number, (name, told) in enumerate(schema.get("properties", {}).items()):
        value = params.get(name, told.get("default"))
        found += _property(f"p-{number}", (name,), told, value, schema)
    return found


def _property(
    name: str, path: tuple[str, ...], told: Mapping[str, Any], value: Any, schema: Mapping[str, Any]
) -> list[Leaf]:  # fmt: skip
    """The fields of one param: one, or some for each column it speaks of."""
    keyed = told.get("additionalProperties")
    if isinstance(keyed, Mapping) and isinstance(value, Mapping) and len(value) <= MOST_GROUPS:
        found = list(_by_column(name, path, keyed, value, schema, _label(path[-1], told)))
        if len(found) <= MOST_PAIRS:
            return found
    return [_leaf(name, path, told, value, schema)]


def _by_column(
    name: str, path: tuple[str, ...], told: Mapping[str, Any], value: Mapping[str, Any], schema: Mapping[str, Any],
    label: str,
) -> Iterator[Leaf]:  # fmt: skip
    told = _resolved(told, schema)
    for number, (column, said) in enumerate(value.items()):
        here, there = f"{name}-{number}", (*path, column)
        if "properties" in told and isinstance(said, Mapping):
            for place, (field, each) in enumerate(told["properties"].items()):
                now = said.get(field, each.get("default"))
                yield _leaf(f"{here}-{place}", (*there, field), each, now, schema, group=column)
        elif "additionalProperties" in told and isinstance(said, Mapping):
            for place, (old, new) in enumerate(said.items()):
                yield Leaf(f"{here}-{place}", (*there, old), "pair", old, group=column, value=new)
        else:
            yield _leaf(here, there, {**told, "description": label.partition("->")[2]}, said, schema, group=column)


def _leaf(
    name: str, path: tuple[str, ...], told: Mapping[str, Any], value: Any, schema: Mapping[str, Any], group: str = ""
) -> Leaf:  # fmt: skip
    optional = any(each.get("type") == "null" for each in told.get("anyOf", ()))
    plain = {**_resolved(told, schema), **{key: told[key] for key in ("each", "holds", "description") if key in told}}
    kind = _kind(plain, value)
    enum = plain.get("enum") or _items(plain, schema).get("enum") or ()
    return Leaf(
        name, path, kind, _label(path[-1], plain), group=group, value=value,
        options=tuple((str(each), _choice(path[-1], str(each))) for each in enum),
        low=plain.get("minimum", plain.get("exclusiveMinimum")),
        high=plain.get("maximum", plain.get("exclusiveMaximum")),
        optional=optional,
    )  # fmt: skip


def _kind(told: Mapping[str, Any], value: Any) -> Kind:
    """Which control fits a JSON schema."""
    if "enum" in told:
        return "select"
    if told.get("type") == "array":
        return _kind_of_list(told)
    if told.get("holds") == "column":
        return "column"
    kinds: dict[str, Kind] = {"boolean": "bool", "integer": "integer", "number": "number", "string": "text"}
    return kinds.get(str(told.get("type")), "yaml")


def _kind_of_list(told: Mapping[str, Any]) -> Kind:
    items = told.get("items", {})
    if "columns" in {told.get("each"), told.get("holds")}:
        return "columns"
    if "enum" in items:
        return "checks"
    return "lines" if items.get("type") in {"string", "number", "integer"} else "yaml"


def _items(told: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return _resolved(told.get("items", {}), schema)


def _resolved(told: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind a reference, or behind a choice between it and nothing."""
    for each in told.get("anyOf", ()):
        if each.get("type") != "null":
            told = {**told, **each}
            break
    reference = str(told.get("$ref", ""))
    if reference:
        found: Mapping[str, Any] = schema.get("$defs", {}).get(reference.rpartition("/")[2], {})
        return found
    return told


def _label(name: str, told: Mapping[str, Any]) -> str:
    """The description without its last full stop; the name with spaces where there is none."""
    return str(told.get("description") or name.replace("_", " ").capitalize()).strip().removesuffix(".")


def _choice(param: str, value: str) -> str:
    """What a choice means.

    >>> _choice("numeric", "median"), _choice("my_param", "as_is")
    ('the middle value of the column', 'as is')
    """
    if not value:
        return "nothing"
    return str(words()["choices"].get(f"{param}.{value}", value.replace("_", " ")))
