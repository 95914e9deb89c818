"""The sentence of a finding, made from its tool's template: findings are data, never prose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from climbdc.registry._registry import Registry

__all__ = ["sentence"]

SHOWN = 6


def names(columns: list[str]) -> str:
    """Column names for a sentence, cut short when there are many.

    >>> names(["a", "b"])
    'a, b'
    >>> names([f"c{n}" for n in range(9)])
    'c0, c1, c2, c3, c4, c5 and 3 more'
    """
    shown = ", ".join(columns[:SHOWN])
    return shown if len(columns) <= SHOWN else f"{shown} and {len(columns) - SHOWN} more"


def sentence(finding: Mapping[str, Any], tools: Registry) -> str:
    """What was found, in plain words."""
    columns = names(list(finding["columns"]))
    template = tools[finding["tool"]].spec.says.get(finding["kind"], "") if finding["tool"] in tools else ""
    fields = {**finding["evidence"], "columns": columns, "rows": finding["rows"]}
    try:
        return template.format(**fields) if template else f"{finding['kind']}: {columns}"
    except (KeyError, IndexError, ValueError, TypeError):
        return f"{finding['kind']}: {columns}"
