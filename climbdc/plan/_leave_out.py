"""Leaving some changes of a step out: which ones its params allow to leave out, and what the params are then.

A tool says what a param holds with `Field(json_schema_extra={"each": ...})`:

    columns    a list of columns to change, or a dict keyed by them
    codes      column -> the values that are changed
    maps       column -> value as it stands -> value to write
    kept       within what is said of one column: values that stay as they are
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

__all__ = ["Grain", "columns_in", "grain", "without"]

Grain = Literal["value", "column", ""]
"""What can be left out: one value of a column, only the whole column, or nothing."""


def grain(schema: Mapping[str, Any], params: Mapping[str, Any]) -> Grain:
    """What can be left out of a step of a tool with this JSON schema.

    >>> codes = {"properties": {"codes": {"each": "codes"}}}
    >>> grain(codes, {"codes": {"chol": ["0"]}}), grain({"properties": {}}, {})
    ('value', '')
    """
    kinds = {each for _, each in _declared(schema)}
    if kinds & {"codes", "maps"} or _kept(schema):
        return "value"
    return "column" if "columns" in kinds else ""


def without(
    schema: Mapping[str, Any], params: Mapping[str, Any], left_out: Iterable[tuple[str, str | None]],
    touched: Collection[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """The params that differ when some changes are left out.

    Args:
        schema: The tool's JSON schema.
        params: The step's params.
        left_out: Column and value as it stood before, as text; without a value the whole column.
        touched: Columns the step changes, for a list that names none and so means all.

    >>> codes = {"properties": {"codes": {"each": "codes"}}}
    >>> without(codes, {"codes": {"chol": ["0", "-9"], "bp": ["0"]}}, [("chol", "-9.0"), ("bp", None)])
    {'codes': {'chol': ['0']}}
    >>> lists = {"properties": {"columns": {"each": "columns"}}}
    >>> without(lists, {"columns": []}, [("b", None)], touched=["a", "b"])
    {'columns': ['a']}
    """
    unwanted = list(dict.fromkeys(left_out))
    changed: dict[str, Any] = {}
    for name, each in _declared(schema):
        now = params.get(name, {} if each in {"codes", "maps"} else [])
        kept = _kept(schema)
        new: Any = now
        if each == "columns" and isinstance(now, list):
            gone = {column for column, value in unwanted if value is None}
            new = [column for column in now or touched if column not in gone] if gone else now
        elif isinstance(now, Mapping):
            new = _thinned(now, unwanted, kept if each == "columns" else "")
        if new != now:
            changed[name] = new
    return changed


def _thinned(now: Mapping[str, Any], unwanted: Iterable[tuple[str, str | None]], kept: str) -> dict[str, Any]:
    """What is said by column, without the columns and values that are unwanted."""
    new = {column: _copied(told) for column, told in now.items()}
    for column, value in unwanted:
        if column not in new:
            continue
        told = new[column]
        if value is None:
            del new[column]
        elif isinstance(told, list):
            new[column] = [code for code in told if not _same(code, value)]
        elif kept and _number(value) is not None:
            new[column] = {**told, kept: [*told.get(kept, []), _number(value)]}
        elif not kept:
            new[column] = {old: to for old, to in told.items() if not _same(old, value)}
    return {column: told for column, told in new.items() if told}


def _copied(told: Any) -> Any:
    return dict(told) if isinstance(told, Mapping) else list(told) if isinstance(told, list) else told


def columns_in(schema: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """The columns that a step is done to, in order.

    Args:
        schema: Of its tool's params.
        params: Its params.

    >>> codes = {"properties": {"codes": {"each": "codes"}, "note": {}}}
    >>> columns_in(codes, {"codes": {"chol": ["0"]}, "note": "age"})
    ['chol']
    """
    named = [str(column) for name, _ in _declared(schema) for column in params.get(name) or ()]
    return list(dict.fromkeys(named))


def _declared(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Params that say what they hold."""
    return [(name, told["each"]) for name, told in schema.get("properties", {}).items() if "each" in told]


def _kept(schema: Mapping[str, Any]) -> str:
    """The field, within what is said of one column, that names values to leave alone; empty where there is none."""
    for model in schema.get("$defs", {}).values():
        for name, told in model.get("properties", {}).items():
            if told.get("each") == "kept":
                return str(name)
    return ""


def _same(code: str, value: str) -> bool:
    """Whether a value of the params is the one that was there, spaces around it or not, 0 and 0.0 alike."""
    if str(code).strip() == value.strip():
        return True
    one, other = _number(str(code)), _number(value)
    return one is not None and one == other


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
