"""Rows that occur more than once."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.row_hash import chance_pairs, is_row_number, repeated, row_codes
from climbdc_tools.vocabulary import rounded, row_numbers

__all__ = ["FindDuplicates", "FindDuplicatesParams"]

Mask = np.ndarray[Any, np.dtype[np.bool_]]


class FindDuplicatesParams(Params):
    """When equal rows are believed to be copies."""

    chance: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Equal rows are put down to chance where more than this share of them is expected.",
    )


@inspect("plausibility/duplicates", stage="rows")
class FindDuplicates(Inspection[FindDuplicatesParams]):
    """Find rows entered twice, and patients who appear under two ids with all else the same.

    Row numbers are not compared. Equal rows are expected by chance in a table of few, coarse columns, so the number
    of equal pairs is compared with what independent columns would give (Fellegi and Sunter, J Am Stat Assoc
    1969;64:1183-1210: an agreement counts by how rarely it happens by chance).
    """

    says: ClassVar[dict[str, str]] = {
        "exact": "{rows} of {total} rows ({percent} %) repeat an earlier row in every column, row numbers apart.",
        "by-chance": "{rows} of {total} rows equal an earlier row, but so few and coarse columns make that likely "
        "by chance.",
        "same-row-two-ids": "{rows} of {total} rows equal an earlier row in all but {columns}: "
        "one patient under two ids, or a copy.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding for equal rows and one for rows that differ only in an id."""
        frame = data.train
        numbers = {name for name in data.roles.identifiers if name in frame.columns and frame[name].is_unique}
        numbers |= {name for name in frame.columns if is_row_number(frame[name])}
        compared = [str(name) for name in frame.columns if _may_name(data, str(name)) or name not in numbers]
        if len(frame) < 2 or not compared:
            return NotApplicable("There are fewer than two rows, or no columns but row numbers.")
        ids = _identifiers(data, compared)
        rest = [name for name in compared if name not in ids]
        beside = row_codes(frame[rest])
        again = repeated(frame[compared], row_codes(frame[ids], beside))
        found = [self._exact(data, compared, again)] if again.any() else []
        if ids and len(rest) >= 3 and not data.roles.visit_time:
            filled = frame[rest].notna().to_numpy().mean(axis=1) >= 0.5
            under_two = repeated(frame[rest], beside) & ~again & filled
            if under_two.any() and not self._by_chance(frame[rest], under_two):
                found.append(_finding("same-row-two-ids", data, ids, rest, under_two, 0.4))
        return found

    def _exact(self, data: Dataset, compared: list[str], again: Mask) -> Finding:
        if self._by_chance(data.train[compared], again):
            return _finding("by-chance", data, [], compared, again, 0.2)
        return _finding("exact", data, [], compared, again, 0.95)

    def _by_chance(self, frame: pd.DataFrame, again: Mask) -> bool:
        return chance_pairs(frame) > self.params.chance * int(again.sum())


def _identifiers(data: Dataset, compared: list[str]) -> list[str]:
    """Columns that name the patient: by the role, or by a name that says so and values that never repeat."""
    patient = data.roles.patient
    return [name for name in compared if name == patient or (_may_name(data, name) and data.train[name].is_unique)]


def _may_name(data: Dataset, name: str) -> bool:
    """Whether the column names the patient, by its role or its name; numbers that do so are more than row numbers."""
    if data.roles.patient is not None or name in data.roles.outcomes:
        return name == data.roles.patient
    return any(hint.role == "patient" for hint in knowledge().role_hints(name))


def _finding(kind: str, data: Dataset, columns: list[str], subset: list[str], mask: Mask, confidence: float) -> Finding:
    frame = data.train
    share = float(mask.mean())
    everything = len(subset) == frame.shape[1]
    drop = Suggestion(
        tool="drop_duplicates",
        params={"subset": [] if everything else subset, "keep": "first"},
        why="A row counted twice weighs double, and its copy in the test part makes a model look better than it is.",
        confidence=confidence,
        backed_by="statistics",
    )
    return Finding(
        kind,
        "info" if kind == "by-chance" else "major" if share > 0.01 else "minor",
        tuple(columns),
        rows=row_numbers(frame, mask),
        evidence={"total": len(frame), "share": rounded(share), "percent": round(100 * share, 2), "compared": subset},
        suggestions=(drop,),
    )
