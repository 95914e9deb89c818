"""One column in numbers that tell of no group under k rows.

Method: frequency tables with primary suppression under k, complementary suppression by folding into "other" until it
holds at least k rows, shares of the rows that have a value (so that a suppressed count of gaps cannot be worked out
from them), quantiles only where k rows lie on both sides and k rows share the figure. Hundepool et al., Handbook on
Statistical Disclosure Control (ESSnet SDC, 2010), chapters 4 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc.privacy._clean import LONGEST_LABEL, cut
from climbdc.privacy._numbers import PUBLISHED, is_small, numbers_of, part, percent, quantile
from climbdc.sdk import Column

__all__ = ["GAP", "MOST_LEVELS", "OTHER", "Profile", "label_of", "profile"]

MOST_LEVELS: Final = 40
GAP: Final = "(missing)"
OTHER: Final = "(other)"
SHORT: Final = 20
"""Whole-number columns of at most so many different values are shown as levels."""
_UNTOLD = frozenset({"date", "text", "identifier"})
_LEVELLED = frozenset({"binary", "categorical", "ordinal", "constant"})

Mask = np.ndarray[Any, np.dtype[np.bool_]]
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
    cells: dict[str, Mask] = field(default_factory=dict, compare=False)

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


def profile(
    values: pd.Series[Any], column: Column, k: int, label: Labels, *, hidden: bool,
    persons: np.ndarray[Any, Any] | None = None,
) -> Profile:  # fmt: skip
    """What may be told of a column.

    Args:
        values: The column as it stands.
        column: What is known of it; its type decides what is told.
        k: The least number of persons behind a number.
        label: Gives a value as it may be shown.
        hidden: Tell nothing of the values, as for identifiers.
        persons: Whom each row is about; None where each is about somebody else.
    """
    present = values.notna().to_numpy()
    missing, cells = _gaps(~present, k, persons)
    if hidden or column.type in _UNTOLD or how_many(present, persons) < k:
        return Profile(missing, cells=cells)
    few = column.type == "integer" and values.nunique() <= SHORT
    if column.type in _LEVELLED or few:
        levels, shown = _levels(values, k, label, persons)
        if levels or not few:
            return Profile(missing, levels, cells={**cells, **shown})
    return Profile(missing, quantiles=_quantiles(values, k, persons), cells=cells)


def how_many(mask: Mask, persons: np.ndarray[Any, Any] | None) -> int:
    """How many persons the marked rows are about."""
    return int(mask.sum()) if persons is None else len(np.unique(persons[mask]))


def _gaps(gaps: Mask, k: int, persons: np.ndarray[Any, Any] | None) -> tuple[str, dict[str, Mask]]:
    """How much is missing, in words, and the cell behind it where a share is told."""
    number, total = int(gaps.sum()), len(gaps)
    if is_small(how_many(gaps, persons), k) or is_small(how_many(~gaps, persons), k):
        of = "rows" if persons is None else "persons"
        few = is_small(how_many(gaps, persons), k)
        return (f"fewer than {k} {of}" if few else f"all but fewer than {k} {of}"), {}
    return part(number, total, k), {GAP: gaps} if 0 < number < total else {}


def _quantiles(values: pd.Series[Any], k: int, persons: np.ndarray[Any, Any] | None) -> dict[str, float | int]:
    numbers = numbers_of(values, persons)
    found = {f"p{round(100 * at)}": quantile(numbers, at, k) for at in PUBLISHED}
    told = {name: figure for name, figure in found.items() if figure is not None}
    # Figures rounded so far that they change places would say something false.
    in_order = list(told.values()) == sorted(told.values())
    return told if in_order else {name: figure for name, figure in told.items() if name == "p50"}


def _levels(
    values: pd.Series[Any], k: int, label: Labels, persons: np.ndarray[Any, Any] | None
) -> tuple[dict[str, str], dict[str, Mask]]:
    counts = values.value_counts()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    cells: dict[str, Mask] = {}
    for value, rows in ordered:
        if rows < k or len(cells) == MOST_LEVELS:
            break
        mask = (values == value).fillna(False).to_numpy(dtype=bool)
        text = label(label_of(value)) if how_many(mask, persons) >= k else None
        if text and cut(text, LONGEST_LABEL) not in cells:
            cells[cut(text, LONGEST_LABEL)] = mask
    present = values.notna().to_numpy()
    # A rest under k could be worked out as what is left of the whole; more is folded into it until it is not small.
    while cells and is_small(how_many(_rest(present, cells), persons), k):
        cells.popitem()
    if not cells:
        return {}, {}
    rest = _rest(present, cells)
    cells |= {OTHER: rest} if rest.any() else {}
    return {text: percent(int(mask.sum()) / int(present.sum())) for text, mask in cells.items()}, cells


def _rest(present: Mask, cells: dict[str, Mask]) -> Mask:
    rest = present.copy()
    for mask in cells.values():
        rest &= ~mask
    return rest


def label_of(value: object) -> str:
    """A value as text; whole numbers without a point.

    >>> label_of(1.0), label_of("a"), label_of(0.25)
    ('1', 'a', '0.25')
    """
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value == int(value) else f"{value:.6g}"
    return str(value)
