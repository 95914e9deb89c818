"""The operations by which a new column may be worked out: a closed list, and no code from elsewhere.

Clinical formulas, with their units and sources, are data: see `formulas.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from climbdc_tools.formulas import Formula, formulas, value_of

__all__ = ["OPERATIONS", "Array", "Operation", "worked_out"]

Array = np.ndarray[Any, Any]


class Operation(NamedTuple):
    """One operation.

    Args:
        told: What a new column means, a format string over its parts.
        work: Works it out.
        takes: How many columns it needs.
        border: Whether it needs a number.
        bounded: Whether it is kept within what training rows had, as a small divisor has no bounds.
        keeps_unit: Whether it has the unit of its parts.
        unit: Its own unit.
        dates: Whether its parts are dates, as days.
    """

    told: str
    work: Callable[..., Array]
    takes: int = 2
    border: bool = False
    bounded: bool = False
    keeps_unit: bool = False
    unit: str = ""
    dates: bool = False


def _log(values: Array) -> Array:
    """Keeps the sign, so that it is defined everywhere and zero stays zero."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _clinical(formula: Formula) -> Operation:
    """A formula of the file as an operation over its parts, in their order."""
    names = [part.variable for part in formula.parts]
    return Operation(
        formula.told,
        lambda *parts: value_of(formula.formula, dict(zip(names, parts, strict=True))),
        takes=len(names),
        bounded=formula.bounded,
        unit=formula.unit,
    )


OPERATIONS: Final[dict[str, Operation]] = {
    "ratio": Operation("{0} divided by {1}", lambda one, other: one / other, bounded=True),
    "difference": Operation("{0} minus {1}", lambda one, other: one - other, keeps_unit=True),
    "sum": Operation("{0} plus {1}", lambda one, other: one + other, keeps_unit=True),
    "product": Operation("{0} times {1}", lambda one, other: one * other),
    "log": Operation("logarithm of 1 + {0}", _log, takes=1),
    "square": Operation("square of {0}", lambda one: one**2, takes=1),
    "above": Operation("whether {0} is above {number:g}", lambda one, number: one > number, takes=1, border=True),
    "below": Operation("whether {0} is below {number:g}", lambda one, number: one < number, takes=1, border=True),
    "days_between": Operation("days from {0} to {1}", lambda one, other: other - one, unit="days", dates=True),
    "years_between": Operation(
        "years from {0} to {1}", lambda one, other: (other - one) / 365.25, unit="years", dates=True
    ),
    **{name: _clinical(formula) for name, formula in formulas().items()},
}
"""Name -> operation."""


def worked_out(operation: str, parts: list[Array], number: float | None) -> Array:
    """The new values; what cannot be worked out is infinite or not a number.

    >>> worked_out("ratio", [np.array([1.0, 1.0]), np.array([2.0, 0.0])], None).tolist()
    [0.5, inf]
    """
    known = OPERATIONS[operation]
    with np.errstate(all="ignore"):
        return np.asarray(known.work(*parts, *([number] if known.border else [])), dtype="float64")
