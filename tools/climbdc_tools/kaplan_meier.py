"""Curves of survival and of cumulative incidence, by lifelines."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from climbdc_tools.vocabulary import rounded

__all__ = ["Curve", "cumulative_incidence", "kaplan_meier", "median_time"]

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A share over time, each holding until the next time; with a 95 % band where there is one."""

    times: Numbers
    share: Numbers
    low: Numbers | None = None
    high: Numbers | None = None

    def at(self, times: Numbers, which: Literal["share", "low", "high"] = "share") -> list[float]:
        """The share that holds at each of these times.

        >>> Curve(np.array([0.0, 2.0]), np.array([1.0, 0.5])).at(np.array([1.0, 2.0, 3.0]))
        [1.0, 0.5, 0.5]
        """
        values = getattr(self, which)
        place = np.clip(np.searchsorted(self.times, times, side="right") - 1, 0, None)
        return [rounded(float(value)) for value in values[place]]


def kaplan_meier(time: Numbers, event: npt.NDArray[np.bool_]) -> Curve:
    """The share of patients without the event.

    Args:
        time: Follow-up of each patient, not negative.
        event: Whether it ended with the event.
    """
    from lifelines import KaplanMeierFitter

    fitted = KaplanMeierFitter().fit(time, event)
    share = fitted.survival_function_.iloc[:, 0]
    band = fitted.confidence_interval_survival_function_.to_numpy()
    return Curve(share.index.to_numpy(dtype="float64"), share.to_numpy(), band[:, 0], band[:, 1])


def cumulative_incidence(time: Numbers, states: npt.NDArray[np.int64]) -> Curve:
    """The share of patients who had event 1, where 2 is another end and 0 the end of observation (Aalen-Johansen).

    lifelines parts equal times by small random steps; they are drawn by a fixed seed.
    """
    from lifelines import AalenJohansenFitter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of equal times, which it parts
        fitted = AalenJohansenFitter(seed=0, calculate_variance=False).fit(time, states, event_of_interest=1)
    share = fitted.cumulative_density_.iloc[:, 0]
    return Curve(share.index.to_numpy(dtype="float64"), share.to_numpy())


def median_time(curve: Curve) -> float | None:
    """When half are gone; None where the curve stays above one half.

    >>> median_time(Curve(np.array([0.0, 2.0]), np.array([1.0, 0.4])))
    2.0
    """
    below = np.flatnonzero(curve.share <= 0.5)
    return float(curve.times[below[0]]) if len(below) else None
