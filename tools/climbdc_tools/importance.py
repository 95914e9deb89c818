"""Which columns a fitted model leans on, in rows that it has not seen."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from climbdc_tools.folds import Part
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array
from climbdc_tools.quick_fit import boosted, predict
from climbdc_tools.scores import scores

__all__ = ["Seen", "explained", "origin", "permuted"]


@dataclass(frozen=True)
class Seen:
    """A model of one fold, asked about rows it has not seen.

    Args:
        held: Their matrix.
        wanted: Their target.
        groups: Column of the file -> its columns in the matrix.
        told: Predicts for a matrix.
        shap: How far each column of the file moves the predictions on average, on the model's own scale.
        score: How well the model does on these rows.
        kind: What is predicted.
    """

    held: Array
    wanted: Array
    groups: dict[str, list[int]]
    told: Callable[[Array], Array]
    shap: dict[str, float]
    score: float
    kind: str


def origin(name: str, columns: Sequence[str]) -> str:
    """The column of the file that a column of the matrix was made from; itself where none is known.

    >>> [origin(name, ["sex", "age", "age_max"]) for name in ("sex=male", "age_missing", "age_max", "bmi")]
    ['sex', 'age', 'age_max', 'bmi']
    """
    if name in columns:
        return name
    before = [column for column in columns if name.startswith(column) and not name[len(column)].isalnum()]
    return max(before, key=len, default=name.partition("=")[0])


def explained(part: Part, kind: str, classes: int, columns: Sequence[str], most: int, seed: int) -> Seen:
    """Fit on the rows to learn from, and explain the predictions of at most `most` rows held back.

    Boosting is explained by TreeSHAP (Lundberg et al., Nature Machine Intelligence 2020;2:56), a Cox model by the
    exact values of a linear model with independent columns (Lundberg and Lee 2017).
    """
    left, right, names = matrices(part.train, part.held, part.columns, gaps=kind != "survival")
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(origin(name, columns), []).append(place)
    if not groups:
        return Seen(right, part.wanted, {}, lambda matrix: np.zeros(len(matrix)), {}, 0.0, kind)
    rows = np.random.default_rng(seed).permutation(len(right))[:most]
    if kind == "survival":
        told, values = _linear(left, part.truth, right[rows], seed)
    else:
        told, values = _trees(left, part.truth[:, 0], right[rows], classes, seed)
    shap = {
        name: float(np.abs(values[:, places].sum(axis=1)).mean()) if len(values) else 0.0
        for name, places in groups.items()
    }
    return Seen(right, part.wanted, groups, told, shap, _score(kind, part.wanted, told(right)), kind)


def _linear(left: Array, truth: Array, rows: Array, seed: int) -> tuple[Callable[[Array], Array], Array]:
    """The log risk is linear, so it is known from what it is at zero and at one of each column."""
    width = left.shape[1]
    probes = predict("cox", left, truth, np.vstack([np.zeros((1, width)), np.eye(width)]), 0, seed)
    weights = probes[1:] - probes[0]
    return lambda matrix: np.asarray(matrix @ weights), np.asarray((rows - left.mean(axis=0)) * weights)


def _trees(left: Array, truth: Array, rows: Array, classes: int, seed: int) -> tuple[Callable[[Array], Array], Array]:
    target = truth.astype("int64" if classes else "float64")
    if classes and len(np.unique(target)) < 2:
        share = np.full(classes, float(target[0] == 1)) if classes == 2 else np.eye(classes)[target[0]]
        return lambda matrix: np.tile(share[-1] if classes == 2 else share, (len(matrix), 1)), np.zeros_like(rows)
    model = boosted(left, target, classes, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own import, and of older numpy spellings inside
        import shap

        values = np.asarray(shap.TreeExplainer(model).shap_values(rows, check_additivity=False))
    if values.ndim == 3:  # a value for each class
        values = np.abs(values).mean(axis=2)

    def told(matrix: Array) -> Array:
        if not classes:
            return np.asarray(model.predict(matrix))
        seen = np.zeros((len(matrix), classes))
        seen[:, model.classes_] = model.predict_proba(matrix)
        return seen[:, 1] if classes == 2 else seen

    return told, values


def _score(kind: str, wanted: Array, told: Array) -> float:
    """AUC, R² or concordance: the first of the usual measures."""
    truth = wanted[:, 0].astype("int64") if kind in {"binary", "multiclass"} else wanted[:, 0]
    event = wanted[:, 1] if kind == "survival" else None
    return scores(kind, truth, told, event)[0].value


def permuted(seen: Seen, column: str, repeats: int, generator: Any) -> float:
    """How much worse the model does when a column of the file is shuffled among the rows (Breiman 2001)."""
    places = seen.groups.get(column, [])
    if not places or len(seen.held) < 2:
        return 0.0
    drops = []
    for _ in range(repeats):
        shuffled = seen.held.copy()
        shuffled[:, places] = seen.held[generator.permutation(len(seen.held))][:, places]
        drops.append(seen.score - _score(seen.kind, seen.wanted, seen.told(shuffled)))
    return float(np.mean(drops))
