"""What each row is worth to a nearest-neighbour model: exact Shapley values (Jia et al., VLDB 2019;12:1610)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from climbdc_tools.cross_fit import Fold
from climbdc_tools.outcome import Array

__all__ = ["class_values", "null_residuals", "number_values", "row_values"]


def row_values(folds: Sequence[Fold], truth: Array, near: int, numeric: bool) -> Array:
    """The mean value of each row to the prediction of rows of other folds.

    Distances are Euclidean over standardised columns, gaps at the mean.

    Args:
        folds: The folds; a row is valued in all but the one that holds it out.
        truth: Class numbers, or numbers that are centred here.
        near: Neighbours of the model.
        numeric: Whether `truth` holds numbers; the value then is what the row takes from the squared error.
    """
    if numeric:
        truth = truth - truth.mean()
    total, times = np.zeros(len(truth)), np.zeros(len(truth))
    for fold in folds:
        order = _nearest_first(np.nan_to_num(fold.left), np.nan_to_num(fold.right))
        of = number_values if numeric else class_values
        values = of(truth[fold.learn][order], truth[fold.held], near)
        total[fold.learn] += np.bincount(order.ravel(), weights=values.ravel(), minlength=len(fold.learn))
        times[fold.learn] += len(fold.held)
    return np.asarray(total / np.maximum(times, 1))


def class_values(ordered: Array, wanted: Array, near: int) -> Array:
    """Shapley values for the share of the nearest that have the right class.

    Args:
        ordered: Classes of the training rows, a line for each test row, the nearest first.
        wanted: Class of each test row.
        near: Neighbours.

    Returns:
        A line for each test row, in the order of `ordered`; each sums to the utility of all rows.
    """
    right = (ordered == wanted[:, None]).astype("float64")
    count = right.shape[1]
    place = np.arange(1, count)
    steps = (right[:, :-1] - right[:, 1:]) / near * np.minimum(near, place) / place
    return _summed(steps, right[:, -1:] / max(count, near))


def number_values(ordered: Array, wanted: Array, near: int) -> Array:
    """Shapley values for minus the squared error of the mean of the nearest (sum over them divided by `near`).

    Rows enter a coalition independently with a chance that is uniform over 0 to 1, which gives Shapley's weights; the
    number of nearer rows that got in is then a beta integral. A place i and the next differ in value by the chance
    that fewer than `near` nearer ones are in, and by the mean of what stands beside them.
    """
    count = ordered.shape[1]
    place = np.arange(1, count)  # i, counted from one
    y, after = ordered[:, :-1], ordered[:, 1:]
    fewer = np.minimum(near, place) / place
    beside = np.minimum(near - 1, place - 1)
    nearer = beside * (beside + 1) / np.maximum(2 * place * (place - 1), 1)
    before = np.cumsum(ordered, axis=1)[:, :-1] - y  # of places 1 to i - 1
    spots = np.arange(1, count + 1)  # j
    within = np.minimum(near - 1, np.maximum(spots - 2, 0))
    farther = within * (within + 1) / np.maximum(2 * (spots - 1) * (spots - 2), 1)
    tail = np.cumsum((ordered * farther)[:, ::-1], axis=1)[:, ::-1]
    behind = np.concatenate([tail[:, 2:], np.zeros((len(ordered), 1))], axis=1)  # of places i + 2 on
    others = nearer * before + behind
    t = wanted[:, None]
    steps = (after - y) / near * (((y + after) / near - 2 * t) * fewer + 2 / near * others)
    size = min(near, count)
    last = ordered[:, -1:]
    rest = ordered[:, :-1].sum(axis=1, keepdims=True)
    mean = size * (size - 1) / max(2 * count * (count - 1), 1) * rest
    end = -last / near * ((last / near - 2 * t) * size / count + 2 / near * mean)
    return _summed(steps, end)


def null_residuals(duration: Array, event: Array) -> Array:
    """Martingale residuals without any column: events less those expected by then (Therneau et al., 1990).

    They take the place of a number to predict in a survival study.
    """
    order = np.argsort(duration, kind="stable")
    times = duration[order]
    first = np.searchsorted(times, times, side="left")
    hazard = np.cumsum(event[order] / (len(times) - first))
    last = np.searchsorted(times, duration, side="right") - 1
    return np.asarray(event - hazard[last], dtype="float64")


def _summed(steps: Array, end: Array) -> Array:
    """Values from their differences and the value of the farthest."""
    behind = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([behind, np.zeros_like(end)], axis=1) + end


def _nearest_first(left: Array, right: Array) -> Array:
    """For each row of `right` the places of all rows of `left`, the nearest first; ties by place."""
    squares = (left**2).sum(axis=1)[None, :] - 2 * right @ left.T
    return np.asarray(np.argsort(np.round(squares, 9), axis=1, kind="stable"))
