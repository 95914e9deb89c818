"""How far the rows of one part of a table differ from all others, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from climbdc_tools.group_tests import compare_categories
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array
from climbdc_tools.quick_fit import predict
from climbdc_tools.scores import Interval, delong

__all__ = ["FEW", "Shift", "comparable", "shifts", "told_apart"]

FEW: Final = 30
"""Known values on each side below which a column is not compared."""

_BINS: Final = 10  # as the population stability index is reckoned by custom
_MOST_LEVELS: Final = 50  # text with more is free text or names somebody
_COMMON: Final = 19
_FOLDS: Final = 3


class Shift(NamedTuple):
    """How one column differs between a part and the other rows.

    Args:
        column: Its name.
        part: Which part.
        gap: Whether gaps were compared, not values.
        distance: Population stability index, of which what chance adds is taken off; for gaps the difference of shares.
        chance: Probability of such a difference in parts that are alike; adjusted by nobody yet.
        here: The column in the part, in a few words.
        there: The column in the other rows.
    """

    column: str
    part: str
    gap: bool
    distance: float
    chance: float
    here: str
    there: str


def comparable(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """Columns that can be compared: numbers, dates, and text with at most 50 values."""
    return [name for name in names if frame[name].dtype.kind in "ifM" or frame[name].nunique() <= _MOST_LEVELS]


def shifts(frame: pd.DataFrame, names: list[str], parts: Mapping[str, Array]) -> Iterator[Shift]:
    """Each part against all other rows, in the values and in the gaps of each column.

    Args:
        frame: All rows.
        names: Columns to compare; see `comparable`.
        parts: Name of a part -> which rows are in it.
    """
    for name in names:
        missing = frame[name].isna().to_numpy()
        column = _Column(frame[name][~missing])
        for part, inside in parts.items():
            yield from _gaps(name, part, missing, inside)
            yield from column.compared(name, part, inside[~missing])


class _Column:
    """The known values of a column, put into bins once."""

    def __init__(self, known: pd.Series[Any]) -> None:
        self.number = known.dtype.kind in "ifM" and known.nunique() > _BINS
        if self.number:
            self.values = known.to_numpy().astype("int64" if known.dtype.kind == "M" else "float64").astype("float64")
            self.kind = known.dtype.kind
            edges = np.unique(np.quantile(self.values, np.linspace(0, 1, _BINS + 1)[1:-1]))
            self.codes = np.searchsorted(edges, self.values, side="left")
            self.order = np.argsort(self.values, kind="stable")
            ordered = self.values[self.order]
            self.last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
        else:
            text = known.map(lambda value: f"{value:g}" if isinstance(value, float) else str(value)).astype(object)
            counts = sorted(text.value_counts().items(), key=lambda item: (-item[1], item[0]))
            self.levels = [str(level) for level, _ in counts[:_COMMON]] + ["others"]
            place = {level: code for code, level in enumerate(self.levels[:-1])}
            self.codes = np.array([place.get(value, len(place)) for value in text], dtype="int64")

    def compared(self, name: str, part: str, inside: Array) -> Iterator[Shift]:
        here, there = int(inside.sum()), int((~inside).sum())
        if min(here, there) < FEW:
            return
        bins = int(self.codes.max()) + 1
        counts = np.column_stack([np.bincount(self.codes[rows], minlength=bins) for rows in (inside, ~inside)])
        counts = counts[counts.sum(axis=1) > 0]
        chance = self._kolmogorov(inside, here, there) if self.number else compare_categories(counts).p
        if chance is not None:
            yield Shift(name, part, False, _stability(counts), chance, *self._words(counts, inside))

    def _kolmogorov(self, inside: Array, here: int, there: int) -> float:
        """The two-sample test of Kolmogorov and Smirnov, with the limiting distribution."""
        from scipy.special import kolmogorov

        marked = inside[self.order]
        apart = np.cumsum(marked)[self.last] / here - np.cumsum(~marked)[self.last] / there
        return float(kolmogorov(np.sqrt(here * there / (here + there)) * np.abs(apart).max()))

    def _words(self, counts: Array, inside: Array) -> tuple[str, str]:
        if self.number:
            middles = [float(np.median(self.values[rows])) for rows in (inside, ~inside)]
            first, second = (_day(value) if self.kind == "M" else f"median {value:.4g}" for value in middles)
            return first, second
        shares = counts / counts.sum(axis=0)
        worst = int(np.abs(shares[:, 0] - shares[:, 1]).argmax())
        level = self.levels[sorted(set(self.codes.tolist()))[worst]]
        return f"{level}: {shares[worst, 0]:.0%}", f"{level}: {shares[worst, 1]:.0%}"


def _day(microseconds: float) -> str:
    return f"median {np.datetime64(int(microseconds), 'us').astype('datetime64[D]')}"


def _stability(counts: Array) -> float:
    """Population stability index (Siddiqi, Credit Risk Scorecards, 2006), less what chance gives in parts alike.

    Chance gives (bins - 1) (1/n + 1/m) on average (Yurdakul and Naranjo, Journal of Risk Model Validation 2020;14:89).
    """
    filled = counts + 0.5
    sizes = counts.sum(axis=0)
    shares = filled / filled.sum(axis=0)
    index = float(((shares[:, 0] - shares[:, 1]) * np.log(shares[:, 0] / shares[:, 1])).sum())
    return max(0.0, index - (len(counts) - 1) * float((1 / sizes).sum()))


def _gaps(name: str, part: str, missing: Array, inside: Array) -> Iterator[Shift]:
    if min(inside.sum(), (~inside).sum()) < FEW or missing.all() or not missing.any():
        return
    table = np.array([[int((missing & rows).sum()), int((~missing & rows).sum())] for rows in (inside, ~inside)])
    chance = compare_categories(table.T).p
    here, there = (float(row[0] / row.sum()) for row in table)
    if chance is not None:
        yield Shift(name, part, True, abs(here - there), chance, f"{here:.0%}", f"{there:.0%}")


def told_apart(first: pd.DataFrame, second: pd.DataFrame, names: list[str], seed: int) -> Interval:
    """How well boosting tells rows of one frame from rows of another: area under the ROC curve, out of fold.

    0.5 where nothing differs, however many columns there are (Lopez-Paz and Oquab, ICLR 2017).
    """
    both = pd.concat([first[names], second[names]], ignore_index=True)
    truth = np.repeat([0, 1], [len(first), len(second)])
    generator = np.random.default_rng(seed)
    fold = np.concatenate([generator.permutation(len(frame)) % _FOLDS for frame in (first, second)])
    told = np.full(len(both), 0.5)
    for number in range(_FOLDS):
        held = fold == number
        left, right, _ = matrices(both[~held], both[held], names, gaps=True)
        told[held] = predict("boosting", left, truth[~held], right, 2, seed)
    return delong(told, truth)
