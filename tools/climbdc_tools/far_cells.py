"""Cells far from the rest of their column, or from what the row's other columns suggest, by several detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array

__all__ = ["Far", "far_cells", "medcouple", "tail_limit"]

_FEWEST: Final = 50
_DISTINCT: Final = 10
_FENCE: Final = 3.0
_CLIP: Final = 3.0
_APART: Final = 2.0
_NEIGHBOURS: Final = 7
_LINKED: Final = 0.3
_GUIDES: Final = 5
_NORMAL: Final = (1.349, 0.635)  # a normal column's quartile range, and the scale of its upper fifth, in deviations


@dataclass(frozen=True)
class Far:
    """What was found in one column: places in the table, how often detectors agreed, and whether alone or together."""

    name: str
    alone: bool
    places: Array
    votes: Array
    judges: int
    above: int
    guides: list[str]


def far_cells(frame: pd.DataFrame, names: Sequence[str], chance: float, agree: int, seed: int) -> list[Far]:
    """Cells that at least `agree` detectors call far, those far within their column before odd combinations.

    Args:
        frame: The table.
        names: Numeric columns to look at.
        chance: Chance, over all cells, that the tail of its column explains a flagged one.
        agree: Detectors that have to agree on a value far within its column, of those that can judge it.
        seed: For the isolation forest.
    """
    scores = {name: score for name in names if (score := _scores(frame[name])) is not None}
    judged = [name for name in scores if _judged(frame[name])]
    if not judged:
        return []
    raw = np.column_stack(list(scores.values()))
    level = chance / (2 * len(judged) * len(frame))
    table = _Table(list(scores), raw, np.clip(np.where(np.isnan(raw), 0.0, raw), -_CLIP, _CLIP))
    residuals = _residuals(table)
    tails = {name: _beyond(raw[:, table.at(name)], level) for name in judged}
    strange = _strange_rows(table, level, seed) if any(tail.any() for tail in tails.values()) else None
    found: list[Far] = []
    for name in judged:
        rest = residuals[:, table.at(name)] if residuals is not None else None
        found += _of_column(table, name, tails[name], rest, strange, level, agree)
    return sorted(found, key=lambda far: not far.alone)


@dataclass(frozen=True)
class _Table:
    names: list[str]
    raw: Array
    calm: Array

    def at(self, name: str) -> int:
        return self.names.index(name)


def _of_column(
    table: _Table, name: str, tail: Array, rest: Array | None, strange: Array | None, level: float, agree: int
) -> list[Far]:
    own = table.raw[:, table.at(name)]
    off = _beyond(rest, level) & (np.abs(rest) >= _APART) if rest is not None else np.zeros(len(own), dtype=bool)
    if not tail.any() and not off.any():
        return []
    guides, apart = _apart(table, name, level * len(table.names))
    votes: Array = tail.astype("int64") + _fenced(own)
    judges = 2
    for vote in (off if rest is not None else None, apart, strange):
        if vote is not None:
            votes, judges = votes + vote, judges + 1
    alone = tail & (votes >= min(agree, judges))
    together = off & apart & ~tail if apart is not None else np.zeros(len(own), dtype=bool)
    return [
        Far(name, single, np.flatnonzero(mask), votes[mask], judges, int((own[mask] > 0).sum()), guides)
        for single, mask in ((True, alone), (False, together))
        if mask.any()
    ]


def _judged(column: pd.Series[Any]) -> bool:
    return int(column.notna().sum()) >= _FEWEST and int(column.nunique()) >= _DISTINCT


def _scores(column: pd.Series[Any]) -> Array | None:
    """Robust deviations from the median, of the logarithm where that is nearer to symmetry; None without spread."""
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    values = np.where(np.isfinite(values), values, np.nan)
    present = values[~np.isnan(values)]
    if len(present) < _FEWEST:
        return None
    if present.min() >= 0 and present.max() > 0:
        shift = 0.0 if present.min() > 0 else float(np.median(present[present > 0]))
        logs = np.log(values + shift)
        if abs(medcouple(logs[~np.isnan(logs)])) < abs(medcouple(present)):
            values, present = logs, logs[~np.isnan(logs)]
    low, middle, high = np.quantile(present, [0.25, 0.5, 0.75])
    if not high > low:
        return None
    scores: Array = (values - middle) * _NORMAL[0] / (high - low)
    return scores


def medcouple(values: Array) -> float:
    """Skewness that outliers do not move, from -1 to 1 (Brys, Hubert, Struyf, J Comput Graph Stat 2004;13:996).

    >>> medcouple(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    0.0
    """
    points = np.quantile(values, np.linspace(0, 1, 301)) if len(values) > 301 else np.sort(values)
    middle = float(np.median(points))
    below, above = points[points <= middle][:, None], points[points >= middle][None, :]
    width = above - below
    kernel = (above + below - 2 * middle)[width > 0] / width[width > 0]
    return float(np.median(kernel)) if len(kernel) else 0.0


def _fenced(scores: Array) -> Array:
    """Beyond the outer fences of the boxplot adjusted for skewness (Hubert, Vandervieren 2008)."""
    present = scores[~np.isnan(scores)]
    low, high = np.quantile(present, [0.25, 0.75])
    skew = medcouple(present)
    down, up = (-4.0, 3.0) if skew >= 0 else (-3.0, 4.0)
    width = _FENCE * (high - low)
    outside: Array = (scores < low - width * np.exp(down * skew)) | (scores > high + width * np.exp(up * skew))
    return outside


def tail_limit(values: Array, level: float) -> float:
    """The value above which the upper fifth, continued, holds less than `level` of the cells.

    A generalised Pareto tail from the 80th, 90th and 95th percentile (Pickands, Ann Stat 1975;3:119-131), never
    lighter than exponential and never narrower than that of a normal column of the same quartiles.
    """
    first, low, middle, high = np.quantile(values, [0.25, 0.8, 0.9, 0.95])
    third = float(np.quantile(values, 0.75))
    shape = max(0.0, float(np.log2((high - middle) / (middle - low)))) if high > middle > low else 0.0
    near = middle - low
    scale = near / np.log(2) if shape < 1e-6 else near * shape / (2**shape - 1)
    scale = max(scale, (third - first) / _NORMAL[0] * _NORMAL[1])
    far = np.log(0.2 / level) if shape < 1e-6 else ((level / 0.2) ** -shape - 1) / shape
    return float(low + scale * far)


def _beyond(scores: Array, level: float) -> Array:
    """Beyond either tail; nowhere where a column has too little spread to continue its tails."""
    present = scores[~np.isnan(scores)]
    if len(present) < _FEWEST or not np.quantile(present, 0.75) > np.quantile(present, 0.25):
        return np.zeros(len(scores), dtype=bool)
    far: Array = (scores > tail_limit(present, level)) | (-scores > tail_limit(-present, level))
    return far


def _residuals(table: _Table) -> Array | None:
    """Each cell less what a regression on the row's other cells says, in deviations of its column.

    All regressions at once from the inverse of the covariance of calmed cells, so that no far cell bends them.
    """
    if len(table.names) < 2:
        return None
    from sklearn.covariance import LedoitWolf

    precision = LedoitWolf().fit(table.calm).precision_
    own = np.diag(precision)
    said = table.calm - table.calm @ precision / own
    difference: Array = table.raw - said
    return difference


def _apart(table: _Table, name: str, level: float) -> tuple[list[str], Array | None]:
    """Cells far from those of the rows nearest in the columns that go with this one; None where none goes with it."""
    at = table.at(name)
    with np.errstate(invalid="ignore"):
        links = np.nan_to_num(np.abs(np.corrcoef(table.calm, rowvar=False)[at])) if len(table.names) > 1 else []
    order = [int(k) for k in np.argsort(-np.asarray(links), kind="stable") if k != at and links[k] >= _LINKED]
    guides = order[:_GUIDES]
    if not guides:
        return [], None
    from sklearn.neighbors import NearestNeighbors

    there = np.flatnonzero(~np.isnan(table.raw[:, at]))
    space = table.calm[there][:, guides] * np.asarray(links)[guides]
    most = min(_NEIGHBOURS, len(there) - 1)
    near = NearestNeighbors(n_neighbors=most).fit(space).kneighbors(return_distance=False)
    apart = np.full(len(table.raw), np.nan)
    apart[there] = table.raw[there, at] - np.median(table.raw[there, at][near], axis=1)
    return [table.names[k] for k in guides], _beyond(apart, level)


def _strange_rows(table: _Table, level: float, seed: int) -> Array | None:
    """Rows that an isolation forest parts from the others after fewer cuts than the tail of its scores allows."""
    if len(table.names) < 2:
        return None
    from sklearn.ensemble import IsolationForest

    cells = np.clip(np.where(np.isnan(table.raw), 0.0, table.raw), -50, 50)
    forest = IsolationForest(n_estimators=100, random_state=seed).fit(cells)
    return _beyond(-forest.score_samples(cells), level * len(table.names))
