"""Rows whose outcome others can judge: what each tool that doubts outcomes begins with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from climbdc.sdk import Dataset, NotApplicable
from climbdc_tools.cross_fit import Fold, folds_of, usable
from climbdc_tools.outcome import Array, Outcome, groups, outcome

__all__ = ["Judged", "judged"]

_FEWEST = 50
_FEWEST_OF_A_CLASS = 10


@dataclass(frozen=True)
class Judged:
    """The outcome and the folds by which each row is judged from others.

    Args:
        target: The outcome, where it is known.
        people: Patient of each row.
        columns: What it is judged by.
        left_out: Columns that give the outcome away.
        folds: At least two.
    """

    target: Outcome
    people: Array | None
    columns: list[str]
    left_out: list[str]
    folds: list[Fold]


def judged(data: Dataset, leak: float) -> Judged | NotApplicable:
    """The folds, or why rows cannot be told apart from errors here.

    Args:
        data: The table.
        leak: Columns stronger than this give the outcome away.
    """
    target = outcome(data)
    if target is None:
        return NotApplicable("There is no target that a label could be wrong in.")
    fewest = len(target.values) if target.kind == "numeric" else int(np.bincount(target.values, minlength=2).min())
    if len(target.values) < _FEWEST or fewest < _FEWEST_OF_A_CLASS:
        return NotApplicable("There are too few rows, or too few of an outcome, to tell errors from rarities.")
    people = groups(data)
    columns, left_out = usable(data, target, people, leak)
    folds = folds_of(data, target, people, columns) if columns else []
    if not folds:
        return NotApplicable("There is no column to judge the outcome by, or one patient only.")
    return Judged(target, people, columns, left_out, folds)
