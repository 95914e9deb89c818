"""Several rows of one patient as one: ordering visits, and picking or computing a value per patient."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Order", "Rule", "in_time", "order_visits", "summarise"]

Rule = Literal["last", "first", "mean", "min", "max", "slope", "count", "mode"]

_Integers = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


class Order(NamedTuple):
    """The rows of a frame, sorted by patient and time."""

    rows: _Integers
    """Positions in the frame."""
    patient: _Integers
    """Number of the patient of each sorted row, 0, 1, ..."""
    time: _Floats
    """Time of each sorted row: as it stands, or in days where it is a date; NaN if unknown."""
    patients: int


def in_time(frame: pd.DataFrame, patient: str, time: str | None, until: float | None) -> npt.NDArray[np.bool_]:
    """Which rows enter: those at or before `until`, counted in days from the patient's first date for dates."""
    if until is None or time is None or time not in frame.columns:
        return np.ones(len(frame), dtype=bool)
    elapsed = _numbers(frame[time])
    if frame[time].dtype.kind == "M":
        groups = _numbered(frame, patient)
        elapsed = elapsed - pd.Series(elapsed).groupby(groups).transform("min").to_numpy()
    return np.asarray(elapsed <= until)


def order_visits(frame: pd.DataFrame, patient: str, time: str | None) -> Order:
    """Sort rows by patient, then time, then file order; a visit without a time comes first.

    A row without a patient is a patient of its own.
    """
    groups = _numbered(frame, patient)
    known = time is not None and time in frame.columns
    when = _numbers(frame[time]) if known else np.full(len(frame), np.nan)
    rows = np.lexsort((np.where(np.isnan(when), -np.inf, when), groups)).astype("int64")
    return Order(rows, groups[rows], when[rows], int(groups.max()) + 1 if len(groups) else 0)


def summarise(values: pd.Series, rule: Rule, order: Order) -> Any:
    """One value per patient, NaN where there is none; `values` are sorted as `order` says."""
    if rule in {"last", "first"}:
        return _picked(values, _places(values, order, last=rule == "last"))
    if rule == "mode":
        return _picked(values, _places_of_mode(values, order))
    if rule == "count":
        return np.bincount(order.patient[values.notna().to_numpy()], minlength=order.patients).astype("int64")
    if rule == "slope":
        return _slopes(_numbers(values), order)
    groups = values.reset_index(drop=True).groupby(order.patient)
    return getattr(groups, rule)().reindex(range(order.patients)).array


def _numbered(frame: pd.DataFrame, patient: str) -> _Integers:
    codes, known = pd.factorize(frame[patient])
    missing = codes < 0
    return np.where(missing, len(known) + np.cumsum(missing) - 1, codes).astype("int64")


def _numbers(column: pd.Series) -> _Floats:
    if column.dtype.kind == "M":
        micros = column.to_numpy().astype("datetime64[us]")
        days: _Floats = (micros - np.datetime64("1970-01-01", "us")) / np.timedelta64(1, "D")
        return days
    if column.dtype.kind not in "if":
        return np.full(len(column), np.nan)
    return column.to_numpy(dtype="float64")


def _places(values: pd.Series, order: Order, last: bool) -> _Integers:
    """Where each patient's first or last known value stands, -1 where there is none."""
    known = np.flatnonzero(values.notna().to_numpy())
    places = np.full(order.patients, -1, dtype="int64")
    known = known if last else known[::-1]
    places[order.patient[known]] = known  # the last of several assignments stays
    return places


def _places_of_mode(values: pd.Series, order: Order) -> _Integers:
    """Where each patient's most frequent value stands; of equally frequent ones the latest."""
    codes = pd.factorize(values)[0]
    known = np.flatnonzero(codes >= 0)
    table = pd.DataFrame({"patient": order.patient[known], "code": codes[known], "place": known})
    counts = table.groupby(["patient", "code"], as_index=False).agg(n=("place", "size"), place=("place", "max"))
    best = counts.sort_values(["patient", "n", "place"]).drop_duplicates("patient", keep="last")
    places = np.full(order.patients, -1, dtype="int64")
    places[best["patient"].to_numpy()] = best["place"].to_numpy()
    return places


def _picked(values: pd.Series, places: _Integers) -> Any:
    gaps = bool((places < 0).any())
    column = values.astype("float64") if gaps and values.dtype.kind == "i" else values
    return column.array.take(places, allow_fill=True) if gaps else column.array.take(places)


def _slopes(values: _Floats, order: Order) -> _Floats:
    """Change per unit of time by least squares; NaN with fewer than two different times."""
    known = ~np.isnan(values) & ~np.isnan(order.time)
    patient, time, value = order.patient[known], order.time[known], values[known]

    def total(terms: _Floats) -> _Floats:
        return np.bincount(patient, weights=terms, minlength=order.patients).astype("float64")

    n = np.maximum(total(np.ones(len(time))), 1)
    time = time - (total(time) / n)[patient]
    spread = total(time * time)
    ties = total(time * (value - (total(value) / n)[patient]))
    slopes: _Floats = np.divide(ties, spread, out=np.full(order.patients, np.nan), where=spread > 0)
    return slopes
