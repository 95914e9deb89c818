"""The operations by which a new column may be worked out: a closed list, and no code from elsewhere.

Sources: body mass index, WHO Technical Report Series 894 (2000); mean arterial pressure from a cuff as the diastolic
pressure and a third of the pulse pressure, Sesso et al., Hypertension 2000;36:801.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

__all__ = ["FORMULAS", "OPERATIONS", "Array", "Operation", "worked_out"]

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
    """

    told: str
    work: Callable[..., Array]
    takes: int = 2
    border: bool = False
    bounded: bool = False
    keeps_unit: bool = False
    unit: str = ""


def _log(values: Array) -> Array:
    """Keeps the sign, so that it is defined everywhere and zero stays zero."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


OPERATIONS: Final[dict[str, Operation]] = {
    "ratio": Operation("{0} divided by {1}", lambda one, other: one / other, bounded=True),
    "difference": Operation("{0} minus {1}", lambda one, other: one - other, keeps_unit=True),
    "sum": Operation("{0} plus {1}", lambda one, other: one + other, keeps_unit=True),
    "product": Operation("{0} times {1}", lambda one, other: one * other),
    "log": Operation("logarithm of 1 + {0}", _log, takes=1),
    "square": Operation("square of {0}", lambda one: one**2, takes=1),
    "above": Operation("whether {0} is above {number:g}", lambda one, number: one > number, takes=1, border=True),
    "below": Operation("whether {0} is below {number:g}", lambda one, number: one < number, takes=1, border=True),
    "bmi": Operation("body mass index", lambda weight, height: weight / height**2, bounded=True, unit="kg/m2"),
    "mean_pressure": Operation(
        "mean arterial pressure", lambda systolic, diastolic: diastolic + (systolic - diastolic) / 3, unit="mmHg"
    ),
}
"""Name -> operation."""

FORMULAS: Final[dict[str, tuple[dict[str, float], ...]]] = {
    "bmi": ({"kg": 1.0}, {"m": 1.0, "cm": 0.01}),
    "mean_pressure": ({"mmHg": 1.0}, {"mmHg": 1.0}),
}
"""Clinical formula -> for each of its parts the units it may be in, with what the values are multiplied by."""


def worked_out(operation: str, parts: list[Array], number: float | None) -> Array:
    """The new values; what cannot be worked out is infinite or not a number.

    >>> worked_out("ratio", [np.array([1.0, 1.0]), np.array([2.0, 0.0])], None).tolist()
    [0.5, inf]
    """
    known = OPERATIONS[operation]
    with np.errstate(all="ignore"):
        return np.asarray(known.work(*parts, *([number] if known.border else [])), dtype="float64")
