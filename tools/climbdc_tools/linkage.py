"""Pairs of rows that agree in more than chance explains: blocking, weights, and what few differences cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array
from climbdc_tools.row_hash import row_codes
from climbdc_tools.vocabulary import is_text

__all__ = ["Linked", "coarse", "linked"]

_DIGITS: Final = 3
_BLOCK: Final = 20
_GROUPS: Final = 4
_PAIRS: Final = 300_000
_RANDOM: Final = 50_000
_WINDOW: Final = 3
_NEIGHBOURS: Final = 100_000
_AGREES: Final = 0.95
_ALIKE: Final = 0.9
_NAMES: Final = 30
_RARE: Final = 3
_UPPER: Final = 0.999


@dataclass(frozen=True)
class Linked:
    """Pairs of places in the table, the earlier first, with their weight in bits, and how many were compared."""

    left: Array
    right: Array
    bits: Array
    looked: int
    needed: float


def linked(frame: pd.DataFrame, apart: Array, chance: float, differ: float, seed: int) -> Linked | None:
    """Pairs of rows too much alike for chance; None where the columns could not tell two rows apart.

    Args:
        frame: The columns to compare.
        apart: A number a row; pairs that agree in it are not compared.
        chance: Pairs expected by chance in the whole table at most.
        differ: Share of the cells filled in both rows that may differ.
        seed: Draws the random pairs and, where there are too many candidates, those compared.
    """
    cells = coarse(frame)
    weights = [_weights(cells[:, at]) for at in range(cells.shape[1])]
    entropy = np.array([_entropy(cells[:, at], weight) for at, weight in enumerate(weights)])
    rows = len(frame)
    needed = float(np.log2(rows * (rows - 1) / 2 / chance))
    if entropy.sum() < needed:
        return None
    pairs = _candidates(frame, cells, entropy)
    pairs = pairs[apart[pairs[:, 0]] != apart[pairs[:, 1]]]
    draw = np.random.default_rng(seed)
    if len(pairs) > _PAIRS:
        pairs = pairs[np.sort(draw.choice(len(pairs), _PAIRS, replace=False))]
    shared = _shared(cells, weights, rows, draw)
    bits, unlike, both = _compared(frame, cells, weights, pairs, shared)
    sure = (bits >= needed) & (unlike <= np.maximum(1, differ * both)) & (both >= max(3, cells.shape[1] / 2))
    left, right = pairs[sure, 0], pairs[sure, 1]
    return Linked(left, right, bits[sure], len(pairs), needed)


def coarse(frame: pd.DataFrame) -> Array:
    """A whole number a cell, equal where cells agree: numbers in three digits, dates by day, text without its case.

    Missing cells are -1 and agree with nothing.

    >>> coarse(pd.DataFrame({"a": [71.42, 71.4, 71.6, float("nan")]})).tolist()
    [[0], [0], [1], [-1]]
    """
    columns = [_codes(frame[name]) for name in frame.columns]
    return np.column_stack(columns).astype("int32") if columns else np.zeros((len(frame), 0), dtype="int32")


def _codes(column: pd.Series[Any]) -> Array:
    if is_text(column):
        return np.asarray(pd.factorize(column.str.strip().str.casefold())[0])
    if column.dtype.kind == "M":
        return np.asarray(pd.factorize(column.dt.floor("D"))[0])
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.floor(np.log10(np.abs(values)))
        unit = np.where(np.isfinite(place), 10.0 ** (place - (_DIGITS - 1)), 1.0)
    return np.asarray(pd.factorize(np.round(values / unit) * unit)[0])


def _weights(codes: Array) -> Array:
    """Bits by which two cells that agree speak for one origin, by how rare their value is.

    Values of up to three rows are weighed together, by how seldom any two rows agree in one of them: a date of birth
    that nobody shares says more than one in as many as there are rows.
    """
    there = codes[codes >= 0]
    counts = np.bincount(there) if len(there) else np.ones(1)
    known = max(1, len(there))
    rare = counts <= _RARE
    agreeing = float((counts * (counts - 1) / 2)[rare].sum()) + 1
    together = _AGREES * counts[rare].sum() / known * known * (known - 1) / 2 / agreeing
    weights: Array = np.maximum(0.0, np.log2(_AGREES * known / counts))
    weights[rare] = np.maximum(weights[rare], np.log2(max(1.0, together)))
    return weights


def _entropy(codes: Array, weights: Array) -> float:
    there = codes[codes >= 0]
    return float(weights[there].mean() * len(there) / len(codes)) if len(there) else 0.0


def _shared(cells: Array, weights: Sequence[Array], rows: int, draw: np.random.Generator) -> float:
    """How much more random pairs agree, in their upper thousandth, than they would in independent columns."""
    pairs = draw.integers(0, rows, (_RANDOM, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    gained = np.column_stack([_gained(cells[:, at], weight, pairs) for at, weight in enumerate(weights)])
    alone = sum(draw.permutation(gained[:, at]) for at in range(gained.shape[1]))
    together, apart = np.quantile(gained.sum(axis=1), _UPPER), np.quantile(alone, _UPPER)
    return max(1.0, float(together / apart)) if apart > 0 else 1.0


def _gained(codes: Array, weight: Array, pairs: Array) -> Array:
    left, right = codes[pairs[:, 0]], codes[pairs[:, 1]]
    gained: Array = np.where((left == right) & (left >= 0), weight[np.maximum(left, 0)], 0.0)
    return gained


def _candidates(frame: pd.DataFrame, cells: Array, entropy: Array) -> Array:
    """Pairs that share all cells of a group of columns, one rare cell, or are neighbours by a name."""
    order = np.argsort(-entropy, kind="stable")
    groups = max(1, min(_GROUPS, cells.shape[1] // 2))
    keys = [row_codes(pd.DataFrame(cells[:, order[at::groups]].astype("int64"))) for at in range(groups)]
    telling = [int(at) for at in order if entropy[at] >= np.log2(len(cells)) - np.log2(_BLOCK)][:_GROUPS]
    keys += [np.where(cells[:, at] < 0, -np.arange(1, len(cells) + 1), cells[:, at]) for at in telling]
    found = [_blocked(key) for key in keys]
    names = [int(at) for at in order if is_text(frame.iloc[:, at]) and int(cells[:, at].max(initial=0)) >= _NAMES]
    if names and len(frame) <= _NEIGHBOURS:
        found.append(_neighbours(frame.iloc[:, names[0]]))
    pairs = np.sort(np.concatenate(found), axis=1)
    return np.unique(pairs, axis=0)


def _blocked(key: Array) -> Array:
    """Pairs of rows with the same key, of keys that few rows share."""
    import recordlinkage

    numbers = pd.Series(pd.factorize(key)[0], name="key")
    times = np.bincount(numbers)[numbers]
    few = numbers[(times > 1) & (times <= _BLOCK)].to_frame()
    if few.empty:
        return np.zeros((0, 2), dtype="int64")
    return _places(recordlinkage.Index().block("key").index(few))


def _neighbours(names: pd.Series[Any]) -> Array:
    import recordlinkage

    table = names.str.strip().str.casefold().reset_index(drop=True).dropna().astype(object).to_frame("name")
    times = table["name"].map(table["name"].value_counts())
    return _places(recordlinkage.Index().sortedneighbourhood("name", window=_WINDOW).index(table[times <= _BLOCK]))


def _places(index: pd.MultiIndex) -> Array:
    return np.column_stack([index.get_level_values(at).to_numpy(dtype="int64") for at in (0, 1)])


def _compared(
    frame: pd.DataFrame, cells: Array, weights: Sequence[Array], pairs: Array, shared: float
) -> tuple[Array, Array, Array]:
    """Weight, cells that differ and cells filled in both, of each pair; words a slip apart count half."""
    bits, unlike, both = np.zeros(len(pairs)), np.zeros(len(pairs)), np.zeros(len(pairs))
    for at, weight in enumerate(weights):
        left, right = cells[pairs[:, 0], at], cells[pairs[:, 1], at]
        filled, agree = (left >= 0) & (right >= 0), (left == right) & (left >= 0)
        near = np.zeros(len(pairs), dtype=bool)
        column = frame.iloc[:, at]
        if is_text(column) and len(weight) >= _NAMES:
            near[filled & ~agree] = _alike(column, pairs[filled & ~agree])
        gained = np.where(agree, weight[np.maximum(left, 0)], 0.0)
        gained += np.where(near, weight[np.maximum(left, 0)] / 2, 0.0)
        off = filled & ~agree & ~near
        bits += gained / shared + np.where(off, np.log2(1 - _AGREES), 0.0)
        unlike, both = unlike + off, both + filled
    return bits, unlike, both


def _alike(column: pd.Series[Any], pairs: Array) -> Array:
    """Whether two texts are a slip apart: Jaro-Winkler similarity of 0.9 or more."""
    if not len(pairs):
        return np.zeros(0, dtype=bool)
    import recordlinkage

    texts = column.str.strip().str.casefold().reset_index(drop=True).astype(object).to_frame("text")
    compare = recordlinkage.Compare()
    compare.string("text", "text", method="jarowinkler", threshold=_ALIKE)
    likeness = compare.compute(pd.MultiIndex.from_arrays([pairs[:, 0], pairs[:, 1]]), texts)
    alike: Array = likeness.to_numpy()[:, 0] > 0
    return alike
