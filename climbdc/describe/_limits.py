"""Limits of a clinical quantity in the unit a column is kept in."""

from __future__ import annotations

from climbdc.sdk import Conversion, Limits

__all__ = ["limits_in"]


def limits_in(limits: Limits, unit: str) -> Limits | None:
    """The limits for values in `unit`, with conversions from every other unit into it.

    `None` when it is not known how that unit relates to the usual one: no limit is better than a wrong one.

    >>> usual = Limits(low=1.0, high=50.0, unit="mmol/L", conversions=(Conversion(unit="mg/dL", factor=0.05),))
    >>> there = limits_in(usual, "mg/dL")
    >>> there.low, there.high, [c.unit for c in there.conversions]
    (20.0, 1000.0, ['mmol/L'])
    """
    if unit == limits.unit:
        return limits
    into = next((conversion for conversion in limits.conversions if conversion.unit == unit), None)
    if into is None:
        return None
    others = [conversion for conversion in limits.conversions if conversion is not into]
    return limits.model_copy(
        update={
            **{bound: _converted(getattr(limits, bound), into) for bound in _BOUNDS},
            "unit": unit,
            "conversions": (
                _through(Conversion(unit=limits.unit, factor=1.0), into),
                *(_through(o, into) for o in others),
            ),
        }
    )


_BOUNDS = ("low", "high", "typical_low", "typical_high")


def _converted(bound: float | None, into: Conversion) -> float | None:
    """A bound in the usual unit, in the unit that `into` converts from."""
    return None if bound is None else float(f"{(bound - into.offset) / into.factor:.6g}")


def _through(conversion: Conversion, into: Conversion) -> Conversion:
    """From that conversion's unit to the usual one and on to the column's."""
    return Conversion(
        unit=conversion.unit,
        factor=conversion.factor / into.factor,
        offset=(conversion.offset - into.offset) / into.factor,
    )
