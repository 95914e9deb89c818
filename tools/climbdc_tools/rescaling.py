"""Why a value is impossible: another unit, or a slipped decimal point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from climbdc.sdk import Limits

__all__ = ["Rescaling", "only_explanation"]

_SLIPS: Final = (0.1, 0.01, 10.0, 100.0)


@dataclass(frozen=True)
class Rescaling:
    """How an impossible value becomes a usual one, `value * factor + offset`; `unit` is empty for a decimal slip."""

    factor: float
    offset: float = 0.0
    unit: str = ""


def only_explanation(values: np.ndarray[Any, np.dtype[np.float64]], limits: Limits) -> Rescaling | None:
    """The one rescaling that brings all values to where most patients lie; None where there is none or several.

    Other units are tried first. A decimal slip counts only where no unit explains the values as well.

    >>> body = Limits(low=25, high=45, typical_low=34, typical_high=42)
    >>> only_explanation(np.array([366.0, 371.0]), body)
    Rescaling(factor=0.1, offset=0.0, unit='')
    """
    low = limits.low if limits.typical_low is None else limits.typical_low
    high = limits.high if limits.typical_high is None else limits.typical_high
    if low is None or high is None or not len(values):
        return None
    units = [Rescaling(each.factor, each.offset, each.unit) for each in limits.conversions if each.factor != 1]
    slips = [Rescaling(factor) for factor in _SLIPS]
    fitting = [each for each in (*units, *slips) if _all_between(values * each.factor + each.offset, low, high)]
    distinct = {(each.factor, each.offset): each for each in reversed(fitting)}
    return next(iter(distinct.values())) if len(distinct) == 1 else None


def _all_between(values: np.ndarray[Any, np.dtype[np.float64]], low: float, high: float) -> bool:
    return bool(((values >= low) & (values <= high)).all())
