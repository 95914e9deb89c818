"""Whether predictions agree with what was seen in each group of patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset
from climbdc_tools.calibration import Predicted, observed
from climbdc_tools.patient_groups import NOT_KNOWN, group_columns, labelled

__all__ = ["Group", "groups_of"]

_LEAST: Final = 50
"""Rows of a group that is compared; and of events and others, 10 each (a share of fewer is guesswork)."""
_EVENTS: Final = 10
_GAP: Final = 0.05
"""A gap of risks, or of a tenth of a standard deviation for numbers, that anybody would act on."""
_SPREAD: Final = 0.1


class Group(NamedTuple):
    """A group of patients: what was told on average, what was seen, and whether these differ by more than chance."""

    column: str
    value: str
    size: int
    told: float
    seen: float
    low: float
    high: float
    apart: bool


def groups_of(data: Dataset, named: Sequence[str], index: pd.Index[Any], seen: Predicted) -> list[Group]:
    """Groups large enough to compare, by the columns named or by sex, age and ethnicity.

    A group is `apart` where an interval at 5 % for all groups together (Bonferroni) does not hold what was told.

    Args:
        data: The table; groups are read from the sealed rows where those are examined.
        named: Columns somebody chose.
        index: Raw row numbers of the predictions.
        seen: The predictions.
    """
    from scipy.stats import norm

    frame = data.train if data.test is None else data.test
    table = replace(data, train=frame, test=None)
    parts = [
        (name, value, seen.of(rows))
        for name in group_columns(table, named)
        for value, rows in _rows_by_value(labelled(frame[name], table, name).reindex(index))
        if _enough(seen, rows)
    ]
    z = float(norm.ppf(1 - 0.025 / max(1, len(parts))))
    least = _SPREAD * float(seen.truth.std()) if seen.kind == "number" else _GAP
    return [_group(name, value, part, z, least) for name, value, part in parts]


def _rows_by_value(labels: pd.Series[Any]) -> list[tuple[str, np.ndarray[Any, np.dtype[np.int64]]]]:
    known = sorted({str(value) for value in labels.dropna()} - {NOT_KNOWN})
    return [(value, np.flatnonzero((labels == value).to_numpy())) for value in known] if len(known) > 1 else []


def _enough(seen: Predicted, rows: np.ndarray[Any, np.dtype[np.int64]]) -> bool:
    if len(rows) < _LEAST:
        return False
    events = seen.truth[rows].sum()
    return seen.kind == "number" or min(events, len(rows) - events) >= _EVENTS


def _group(name: str, value: str, part: Predicted, z: float, least: float) -> Group:
    told = float(part.told.mean())
    usual, wide = observed(part), observed(part, z)
    apart = not wide.low <= told <= wide.high and abs(told - usual.value) >= least
    told, seen, low, high = (round(float(number), 6) for number in (told, *usual))
    return Group(name, value, len(part.truth), told, seen, low, high, bool(apart))
