"""Numbers as a model sees them: no small cell, nothing more exact than it has to be.

Counts under k are suppressed and others rounded, as the small-number rules of health services ask for (NHS England:
1 to 7 suppressed and the rest rounded to 5; CMS: under 11 suppressed). k = 10 here. See
`docs/decisions/0009-the-gate.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "PUBLISHED", "Numbers", "coarse", "count", "is_small", "numbers_of", "part", "percent", "quantile", "significant",
]  # fmt: skip

Floats = np.ndarray[Any, np.dtype[np.float64]]

PUBLISHED = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles that may be shown; the ends of a column never are."""
_FINEST = 40
"""The finest step is the spread of the middle half divided by this."""


def is_small(number: float, k: int) -> bool:
    """Whether a count is one that must not be known.

    >>> is_small(0, 10), is_small(9, 10), is_small(10, 10)
    (False, True, False)
    """
    return 0 < round(number, 6) < k


def count(number: int, k: int, total: int | None = None) -> int | str:
    """A count: zero, rounded, or only that it is small; so is what it leaves of a total.

    >>> count(4, 10), count(0, 10), count(23, 10), count(917, 10), count(9105, 10), count(918, 10, 920)
    ('fewer than 10', 0, 25, 920, 9100, 'all but fewer than 10')
    """
    if is_small(number, k):
        return f"fewer than {k}"
    if total is not None and is_small(total - number, k):
        return f"all but fewer than {k}"
    return coarse(number)


def coarse(number: int) -> int:
    """To the nearest five below a hundred, to two digits above."""
    step = 5 if abs(number) < 100 else int(10 ** (len(str(abs(number))) - 2))
    return math.floor(number / step + 0.5) * step


def percent(share: float) -> str:
    """Whole percents.

    >>> percent(0.004), percent(0.123), percent(0.999), percent(1.0)
    ('under 1%', '12%', 'over 99%', '100%')
    """
    if share in (0, 1):
        return f"{share:.0%}"
    return "under 1%" if share < 0.01 else "over 99%" if share > 0.99 else f"{share:.0%}"


def part(number: int, total: int, k: int) -> str:
    """A part of all rows, as a share; small parts and small rests are not told.

    >>> part(0, 920, 10), part(3, 920, 10), part(120, 920, 10), part(915, 920, 10), part(920, 920, 10)
    ('none', 'fewer than 10 rows', '13%', 'all but fewer than 10 rows', 'all')
    """
    if number == 0:
        return "none"
    if is_small(number, k):
        return f"fewer than {k} rows"
    if number == total:
        return "all"
    return f"all but fewer than {k} rows" if is_small(total - number, k) else percent(number / total)


def significant(value: float, digits: int = 2) -> float | int:
    """A number to few significant digits.

    >>> significant(0.83461), significant(1234.5), significant(3.0)
    (0.83, 1200, 3)
    """
    if not math.isfinite(value) or value == 0:
        return 0
    rounded = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    return int(rounded) if rounded == int(rounded) else float(rounded)


@dataclass(frozen=True)
class Numbers:
    """The finite numbers of a column, sorted, and whom each is of.

    Args:
        values: Sorted.
        persons: Of each value; None where each is of somebody else.
    """

    values: Floats
    persons: np.ndarray[Any, Any] | None = None

    def enough(self, first: int, last: int, k: int) -> bool:
        """Whether k persons are behind the values from one place to before another."""
        if last - first < k or self.persons is None:
            return last - first >= k
        some = self.persons[first:last]
        return len(set(some[: 50 * k].tolist())) >= k or len(np.unique(some)) >= k

    def between(self, low: float, high: float) -> tuple[int, int]:
        """The places of the values from `low` to `high`, both included."""
        return int(np.searchsorted(self.values, low, "left")), int(np.searchsorted(self.values, high, "right"))


def quantile(numbers: Numbers, at: float, k: int) -> float | int | None:
    """A quantile, rounded so far that at least k persons share the rounded figure and no rare value is shown.

    At least k persons lie at or beyond it on both sides. It is never a value that fewer than k have.

    Args:
        numbers: A column.
        at: Which quantile, 0 to 1.
        k: The least number of persons.

    Returns:
        None where no such figure exists.
    """
    size = len(numbers.values)
    if size < 2 * k:
        return None
    exact = float(np.quantile(numbers.values, at))
    first, last = numbers.between(exact, exact)
    if not (numbers.enough(0, last, k) and numbers.enough(first, size, k)):
        return None
    for step in _steps(numbers.values):
        for figure in _near(exact, step):
            near = numbers.between(figure - step / 2, figure + step / 2)
            if numbers.enough(*near, k) and not _is_rare(numbers, figure, k):
                return int(figure) if figure == int(figure) else figure
    return None


def _near(exact: float, step: float) -> list[float]:
    """Figures by which a number may be told: a multiple of the step, else what lies a half or a quarter beside one."""
    below = math.floor(exact / step)
    beside = sorted((abs(part - exact / step + below), part) for part in (0.25, 0.5, 0.75))
    return [float(f"{figure * step:.12g}") for figure in (round(exact / step), *(below + part for _, part in beside))]


def _steps(values: Floats) -> list[float]:
    """1, 2, 5, 10, ... from a small part of the spread on; half the spread is the coarsest that says anything."""
    low, high = np.quantile(values, [0.25, 0.75])
    spread = float(high - low) or float(np.abs(low)) or 1.0
    power = math.floor(math.log10(spread / _FINEST))
    every = [factor * 10.0**exponent for exponent in range(power, power + 6) for factor in (1, 2, 5)]
    return [step for step in every if spread / _FINEST <= step <= spread / 2]


def _is_rare(numbers: Numbers, figure: float, k: int) -> bool:
    margin = 1e-9 * max(1, abs(figure))
    first, last = numbers.between(figure - margin, figure + margin)
    return first < last and not numbers.enough(first, last, k)


def numbers_of(values: pd.Series[Any], persons: np.ndarray[Any, Any] | None = None) -> Numbers:
    """The finite numbers of a column; text that is a number counts as one."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    finite = np.isfinite(numbers)
    order = np.argsort(numbers[finite], kind="stable")
    return Numbers(numbers[finite][order], None if persons is None else persons[finite][order])
