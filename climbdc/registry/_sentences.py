"""The sentence of a finding, made from its tool's template: findings are data, never prose."""

from __future__ import annotations

import re
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


def singular(text: str) -> str:
    """One thing is not several.

    >>> singular("1 rows of 21 rows, in 1 columns")
    '1 row of 21 rows, in 1 column'
    """
    return re.sub(r"(?<![\d.,])1 (row|column|cell|patient|group|value|categorie)s\b", _one, text)


def _one(found: re.Match[str]) -> str:
    return f"1 {'category' if found[1] == 'categorie' else found[1]}"


def sentence(finding: Mapping[str, Any], tools: Registry) -> str:
    """What was found, in plain words; of what an evaluation said of the sealed rows it is said that it did."""
    said = _said(finding, tools)
    return f"On the sealed rows: {said}" if finding.get("part") == "sealed" else said


def _said(finding: Mapping[str, Any], tools: Registry) -> str:
    columns = names(list(finding["columns"]))
    template = tools[finding["tool"]].spec.says.get(finding["kind"], "") if finding["tool"] in tools else ""
    fields = {**finding["evidence"], "columns": columns, "rows": finding["rows"]}
    try:
        return singular(template.format(**fields)) if template else f"{finding['kind']}: {columns}"
    except (KeyError, IndexError, ValueError, TypeError):
        return f"{finding['kind']}: {columns}"
