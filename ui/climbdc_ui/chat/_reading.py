"""What was typed into a form, as params of a tool; what cannot be used is told at its field."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Collection, Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from climbdc.registry import RegisteredTool
from climbdc_ui.chat._leaves import Leaf, leaves

__all__ = ["NotRead", "nearest", "read_params"]

NEAREST = 5


class NotRead(Exception):
    """Why a field cannot be used."""


def read_params(
    tool: RegisteredTool, params: Mapping[str, Any], values: Mapping[str, Any], columns: Collection[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The params that differ from those that were, and what is wrong with which field.

    Args:
        tool: Whose params.
        params: As they were.
        values: As the form sent them.
        columns: Columns there are.
    """
    wanted: dict[str, Any] = copy.deepcopy(dict(params))
    errors: dict[str, str] = {}
    found = leaves(tool.spec.schema, params)
    for leaf in found:
        if leaf.name not in values and leaf.kind != "bool":
            continue
        try:
            new = read_leaf(leaf, values, columns)
        except NotRead as error:
            errors[leaf.name] = str(error)
            continue
        if new != leaf.value:
            _put(wanted, leaf.path, new)
    if not errors and tool.cls is not None:
        errors = _checked(tool, wanted, found)
    changed = {key: value for key, value in wanted.items() if key not in params or params[key] != value}
    return changed, errors


def _put(wanted: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        wanted = wanted.setdefault(key, {})
    wanted[path[-1]] = value


def _checked(tool: RegisteredTool, wanted: dict[str, Any], found: list[Leaf]) -> dict[str, str]:
    """What the tool's own check says, at the field it speaks of; at the first where it is of no one field."""
    assert tool.cls is not None
    try:
        tool.cls.params_type().model_validate(wanted)
    except ValidationError as error:
        return {
            _field(tuple(map(str, each["loc"])), found): each["msg"].removeprefix("Value error, ").capitalize() + "."
            for each in error.errors()
        }
    return {}


def _field(place: tuple[str, ...], found: list[Leaf]) -> str:
    for leaf in found:
        if leaf.path == place[: len(leaf.path)]:
            return leaf.name
    return found[0].name if found else "p"


def read_leaf(leaf: Leaf, values: Mapping[str, Any], columns: Collection[str]) -> Any:
    """The value of one field.

    Raises:
        NotRead: It is not of the form wanted.
    """
    said = values.get(leaf.name, "")
    if leaf.kind == "columns":
        return _columns(leaf, values, columns)
    if leaf.kind == "checks":
        return [value for value, _ in leaf.options if value in _several(said)]
    text = str(said).strip() if not isinstance(said, list) else ""
    if leaf.kind == "bool":
        return bool(text)
    if leaf.kind == "lines":
        return _lines(leaf, str(said))
    if leaf.kind == "yaml":
        return _yaml(str(said))
    if not text:
        return _empty(leaf)
    if leaf.kind in {"number", "integer"}:
        return _number(leaf, text)
    if leaf.kind == "column" and text not in columns:
        raise NotRead(nearest(text, columns))
    if leaf.kind == "select" and text not in dict(leaf.options):
        raise NotRead("Choose one of the list.")
    return str(said) if leaf.kind == "pair" else text


def _empty(leaf: Leaf) -> Any:
    if leaf.optional:
        return None
    if leaf.kind in {"number", "integer"}:
        raise NotRead("A number is needed here.")
    return ""


def _number(leaf: Leaf, text: str) -> float | int:
    try:
        number = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        raise NotRead(f"“{text}” is not a number.") from None
    if leaf.kind == "integer" and not number.is_integer():
        raise NotRead("A whole number is needed here.")
    return int(number) if number.is_integer() and (leaf.kind == "integer" or isinstance(leaf.value, int)) else number


def _lines(leaf: Leaf, text: str) -> list[Any]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not (leaf.value and isinstance(leaf.value[0], float | int)) and leaf.path[-1] != "keep":
        return lines
    try:
        return [float(line) for line in lines]
    except ValueError:
        raise NotRead("One number a line is needed here.") from None


def _yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise NotRead("That cannot be read; keep the form of what stood there, with its spaces.") from None


def _columns(leaf: Leaf, values: Mapping[str, Any], columns: Collection[str]) -> list[str]:
    """The ticked columns, and one that was typed beside them."""
    ticked = [name for name in _several(values.get(leaf.name, [])) if name in columns or name in (leaf.value or [])]
    added = str(values.get(f"{leaf.name}-add", "")).strip()
    if added and added not in columns:
        raise NotRead(nearest(added, columns))
    return list(dict.fromkeys([*ticked, *([added] if added else [])]))


def _several(said: Any) -> list[str]:
    """Ticked values, or one a line."""
    return [str(each) for each in said] if isinstance(said, list) else str(said).splitlines() if said else []


def nearest(text: str, columns: Collection[str]) -> str:
    """That a column is not there, with those that look like it.

    >>> nearest("agee", ["age", "sex"])
    'There is no column “agee”. Did you mean age?'
    """
    low = text.casefold()
    holding = [name for name in columns if low in name.casefold()][:NEAREST]
    alike = holding or difflib.get_close_matches(text, list(columns), n=NEAREST, cutoff=0.6)
    hint = f" Did you mean {' or '.join(alike)}?" if alike else " Look at the Data tab for the names."
    return f"There is no column “{text}”.{hint}"
