"""Whether the values of a column can be those of a clinical variable, and in which unit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from climbdc.knowledge._units import Units
from climbdc.knowledge._variable import Variable
from climbdc.sdk import Conversion

__all__ = ["Fit", "fit"]

INSIDE = 0.8
"""Share of values that must be possible; the rest may be errors of entry, which is what is looked for later."""
TYPICAL = 0.5
"""Share of values that must be typical before another unit, or an ambiguous name, is believed."""
FEW, MANY = (2, 10), (5, 30)
"""So few different numbers in so many rows are codes, not measurements."""
CLASSES = 25
"""More different numbers than these are not classes."""

Numbers = NDArray[np.float64]


class Fit(NamedTuple):
    """How well values go with a variable: the unit they seem to be in and the share that is typical."""

    unit: str
    typical: float
    tested: bool
    """False when there were no values to look at."""


def fit(
    variable: Variable,
    values: Sequence[float] | None,
    *,
    stated: str,
    units: Units,
    sentinels: Collection[float],
) -> Fit | None:
    """The unit in which the values are those of the variable, or None when they cannot be.

    Args:
        variable: The candidate.
        values: Numbers of the column; None when nobody looked, empty when it has no numbers.
        stated: The unit the file names, or empty.
        units: The spellings of units.
        sentinels: Numbers that may stand for missing; they do not count where they are impossible.
    """
    choices = [c for c in _choices(variable) if not units.known(stated) or units.same(c.unit, stated)]
    if not choices and variable.unit:
        return None
    if values is None:
        return Fit((choices or _choices(variable))[0].unit, 0.0, tested=False)
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not variable.measured:
        return _fit_classes(variable, numbers)
    numbers = numbers[numbers != 0]
    if not numbers.size or _coded(variable, numbers):
        return None
    fits = [
        found for choice in choices or _choices(variable) if (found := _fit_unit(variable, numbers, choice, sentinels))
    ]
    usual = [found for found in fits if found.unit == variable.unit]
    best = max(fits, key=lambda found: found.typical, default=None)
    return usual[0] if usual and best and usual[0].typical >= max(TYPICAL, best.typical - 0.2) else best


def _choices(variable: Variable) -> list[Conversion]:
    return [Conversion(unit=variable.unit, factor=1.0), *variable.conversions]


def _fit_unit(variable: Variable, raw: Numbers, choice: Conversion, sentinels: Collection[float]) -> Fit | None:
    numbers = raw * choice.factor + choice.offset
    possible = _between(numbers, variable.low, variable.high)
    counted = possible | ~np.isin(raw, list(sentinels))
    if not counted.any() or possible[counted].mean() < INSIDE:
        return None
    typical = float(_between(numbers[counted], variable.typical_low, variable.typical_high).mean())
    if choice.unit != variable.unit and typical < TYPICAL:
        return None
    return Fit(choice.unit, typical, tested=True)


def _between(numbers: Numbers, low: float | None, high: float | None) -> NDArray[np.bool_]:
    return (numbers >= (-np.inf if low is None else low)) & (numbers <= (np.inf if high is None else high))


def _coded(variable: Variable, numbers: Numbers) -> bool:
    if variable.type != "continuous":
        return False
    different = np.unique(numbers).size
    return any(different <= few and numbers.size >= many for few, many in (FEW, MANY))


def _fit_classes(variable: Variable, numbers: Numbers) -> Fit | None:
    if not numbers.size:
        return Fit(variable.unit, 1.0, tested=True)
    if variable.type in {"date", "text", "identifier"}:
        return None
    different = np.unique(numbers)
    most = 4 if variable.type == "binary" else CLASSES if variable.low is None else np.inf
    whole = bool((different == np.round(different)).all())
    inside = float(_between(numbers, variable.low, variable.high).mean())
    return Fit(variable.unit, inside, tested=True) if whole and different.size <= most and inside >= INSIDE else None
