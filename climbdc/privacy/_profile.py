"""One column in numbers that tell of no group under k rows.

Method: frequency tables with primary suppression under k, complementary suppression by folding into "other" until it
holds at least k rows, shares of the rows that have a value (so that a suppressed count of gaps cannot be worked out
from them), quantiles only where k rows lie on both sides and k rows share the figure. Hundepool et al., Handbook on
Statistical Disclosure Control (ESSnet, 2nd ed. 2024), chapters 4 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc.privacy._clean import LONGEST_LABEL, cut
from climbdc.privacy._numbers import PUBLISHED, numbers_of, part, percent, quantile
from climbdc.sdk import Column

__all__ = ["GAP", "MOST_LEVELS", "OTHER", "Profile", "label_of", "profile"]

MOST_LEVELS: Final = 40
GAP: Final = "(missing)"
OTHER: Final = "(other)"
SHORT: Final = 20
"""Whole-number columns of at most so many different values are shown as levels."""
_LEVELLED = frozenset({"binary", "categorical", "ordinal", "constant"})
_MEASURED = frozenset({"integer", "continuous", "duration"})

Labels = Callable[[str], str | None]
"""A value as it may be shown, or None where it must not be."""


@dataclass(frozen=True)
class Profile:
    """What may be told of a column, and which rows each told number is about.

    Args:
        missing: `none`, `all`, a share, or that there are few.
        levels: Label -> share of the rows that have a value, the most frequent first; `(other)` last.
        quantiles: Name -> figure.
        cells: Name of each cell whose number is told -> the rows (positions) it is about.
    """

    missing: str
    levels: dict[str, str] = field(default_factory=dict)
    quantiles: dict[str, float | int] = field(default_factory=dict)
    cells: dict[str, np.ndarray[Any, np.dtype[np.bool_]]] = field(default_factory=dict, compare=False)

    @property
    def told(self) -> bool:
        """Whether any number of the values is told."""
        return bool(self.levels or self.quantiles)

    def to_json(self) -> dict[str, Any]:
        """What is told."""
        return {"missing": self.missing, "levels": self.levels, "quantiles": self.quantiles}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Profile:
        """From what `to_json` made; without cells."""
        return cls(body["missing"], body["levels"], body["quantiles"])


def profile(values: pd.Series, column: Column, k: int, label: Labels, *, hidden: bool) -> Profile:
    """What may be told of a column.

    Args:
        values: The column as it stands.
        column: What is known of it; its type decides what is told.
        k: The least number of rows behind a number.
        label: Gives a value as it may be shown.
        hidden: Tell nothing of the values, as for identifiers.
    """
    gaps = values.isna().to_numpy()
    missing = part(int(gaps.sum()), len(values), k)
    cells = {GAP: gaps} if missing[0].isdigit() or missing.endswith("1%") or missing.endswith("99%") else {}
    present = int((~gaps).sum())
    if hidden or present < k or column.type in {"date", "text", "identifier"}:
        return Profile(missing, cells=cells)
    few = column.type == "integer" and values.nunique() <= SHORT
    if column.type in _LEVELLED or few:
        levels, shown = _levels(values, k, label)
        if levels or not few:
            return Profile(missing, levels, cells={**cells, **shown})
    return Profile(missing, quantiles=_quantiles(values, k), cells=cells)


def _quantiles(values: pd.Series, k: int) -> dict[str, float | int]:
    numbers = numbers_of(values)
    found = {f"p{round(100 * at)}": quantile(numbers, at, k) for at in PUBLISHED}
    return {name: figure for name, figure in found.items() if figure is not None}


def _levels(
    values: pd.Series, k: int, label: Labels
) -> tuple[dict[str, str], dict[str, np.ndarray[Any, np.dtype[np.bool_]]]]:
    counts = values.value_counts()
    total = int(counts.sum())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    shown: list[tuple[str, object, int]] = []
    for value, rows in ordered:
        text = label(label_of(value)) if rows >= k and len(shown) < MOST_LEVELS else None
        if text and text not in {known for known, *_ in shown}:
            shown.append((cut(text, LONGEST_LABEL), value, int(rows)))
    # A rest under k could be worked out as what is left of the whole; more is folded into it until it is not small.
    while shown and 0 < total - sum(rows for *_, rows in shown) < k:
        shown.pop()
    if not shown:
        return {}, {}
    levels = {text: percent(rows / total) for text, _, rows in shown}
    cells = {text: (values == value).fillna(False).to_numpy(dtype=bool) for text, value, _ in shown}
    if rest := total - sum(rows for *_, rows in shown):
        levels[OTHER] = percent(rest / total)
        cells[OTHER] = values.notna().to_numpy() & ~np.logical_or.reduce(list(cells.values()))
    return levels, cells


def label_of(value: object) -> str:
    """A value as text; whole numbers without a point.

    >>> label_of(1.0), label_of("a"), label_of(0.25)
    ('1', 'a', '0.25')
    """
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value == int(value) else f"{value:.6g}"
    return str(value)
