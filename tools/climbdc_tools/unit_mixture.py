"""Two populations in one column that differ by a known change of unit, and the border between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from climbdc.sdk import Conversion, Limits

__all__ = ["Mixture", "converted", "foreign_cells", "mixtures"]

Values = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

_LEAST: Final = 10  # fewer cells of the other unit are left to the search for impossible values
_FITS: Final = 0.95  # share of the second group that must be usual once converted
_STRANGE: Final = 0.9  # share of it that must be unusual as it stands
_FAR: Final = 0.45  # largest Kolmogorov-Smirnov distance between both groups once converted
_CLEAN: Final = 0.3
_VALLEY: Final = 0.02  # cells near the border, as a share of the smaller group
_LEFT: Final = 0.03  # share that stays in the other unit because it is usual as it stands
_CAP: Final = 100_000


@dataclass(frozen=True)
class Mixture:
    """A part of a column in another unit.

    Args:
        conversion: From that unit to the column's.
        side: Whether the other unit's values lie below or above the border.
        border: Values beyond it are in the other unit.
        distance: Kolmogorov-Smirnov distance of both groups in one unit; 0 is alike.
        near: Cells within the valley around the border.
        clean: Whether the groups lie apart, are alike once converted, and are large enough to say so.
    """

    conversion: Conversion
    side: Literal["below", "above"]
    border: float
    distance: float
    near: int
    clean: bool


def mixtures(values: Values, limits: Limits, *, seed: int = 0) -> list[Mixture]:
    """The parts of a column that are in another unit, at most one below and one above the others.

    A group counts when it is unusual as it stands, usual once converted, lies apart from the other values, and is then
    distributed as they are. Two humps that no known change of unit explains are left alone, and so is the tail of a
    skewed quantity.

    Args:
        values: Numbers in file order, gaps included.
        limits: What the column can hold, with the conversions into its unit.
        seed: Draws at most 100,000 values.

    >>> other = Conversion(unit="F", factor=5 / 9, offset=-160 / 9)
    >>> body = Limits(typical_low=34, typical_high=42, conversions=(other,))
    >>> celsius = np.linspace(35, 40, 80)
    >>> [found] = mixtures(np.append(celsius, celsius[::4] * 1.8 + 32), body)
    >>> found.conversion.unit, found.side, found.clean
    ('F', 'above', True)
    """
    if limits.typical_low is None or limits.typical_high is None or not limits.conversions:
        return []
    known = values[np.isfinite(values) & (values > 0)]
    if len(known) > _CAP:
        known = np.random.default_rng(seed).choice(known, _CAP, replace=False)
    known = np.sort(known)
    usual = (known >= limits.typical_low) & (known <= limits.typical_high)
    if usual.sum() < _LEAST or len(known) - usual.sum() < _LEAST:
        return []
    found = [one for conversion in limits.conversions if (one := _judged(known, usual, limits, conversion))]
    best: dict[str, Mixture] = {}
    for one in sorted(found, key=lambda each: each.distance):
        best.setdefault(one.side, one)
    return [best[side] for side in sorted(best)]


def foreign_cells(values: Values, found: Mixture) -> Mask:
    """Which cells are in the other unit; zero is zero in every unit that has no offset, and stays."""
    mask = values < found.border if found.side == "below" else values > found.border
    cells: Mask = mask & (values > 0)
    return cells


def converted(values: Values, conversion: Conversion) -> Values:
    """The values in the column's unit."""
    return values * conversion.factor + conversion.offset


def _judged(known: Values, usual: Mask, limits: Limits, conversion: Conversion) -> Mixture | None:
    """The part in one other unit, or None where the values do not say that there is one."""
    side = _side(known[usual], conversion)
    if side is None:
        return None
    valley = _border(known, usual, conversion, side)
    if valley is None:
        return None
    border = _unusual(valley, limits, side)
    apart = known < border if side == "below" else known > border
    first, second = known[~apart], known[apart]
    if min(len(first), len(second)) < _LEAST or not usual[~apart].mean() >= _STRANGE:
        return None
    again = converted(second, conversion)
    fits = float(_inside(again, limits).mean())
    strange = float((~usual[apart]).mean())
    if fits < _FITS or strange < _STRANGE:
        return None
    near = _near(known, border, conversion)
    distance = _distance(first, again)
    if distance > _FAR or near > max(_VALLEY * min(len(first), len(second)), 1):
        return None
    between = int(((known > min(valley, border)) & (known < max(valley, border))).sum())
    clean = distance <= _CLEAN and len(second) >= 2 * _LEAST and between <= _LEFT * len(second)
    return Mixture(conversion, side, border, round(distance, 4), near, clean)


def _inside(values: Values, limits: Limits) -> Mask:
    inside: Mask = (values >= (limits.typical_low or 0.0)) & (values <= (limits.typical_high or np.inf))
    return inside


def _side(usual: Values, conversion: Conversion) -> Literal["below", "above"] | None:
    """Where values of the other unit lie, seen from the usual ones; None where the change is too small to tell."""
    middle = float(np.median(usual))
    other = (middle - conversion.offset) / conversion.factor
    if other <= 0 or max(other / middle, middle / other) < 1.8:
        return None
    return "below" if other < middle else "above"


def _border(known: Values, usual: Mask, conversion: Conversion, side: str) -> float | None:
    """The middle of the emptiest stretch between where both groups are expected; None where nothing lies beyond.

    The stretches compared are an eighth as wide, in logarithms, as both groups are apart.
    """
    logs = np.log(known)
    home = float(np.median(logs[usual]))
    other = float(np.log((np.exp(home) - conversion.offset) / conversion.factor))
    lower, upper = sorted((home, other))
    half = (upper - lower) / 16
    centres = np.linspace(lower, upper, 201)
    inside = np.searchsorted(logs, centres + half) - np.searchsorted(logs, centres - half)
    emptiest = centres[inside == inside.min()]
    middle = emptiest[np.argsort(np.abs(emptiest - np.median(emptiest)), kind="stable")[0]]
    below, above = logs[logs < middle], logs[logs >= middle]
    if not len(below) or not len(above) or not len(logs[(logs < middle) if side == "below" else (logs >= middle)]):
        return None
    gap = np.exp((below[-1] + above[0]) / 2) if inside.min() == 0 else np.exp(middle)
    return float(f"{gap:.4g}")


def _unusual(border: float, limits: Limits, side: str) -> float:
    """The border, moved to where values are unusual as they stand."""
    low, high = limits.typical_low or 0.0, limits.typical_high or np.inf
    return min(border, low) if side == "below" else max(border, high)


def _near(known: Values, border: float, conversion: Conversion) -> int:
    """Cells so close to the border that a slightly larger or smaller one would be taken for the other unit."""
    apart = abs(float(np.log((border - conversion.offset) / conversion.factor / border)))
    logs, middle = np.log(known), float(np.log(border))
    return int((np.abs(logs - middle) <= apart / 64).sum())


def _distance(first: Values, second: Values) -> float:
    """The Kolmogorov-Smirnov distance of two sorted samples."""
    from scipy.stats import ks_2samp

    return float(ks_2samp(first, second, method="asymp").statistic)
