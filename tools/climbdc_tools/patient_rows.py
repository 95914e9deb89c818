"""Which column names the patient when rows are visits, and what stays the same from visit to visit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Roles
from climbdc_tools.row_hash import codes

__all__ = ["PatientRows", "find_patient", "find_visit_time", "patient_rows"]

_LEAST_PATIENTS: Final = 10
_OTHER_ID: Final = re.compile(r".[\W_]*id$", re.I)  # an id of something, such as brewery_id
_PATIENT_ID: Final = re.compile(
    r"^(?:p|s|u|e|r)?id$|pat|pt|subj|part|person|proband|case|member|mother|child|record", re.I
)


@dataclass(frozen=True)
class PatientRows:
    """Rows grouped by patient: visits per patient, and the columns that do and do not change within one."""

    patient: str
    visits: np.ndarray[Any, np.dtype[np.int64]]
    constant: tuple[str, ...]
    varying: tuple[str, ...]


def patient_rows(frame: pd.DataFrame, patient: str) -> PatientRows:
    """Group the rows that name a patient; a gap counts as no change."""
    frame = frame[frame[patient].notna()]
    ids = codes(frame[patient])
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]]) if len(ids) else np.empty(0, dtype="int64")
    visits = np.diff(np.r_[starts, len(ids)])
    constant: list[str] = []
    varying: list[str] = []
    for name in frame.columns:
        if name != patient:
            changes = _changes(frame[name].iloc[order], ids)
            (varying if changes else constant).append(str(name))
    return PatientRows(patient, visits, tuple(constant), tuple(varying))


def find_patient(frame: pd.DataFrame, roles: Roles) -> str | None:
    """The column that names the patient in several rows: by its role, or by its name and what it keeps constant."""
    if roles.patient in frame.columns:
        return roles.patient
    for name in _named(frame.columns, "patient"):
        if _OTHER_ID.search(name) and not _PATIENT_ID.search(name):
            continue
        ids = frame[name].dropna()
        if ids.dtype.kind == "f" or not _LEAST_PATIENTS <= ids.nunique() <= 0.8 * len(ids):
            continue
        few = patient_rows(frame.iloc[:50_000], name)
        told = [column for column in few.constant if frame[column].nunique() > 1]
        if len(told) >= 2 and few.varying:
            return name
    return None


def find_visit_time(frame: pd.DataFrame, roles: Roles, rows: PatientRows) -> str | None:
    """The column that tells when a visit was: by its role, or by a name of time and values that go up."""
    if roles.visit_time in frame.columns:
        return roles.visit_time
    for name in _named(rows.varying, "visit_time"):
        times, ids = frame[name], codes(frame[rows.patient])
        if times.dtype.kind not in "ifM":
            continue
        same = ids[1:] == ids[:-1]
        later = times.to_numpy()[1:] > times.to_numpy()[:-1]
        if same.any() and later[same].mean() > 0.9:
            return name
    return None


def _named(columns: Sequence[Any] | pd.Index[Any], role: str) -> list[str]:
    """Columns whose name suggests the role, the strongest first."""
    hints = [(str(name), hint) for name in columns for hint in knowledge().role_hints(str(name)) if hint.role == role]
    order = {"strong": 0, "weak": 1}
    ranked = sorted(hints, key=lambda pair: order.get(pair[1].weight, 2))
    return list(dict.fromkeys(name for name, _ in ranked))


def _changes(series: pd.Series[Any], ids: np.ndarray[Any, Any]) -> bool:
    """Whether the column has two values in one patient; the rows are sorted by patient."""
    present = series.notna().to_numpy()
    cells, owners = codes(series[present]), ids[present]
    return bool(((cells[1:] != cells[:-1]) & (owners[1:] == owners[:-1])).any())
