"""Follow-up times told by their structure: constant per patient, never below the last visit, and close above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from climbdc.sdk import Dataset

__all__ = ["Bounded", "FollowUp", "bounded", "follow_up"]

_PATIENTS = 20
_DAY = 86_400.0  # seconds
_UNITS = (1.0, 365.25, 30.4375, 7.0, 12.0, 1 / 365.25, 1 / 30.4375, 1 / 7.0, 1 / 12.0)
"""Days, months, weeks and years into each other: the two columns need not be in one unit."""


@dataclass(frozen=True)
class FollowUp:
    """A column that ends each patient's visits.

    Args:
        name: The column.
        correlation: Spearman's rho with the patient's last visit.
        gap: Median distance from the last visit, in units of the column.
        patients: How many patients say so.
    """

    name: str
    correlation: float
    gap: float
    patients: int


@dataclass(frozen=True)
class Bounded:
    """A column that never exceeds the follow-up and often equals it."""

    name: str
    equal: float
    rows: int


def follow_up(data: Dataset) -> list[FollowUp]:
    """Feature columns with the structure of a follow-up time; empty unless rows are visits of patients.

    Age is constant and above the visit time as well, but neither close to the last visit nor rising with it.
    """
    patient, visit = data.roles.patient, data.roles.visit_time
    if patient is None or visit is None or not {patient, visit} <= set(data.train.columns):
        return []
    frame = data.train[data.train[patient].notna()]
    if not frame[patient].duplicated().any() or frame[patient].nunique() < _PATIENTS:
        return []
    start = frame.groupby(patient)[visit].transform("min")
    visits = _since(frame[visit], start)
    last = visits.groupby(frame[patient]).max()
    found = []
    for name in data.features:
        if frame[name].dtype.kind not in "ifM":
            continue
        if frame[name].dtype.kind == "M" and frame[visit].dtype.kind != "M":
            continue
        one = _ends(name, _since(frame[name], start).groupby(frame[patient]), last)
        found += [one] if one else []
    return found


def bounded(data: Dataset) -> list[Bounded]:
    """Features that never exceed the study's follow-up and equal it in a good share of rows: other event times."""
    duration = data.roles.duration
    if duration is None or duration not in data.train.columns or data.train[duration].dtype.kind not in "if":
        return []
    found = []
    for name in data.features:
        if data.train[name].dtype.kind not in "if" or data.train[name].nunique() <= 10:
            continue
        both = data.train[[name, duration]].dropna()
        equal = float((both[name] == both[duration]).mean()) if len(both) else 0.0
        if len(both) >= 30 and equal >= 0.02 and float((both[name] > both[duration]).mean()) <= 0.001:
            found.append(Bounded(name, equal, len(both)))
    return found


def _since(column: pd.Series[Any], start: pd.Series[Any]) -> pd.Series[Any]:
    """Dates as days since the patient's first visit, numbers as they are."""
    if column.dtype.kind == "M" and start.dtype.kind == "M":
        return (column - start).dt.total_seconds() / _DAY
    return pd.to_numeric(column, errors="coerce").astype("float64")


def _ends(name: str, values: Any, last: pd.Series[Any]) -> FollowUp | None:
    spread = values.max() - values.min()
    if float((spread > 0).mean()) > 0.01:
        return None
    both = pd.DataFrame({"value": values.first(), "last": last}).dropna()
    if len(both) < _PATIENTS or both["value"].nunique() <= 10 or both["last"].nunique() <= 2:
        return None
    correlation = float(both["value"].corr(both["last"], method="spearman"))
    if not correlation >= 0.5:
        return None
    for factor in _UNITS:
        gap = both["value"] - both["last"] * factor
        close = float(gap.quantile(0.05)) <= 0.1 * float(both["value"].median())
        reach = float(both["last"].median()) * factor >= 0.2 * float(both["value"].median())
        if close and reach and float((gap < -1e-9).mean()) <= 0.01:
            return FollowUp(name, correlation, float(gap.median()), len(both))
    return None
