"""A sample of one column, as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from climbdc.knowledge import knowledge

__all__ = ["Glance", "glance_at"]

_MOST: Final = 400
"""Distinct cells that are looked at one by one with what is slow."""


@dataclass(frozen=True)
class Glance:
    """What was seen of one column.

    Args:
        name: Its name.
        meaning: What the dictionary says it is.
        storage: text, whole, decimal or date.
        cells: Distinct cells of the sample, as text, with how many rows hold each; those that stand for missing left
            out.
        rows: Rows of the sample that hold something.
    """

    name: str
    meaning: str
    storage: str
    cells: dict[str, int]
    rows: int

    def share(self, fits: Callable[[str], object]) -> float:
        """Share of the rows whose cell fits."""
        return sum(count for cell, count in self.cells.items() if fits(cell)) / self.rows if self.rows else 0.0

    def share_of_few(self, fits: Callable[[str], object]) -> tuple[float, int]:
        """The same over some of the distinct cells, and how many of them fitted."""
        few = list(self.cells.items())[:_MOST]
        hits = [count for cell, count in few if fits(cell)]
        return sum(hits) / max(1, sum(count for _, count in few)), len(hits)


def glance_at(few: pd.Series[Any], meaning: str) -> Glance:
    """A sampled column as it is judged."""
    present = few.dropna()
    kind = present.dtype.kind
    if kind == "M":
        return Glance(str(few.name), meaning, "date", {}, len(present))
    storage = "text"
    if kind in "ifu":
        whole = kind != "f" or bool((present == present.round()).all())
        storage = "whole" if whole else "decimal"
        present = present.abs().astype("int64") if whole and bool((present.abs() < 1e18).all()) else present
    elif kind == "b":
        return Glance(str(few.name), meaning, "whole", {}, len(present))
    counted = present.astype(str).str.strip().value_counts(sort=False)
    unknown = knowledge().is_missing_token
    cells = {str(cell): int(count) for cell, count in counted.items() if storage != "text" or not unknown(str(cell))}
    return Glance(str(few.name), meaning, storage, cells, sum(cells.values()))
