"""Params of steps: joined, and narrowed to the columns that are there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

__all__ = ["is_empty", "merge", "narrow"]

KEYED_BY_COLUMN = ("codes", "maps", "columns", "types")
LISTS_OF_COLUMNS = ("columns", "indicators")


def merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Both params in one: lists united in order, dicts joined deeply, the first value kept elsewhere.

    >>> merge({"columns": ["a"], "by": 1}, {"columns": ["b", "a"], "by": 2})
    {'columns': ['a', 'b'], 'by': 1}
    """
    joined = dict(first)
    for key, value in second.items():
        if key not in joined:
            joined[key] = value
        elif isinstance(joined[key], dict) and isinstance(value, dict):
            joined[key] = merge(joined[key], value)
        elif isinstance(joined[key], list) and isinstance(value, list):
            joined[key] = [*joined[key], *(item for item in value if item not in joined[key])]
    return joined


def narrow(params: dict[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """The params without columns that are gone.

    >>> narrow({"columns": ["a", "gone"], "numeric": "median"}, {"a"})
    {'columns': ['a'], 'numeric': 'median'}
    """
    kept = dict(params)
    for key in KEYED_BY_COLUMN:
        if isinstance(kept.get(key), dict):
            kept[key] = {name: value for name, value in kept[key].items() if name in columns}
    for key in LISTS_OF_COLUMNS:
        if isinstance(kept.get(key), list):
            kept[key] = [name for name in kept[key] if name in columns]
    return kept


def is_empty(params: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether narrowing took away everything the step was for.

    >>> is_empty({"columns": []}, {"columns": ["gone"]})
    True
    """
    main = [key for key in (*KEYED_BY_COLUMN, *LISTS_OF_COLUMNS, "features") if before.get(key)]
    return bool(main) and all(not params.get(key) for key in main)
