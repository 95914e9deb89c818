"""The target as numbers, in the form that associations and models need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset

__all__ = ["Array", "Outcome", "groups", "outcome"]

Array = np.ndarray[Any, np.dtype[Any]]

_FEW = 10  # whole numbers with at most so many values are classes when nobody said what the target is


@dataclass(frozen=True)
class Outcome:
    """What is to be predicted, for the rows where it is known.

    Args:
        kind: binary, multiclass, numeric or survival.
        values: 0 and 1; the number of the class; the value; or, in a survival study, whether the event was seen.
        classes: Name of each class by its number; empty for numbers.
        known: For each row of train, whether the target is known; `values` has one entry for each True.
        duration: Follow-up in a survival study.
    """

    kind: Literal["binary", "multiclass", "numeric", "survival"]
    values: Array
    classes: tuple[str, ...]
    known: Array
    duration: Array | None = None

    @property
    def columns(self) -> Array:
        """The target as one column a class (binary: the second class only), or the value itself."""
        if self.kind != "multiclass":
            return self.values.astype("float64")[:, None]
        return np.asarray(self.values[:, None] == np.arange(len(self.classes))[None, :], dtype="float64")


def outcome(data: Dataset) -> Outcome | None:
    """The target of a dataset, or None where there is none or it has one value only."""
    target, roles = data.target, data.roles
    if target is None and roles.event in data.train.columns:
        target = data.train[roles.event]
    if target is None:
        return None
    known = target.notna().to_numpy(dtype=bool)
    duration = None
    if roles.kind == "survival" and roles.duration in data.train.columns:
        time = pd.to_numeric(data.train[roles.duration], errors="coerce")
        known &= time.notna().to_numpy()
        duration = time.to_numpy(dtype="float64")[known]
    present = target[known]
    if present.nunique() < 2:
        return None
    kind = roles.kind if roles.kind != "none" else _guess(present)
    if kind == "survival" and duration is None:
        kind = "binary"
    return _coded(kind, present, known, duration)


def groups(data: Dataset) -> Array | None:
    """A number for each row's patient or group, or None where rows stand for themselves."""
    for name in (data.roles.patient, data.roles.group):
        if name in data.train.columns and data.train[name].duplicated().any():
            return np.asarray(pd.factorize(data.train[name], use_na_sentinel=False)[0])
    return None


def _guess(present: pd.Series[Any]) -> str:
    distinct = present.nunique()
    if distinct == 2:
        return "binary"
    if present.dtype.kind not in "if":
        return "multiclass"
    whole = bool((present == present.round()).all())
    return "multiclass" if whole and distinct <= _FEW else "numeric"


def _coded(kind: str, present: pd.Series[Any], known: Array, duration: Array | None) -> Outcome:
    if kind == "numeric":
        numbers = pd.to_numeric(present, errors="coerce")
        known = known.copy()
        known[known] = numbers.notna().to_numpy()
        return Outcome("numeric", numbers.dropna().to_numpy(dtype="float64"), (), known)
    codes, levels = pd.factorize(present, sort=True)
    names = tuple(f"{level:g}" if isinstance(level, float) else str(level) for level in levels)
    if kind == "survival":
        return Outcome("survival", (codes == len(levels) - 1).astype("int64"), names, known, duration)
    return Outcome("binary" if len(levels) == 2 else "multiclass", codes.astype("int64"), names, known)
