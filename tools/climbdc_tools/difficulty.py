"""The three grades of difficulty of Data-IQ (Seedat et al., NeurIPS 2022, arXiv:2210.13043)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from climbdc_tools.outcome import Array

__all__ = ["GRADES", "Grades", "graded"]

GRADES = ("easy", "ambiguous", "hard")


@dataclass(frozen=True)
class Grades:
    """What was measured of each row, and which grade it has."""

    confidence: Array
    aleatoric: Array
    easy: Array
    hard: Array

    @property
    def ambiguous(self) -> Array:
        """Rows that are neither easy nor hard."""
        return np.asarray(~(self.easy | self.hard))

    def shares(self) -> dict[str, float]:
        """Share of each grade."""
        return {name: float(getattr(self, name).mean()) for name in GRADES}


def graded(told: Array, easy: float = 0.75, hard: float = 0.25, percentile: float = 50) -> Grades:
    """Grades from the probability of the recorded class: a line a row, a column a checkpoint.

    >>> told = np.array([[0.9, 1.0], [0.5, 0.5], [0.1, 0.0], [0.4, 0.6]])
    >>> graded(told).easy.tolist(), graded(told).hard.tolist()
    ([True, False, False, False], [False, False, True, False])
    """
    confidence, aleatoric = told.mean(axis=1), (told * (1 - told)).mean(axis=1)
    certain = aleatoric < np.percentile(aleatoric, percentile)
    return Grades(confidence, aleatoric, certain & (confidence >= easy), certain & (confidence <= hard))
