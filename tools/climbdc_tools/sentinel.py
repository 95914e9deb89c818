"""Numbers that stand for missing: -9, 999 and zeros that cannot be measured."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from climbdc.sdk import Limits

__all__ = ["Code", "inside", "number_text", "sentinel_codes", "zero_code"]

Ground = Literal["", "knowledge", "dictionary", "rule", "statistics"]
Values = np.ndarray[Any, np.dtype[np.float64]]

_FEW_CODES: Final = 10  # up to this many other values the column is a list of codes
_LEAST: Final = 3  # fewer equal extreme values may be chance


@dataclass(frozen=True)
class Code:
    """A value that stands for missing, as text; how often, how sure, and on what ground."""

    text: str
    kind: str
    count: int
    confidence: float
    backed_by: Ground


def number_text(value: float) -> str:
    """A number as a person writes it.

    >>> number_text(-9.0), number_text(99.9)
    ('-9', '99.9')
    """
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def inside(values: Values, limits: Limits) -> Values:
    """Those of the values that the limits allow."""
    low = -np.inf if limits.low is None else limits.low
    high = np.inf if limits.high is None else limits.high
    return values[(values >= low) & (values <= high)]


def sentinel_codes(values: Values, sentinels: Collection[float], limits: Limits | None) -> list[Code]:
    """Sentinels among the extreme values of a column without gaps.

    Where the variable is known, a sentinel is a code if it lies outside what the variable can be; otherwise if it is
    repeated and stands well apart from all other values.
    """
    if not len(values):
        return []
    low, high = float(values.min()), float(values.max())
    if low not in sentinels and high not in sentinels:
        return []
    distinct, count = np.unique(values, return_counts=True)
    top = _run(distinct[::-1], {s for s in sentinels if s > 0})
    bottom = _run(distinct, {s for s in sentinels if s < 0})
    rest = distinct[bottom : len(distinct) - top] if top + bottom < len(distinct) else distinct[:0]
    found: list[Code] = []
    for place in (*range(bottom), *range(len(distinct) - top, len(distinct))):
        value, times = float(distinct[place]), int(count[place])
        if sure := _sureness(value, times, rest, limits):
            found.append(Code(number_text(value), "sentinel", times, *sure))
    return found


def zero_code(values: Values, limits: Limits | None) -> Code | None:
    """Zero as a code for missing: where it cannot be measured, or where it stands far from a positive bulk."""
    zeros = int((values == 0).sum())
    if not zeros or float(values.min()) < 0:
        return None
    positive = values[values > 0]
    if len(np.unique(positive[:5000])) <= _FEW_CODES:  # a flag or a grade, in which zero is a level
        return None
    if limits is not None:
        known = limits.zero_impossible and len(inside(positive, limits)) >= len(positive) / 2
        return Code("0", "zero", zeros, 0.97, "knowledge") if known else None
    if zeros >= _LEAST and zeros < len(positive) and _stands_apart(positive):
        return Code("0", "zero", zeros, 0.4, "statistics")
    return None


def _run(ordered: Values, sentinels: Collection[float]) -> int:
    """How many of the first values are sentinels, one after the other."""
    length = 0
    while length < len(ordered) and float(ordered[length]) in sentinels:
        length += 1
    return length


def _sureness(value: float, times: int, rest: Values, limits: Limits | None) -> tuple[float, Ground] | None:
    bound = None if limits is None else limits.high if value > 0 else limits.low
    if bound is not None:
        return (0.97, "knowledge") if abs(value) > abs(bound) or value < 0 <= bound else None
    if len(rest) < 2 or times < (2 if value < 0 else _LEAST):
        return None
    return _negative(value, rest) if value < 0 else _positive(value, rest)


def _negative(value: float, rest: Values) -> tuple[float, Ground] | None:
    lowest, spread = float(rest[0]), float(rest[-1] - rest[0])
    if lowest < 0:
        return (0.8, "statistics") if value <= -99 and lowest - value > spread else None
    return (0.4 if value == -1 else 0.9), "statistics"


def _positive(value: float, rest: Values) -> tuple[float, Ground] | None:
    gap, spread = value - float(rest[-1]), float(rest[-1] - rest[0])
    codes = len(rest) <= _FEW_CODES and bool((rest % 1 == 0).all())
    if gap <= spread * (0.5 if codes else 1.0) or gap <= 2:
        return None
    return (0.5 if codes or value < 10 else 0.85 if value >= 100 else 0.6), "statistics"


def _stands_apart(positive: Values) -> bool:
    """Whether zero is as far below the low end of the bulk as the middle is above it, with nothing between."""
    low, middle = np.quantile(positive, [0.01, 0.5])
    return bool(low - (middle - low) > 0 and positive.min() > low / 2)
