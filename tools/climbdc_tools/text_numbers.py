"""Numbers with a name in free text: blood pressure, ejection fraction, HbA1c and their like."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from climbdc.knowledge import knowledge
from climbdc.sdk import Limits
from climbdc_tools.clinical_text import lexicon
from climbdc_tools.unit_column import between

__all__ = ["number_names", "number_unit", "read_numbers"]


def number_names() -> list[str]:
    """The numbers that are looked for, in the order of the file."""
    return list(lexicon()["numbers"])


def number_unit(name: str) -> str:
    """The unit a number is given in."""
    spec = lexicon()["numbers"][name]
    return str(spec.get("unit") or knowledge().variables[spec["variable"]].unit)


def read_numbers(text: str) -> dict[str, float]:
    """The first number of each kind that a living patient can have, in the usual unit.

    >>> read_numbers("BP 140/90, EF 35 %, temp 101.3 F, creatinine 88 umol/l, 20 pack years")["systolic pressure"]
    140.0
    >>> {name: round(value, 1) for name, value in read_numbers("T 101.3 F; HbA1c: 7,2%; weighs 154 lb").items()}
    {'temperature': 38.5, 'hba1c': 7.2, 'weight': 69.9}
    """
    found: dict[str, float] = {}
    for name, pattern in _patterns().items():
        spec = lexicon()["numbers"][name]
        for match in pattern.finditer(text):
            value = _value(match, spec)
            if value is not None:
                found[name] = value
                break
    return found


def _value(match: re.Match[str], spec: dict[str, Any]) -> float | None:
    number = float(match[spec.get("pair", 1)].replace(",", "."))
    if "variable" not in spec:
        return number if spec["low"] <= number <= spec["high"] else None
    limits = knowledge().variables[spec["variable"]].limits
    if "pair" in spec:
        return number if _possible(number, limits) else None
    said = knowledge().units.known((match[2] or "").rstrip(".,;:)"))
    if said is not None and said in spec["units"]:
        return _in_unit(number, said, limits)
    if spec.get("must"):
        return None
    usual = [_in_unit(number, unit, limits) for unit in spec["units"]]
    return next((value for value in usual if value is not None and _typical(value, limits)), None)


def _in_unit(number: float, unit: str, limits: Limits) -> float | None:
    way = between(limits.unit, unit, limits) if unit != limits.unit else None
    if unit != limits.unit and way is None:
        return None
    value = number if way is None else number * way.factor + way.offset
    return value if _possible(value, limits) else None


def _possible(value: float, limits: Limits) -> bool:
    return (limits.low is None or value >= limits.low) and (limits.high is None or value <= limits.high)


def _typical(value: float, limits: Limits) -> bool:
    low, high = limits.typical_low, limits.typical_high
    return (low is None or value >= low) and (high is None or value <= high)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(_pattern(spec), re.IGNORECASE) for name, spec in lexicon()["numbers"].items()}


def _pattern(spec: dict[str, Any]) -> str:
    number = r"(\d{1,4}(?:[.,]\d{1,2})?)"
    if "behind" in spec:
        return rf"(?<![\w.,]){number}[\s-]*(?:{_any(spec['behind'])})(?!\w)"
    start = rf"(?<!\w)(?:{_any(spec['words'])})(?!\w)"
    if "pair" in spec:
        return rf"{start}[^\d\n;]{{0,12}}?(?<!\d)(\d{{2,3}})\s*/\s*(\d{{2,3}})(?![\d/])"
    between_ = r"[^\d\n;]{0,12}?"
    return rf"{start}{between_}(?<![\d/.]){number}(?![\d/])\s*([^\s\d,;]{{1,10}}(?:\d\S{{0,3}})?)?"


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
