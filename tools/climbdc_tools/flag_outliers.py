"""Extreme values and odd combinations, put up for a person to look at."""

from __future__ import annotations

from typing import Any, ClassVar

from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.far_cells import Far, far_cells
from climbdc_tools.quick_fit import threads
from climbdc_tools.vocabulary import names_of, rounded

__all__ = ["FlagOutliers", "FlagOutliersParams"]

_LISTED = 20
_FEWEST = 50


class FlagOutliersParams(Params):
    """When a value counts as far."""

    chance: float = Field(
        0.05, gt=0, lt=0.5, description="Chance, over all cells of the table, that a flagged cell is one of its tail."
    )
    agree: int = Field(3, ge=2, le=5, description="Detectors of five that have to agree on an extreme value.")
    cap: int = Field(5000, ge=100, description="Rows at most; more are sampled by the seed.")


@inspect("plausibility/outliers", stage="rows", cost="slow")
class FlagOutliers(Inspection[FlagOutliersParams]):
    """Flag values that several detectors hold for extreme, and usual values in an odd combination; removes nothing.

    No share is fixed: a cell counts only where the tail of its own column does not explain it, over all cells
    together, and where other detectors agree: the adjusted boxplot (Hubert, Vandervieren, Comput Stat Data Anal
    2008;52:5186), the tail (Pickands, Ann Stat 1975;3:119), the residual on the other columns (Rousseeuw, Van den
    Bossche, Technometrics 2018;60:135), the nearest rows, and an isolation forest (Liu et al., ICDM 2008:413).
    """

    says: ClassVar[dict[str, str]] = {
        "extreme": "In {rows} of {n} rows looked at, {columns} is far {how} all others; extreme patients are often "
        "true, so this is only a list to look at.",
        "combination": "In {rows} of {n} rows looked at, {columns} is far {how} what the row's other columns "
        "suggest, though its own column does not rule it out.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """A finding for each column with extreme values, and one for each with odd combinations."""
        roles = data.roles
        outside = {*roles.outcomes, *roles.ignored, *roles.identifiers, roles.patient, roles.visit_time, roles.group}
        few = data.sample(self.params.cap)
        names = [name for name in names_of(few.train, text=False) if name not in outside]
        if not names or len(few.train) < _FEWEST:
            return NotApplicable(f"There are no columns of numbers, or fewer than {_FEWEST} rows to tell a tail from.")
        found = far_cells(few.train, names, self.params.chance, self.params.agree, data.seed)
        return [_finding(far, few, len(data.train)) for far in found]


def _finding(far: Far, data: Dataset, total: int) -> Finding:
    frame = data.train
    rows = frame.index.to_numpy(dtype="int64")[far.places]
    beneath = len(rows) - far.above
    how = "above" if not beneath else "below" if not far.above else "above or below"
    evidence = {
        "n": len(frame),
        "N": total,
        "share": rounded(len(rows) / len(frame)),
        "how": how,
        "first": [int(row) for row in rows[:_LISTED]],
        "follows": far.guides,
    }
    kind = "extreme" if far.alone else "combination"
    return Finding(
        kind, "info", (far.name,), rows, evidence, (_review(far, rows.tolist()),), (_figure(far, data, rows),)
    )


def _review(far: Far, rows: list[int]) -> Suggestion:
    """Emptying the cells, for a person who found them false; no policy takes it unasked."""
    why = "extreme value" if far.alone else "does not fit the row's other columns"
    cells = [{"row": row, "column": far.name, "value": None, "why": why} for row in rows]
    return Suggestion(
        tool="apply_review",
        params={"cells": cells},
        why="Only for cells that the records show to be false; the patients stay.",
        confidence=0.1,
        backed_by="statistics",
    )


def _figure(far: Far, data: Dataset, rows: Any) -> Figure:
    column = data.train[far.name]
    low, middle, high = (f"{value:.4g}" for value in column.quantile([0.05, 0.5, 0.95]))
    usual = f"{middle} ({low} to {high})"
    shown = list(zip(rows[:_LISTED].tolist(), far.places[:_LISTED].tolist(), far.votes[:_LISTED].tolist(), strict=True))
    lines = [[row, f"{column.iloc[at]:.6g}", usual, f"{votes} of {far.judges}"] for row, at, votes in shown]
    return Figure(
        kind="table",
        title=f"{far.name}: {len(lines)} of {len(rows):,} cells to look at",
        data={"columns": ["row", far.name, "median (5 to 95 %)", "detectors that agree"], "rows": lines},
    )
