"""Groups of rows with large errors: searched for on one half of the patients, confirmed on the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array

__all__ = ["Literal", "Searched", "Weak", "as_data", "literals", "members", "search"]

_LEAST: Final = 50
"""Rows of a group in each half: a mean of fewer is guesswork."""
_LEAST_SHARE: Final = 0.01
_CANDIDATES: Final = 5
_ALIKE: Final = 0.5
_Z95: Final = 1.959963984540054

Literal = tuple[str, str]
"""A column and one of its values in words."""


class Weak(NamedTuple):
    """A group with larger errors than the others, as the confirming half has it.

    Args:
        literals: What its rows have in common.
        inside: Mean error within.
        outside: Mean error of all others.
        low: Lower end of the 95 % interval of the difference.
        high: Upper end.
        chance: Of so large a difference, adjusted for the groups put to the test (Holm).
        rows: Rows within, in both halves.
    """

    literals: tuple[Literal, ...]
    inside: float
    outside: float
    low: float
    high: float
    chance: float
    rows: int


class Searched(NamedTuple):
    """Groups that were put to the test, and how many had been looked at to find them."""

    groups: tuple[Weak, ...]
    looked: int


def literals(labels: pd.DataFrame) -> list[Literal]:
    """Each value of each column that is neither rare nor nearly everybody's."""
    found = []
    for name in labels.columns:
        counts = labels[name].value_counts()
        common = (str(value) for value, size in counts.items() if 2 * _LEAST <= size <= len(labels) - 2 * _LEAST)
        found += [(str(name), value) for value in sorted(common)]
    return found


def members(labels: pd.DataFrame, group: Sequence[Literal]) -> Array:
    """Which rows have all of it."""
    inside = np.ones(len(labels), dtype=bool)
    for name, value in group:
        inside &= (labels[name] == value).to_numpy(dtype=bool)
    return inside


def search(labels: pd.DataFrame, errors: Array, clusters: Array | None, seed: int) -> Searched:
    """Groups by one column or two, found on one half of the patients and measured on the other.

    All groups are scored at once by products of matrices (SliceLine: Sagadeeva and Boehm, SIGMOD 2021:2290). At most
    five, none of them mostly another, go on to the other half.

    Args:
        labels: Values in words, a column each.
        errors: Error of the prediction for each row.
        clusters: Patient of each row; None where rows stand for themselves.
        seed: Draws the halves.
    """
    people = np.arange(len(errors)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    first = (np.random.default_rng(seed).permutation(int(people.max()) + 1) % 2 == 0)[people] if len(people) else []
    known = literals(labels)
    half = np.asarray(first, dtype=bool)
    if not known or min(half.sum(), (~half).sum()) < 2 * _LEAST:
        return Searched((), 0)
    masks = np.column_stack([members(labels, [one]) for one in known])
    chosen, looked = _candidates(known, masks[half], errors[half])
    tested = [_measured(known, pair, masks, errors, ~half, people) for pair in chosen]
    return Searched(_holm([one for one in tested if one is not None]), looked)


def _candidates(known: list[Literal], masks: Array, errors: Array) -> tuple[list[tuple[int, int]], int]:
    """The groups whose errors are surely largest, by the lower end of the interval; and how many were scored."""
    lower = _lower_ends(masks.astype("float64"), errors)
    single = np.diag(lower).copy()
    columns = np.array([name for name, _ in known])
    simpler = np.maximum(single[:, None], single[None, :])
    allowed = (columns[:, None] != columns[None, :]) & (lower > np.maximum(simpler, 0))
    np.fill_diagonal(allowed, single > 0)
    looked = int(np.isfinite(np.triu(lower)).sum() - (len(known) ** 2 - len(known)) // 2)
    score = np.where(np.triu(allowed), lower, -np.inf)
    chosen: list[tuple[int, int]] = []
    for place in np.argsort(-score, axis=None, kind="stable"):
        row, column = (int(each) for each in np.unravel_index(place, score.shape))
        if not np.isfinite(score[row, column]) or len(chosen) == _CANDIDATES:
            break
        inside = masks[:, row] & masks[:, column]
        if all(_overlap(inside, masks[:, left] & masks[:, right]) <= _ALIKE for left, right in chosen):
            chosen.append((row, column))
    return chosen, looked


def _lower_ends(masks: Array, errors: Array) -> Array:
    """Lower end of the interval of the difference in mean error, of every pair; -inf where a side is too small."""
    total, count = float(errors.sum()), len(errors)
    size = masks.T @ masks
    added = masks.T @ (masks * errors[:, None])
    squared = masks.T @ (masks * (errors**2)[:, None])
    others = count - size
    enough = np.minimum(size, others) >= max(_LEAST, _LEAST_SHARE * count)
    size, others = np.maximum(size, 2), np.maximum(others, 2)
    inside, outside = added / size, (total - added) / others
    spread = np.maximum(squared / size - inside**2, 0) / (size - 1)
    spread += np.maximum((float((errors**2).sum()) - squared) / others - outside**2, 0) / (others - 1)
    return np.asarray(np.where(enough, inside - outside - _Z95 * np.sqrt(spread), -np.inf))


def _overlap(first: Array, second: Array) -> float:
    return float((first & second).sum() / (first | second).sum())


def _measured(
    known: list[Literal], pair: tuple[int, int], masks: Array, errors: Array, half: Array, people: Array
) -> Weak | None:
    """The same group in the other half; the chance is not adjusted yet."""
    from scipy.stats import norm

    whole = masks[:, pair[0]] & masks[:, pair[1]]
    inside, loss = whole[half], errors[half]
    if min(inside.sum(), (~inside).sum()) < _LEAST:
        return None
    means = float(loss[inside].mean()), float(loss[~inside].mean())
    part = np.where(inside, (loss - means[0]) / inside.sum(), -(loss - means[1]) / (~inside).sum())
    part = np.bincount(np.unique(people[half], return_inverse=True)[1], weights=part)
    error = float(np.sqrt((part**2).sum()))
    gap = means[0] - means[1]
    chance = float(norm.sf(gap / error)) if error > 0 else 1.0
    named = tuple(known[place] for place in dict.fromkeys(pair))
    return Weak(named, *means, gap - _Z95 * error, gap + _Z95 * error, chance, int(whole.sum()))


def _holm(groups: list[Weak]) -> tuple[Weak, ...]:
    """Chances adjusted step by step (Holm, Scandinavian Journal of Statistics 1979;6:65), the smallest first."""
    ordered = sorted(groups, key=lambda group: group.chance)
    adjusted: list[Weak] = []
    largest = 0.0
    for place, group in enumerate(ordered):
        largest = max(largest, min(1.0, group.chance * (len(ordered) - place)))
        adjusted.append(group._replace(chance=largest))
    return tuple(adjusted)


def as_data(group: Weak) -> dict[str, Any]:
    """As JSON has it."""
    return {**group._asdict(), "literals": [list(one) for one in group.literals]}
