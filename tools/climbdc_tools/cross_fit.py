"""What quick models say of each row after learning from others: the folds, and the two learners that judge labels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from climbdc.sdk import Dataset
from climbdc_tools.association import strength
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, Outcome
from climbdc_tools.quick_fit import predict, threads

__all__ = ["LEARNERS", "STAGES", "Fold", "Learner", "cross_fit", "folds_of", "risks", "stages", "usable"]

Learner = Literal["linear", "boosted"]
LEARNERS: tuple[Learner, ...] = ("linear", "boosted")
"""A model of sums and one of thresholds: where both disagree with the record, the shape of neither is to blame."""

STAGES = 60
"""Trees of the boosted learner; after each there is a checkpoint."""

_FOLDS = 5
_PENALTY = 0.05  # a strong ridge: a flexible learner fits the errors that it is to find
_CLIP = 5.0  # standard deviations: one wild cell must not decide what is said of a row


@dataclass(frozen=True)
class Fold:
    """Places of the rows to learn from and of those held out, with the matrix of each; gaps are NaN."""

    learn: Array
    held: Array
    left: Array
    right: Array


def usable(data: Dataset, target: Outcome, people: Array | None, leak: float) -> tuple[list[str], list[str]]:
    """Feature columns, and apart those that give the outcome away: they would excuse every error.

    Args:
        data: The table.
        target: What is to be told.
        people: Patient of each row.
        leak: Columns stronger than this are put apart.
    """
    columns: list[str] = []
    apart: list[str] = []
    for name in data.features:
        told = strength(data.train[name], target, people, data.seed).value
        (apart if told > leak else columns).append(name)
    return columns, apart


def folds_of(data: Dataset, target: Outcome, people: Array | None, columns: list[str]) -> list[Fold]:
    """Five folds of the rows with a known target; rows of one patient stay together, classes are dealt out evenly.

    Fewer where there are fewer than five patients; none where there are fewer than two.
    """
    frame = data.train[target.known]
    found = []
    for learn, held in _splits(target, None if people is None else people[target.known], data.seed):
        left, right, _ = matrices(frame.iloc[learn], frame.iloc[held], columns, gaps=True)
        found.append(Fold(learn, held, np.clip(left, -_CLIP, _CLIP), np.clip(right, -_CLIP, _CLIP)))
    return found


def cross_fit(
    folds: Sequence[Fold], truth: Array, classes: int, learner: Learner, seed: int, trusted: Array | None = None
) -> Array:
    """What the learner says of each row: a probability a class, or a value where `classes` is 0.

    Args:
        folds: The folds; every row is held out once.
        truth: Class numbers or values.
        classes: Number of classes.
        learner: Which.
        seed: For whatever it draws.
        trusted: Rows to learn from; all where None, or where too few of a class would be left.
    """
    told = np.zeros((len(truth), max(classes, 1)))
    with threads().limit(limits=1, user_api="openmp"):
        for fold in folds:
            chosen = np.ones(len(fold.learn), dtype=bool) if trusted is None else trusted[fold.learn]
            if classes and len(np.unique(truth[fold.learn][chosen])) < len(np.unique(truth[fold.learn])):
                chosen[:] = True
            fitted, seen = _fitted(
                learner, _given(learner, fold.left)[chosen], truth[fold.learn][chosen], classes, seed
            )
            said = fitted.predict_proba if classes else fitted.predict
            told[np.ix_(fold.held, seen)] = said(_given(learner, fold.right)).reshape(len(fold.held), -1)
    return told if classes else told[:, 0]


def stages(folds: Sequence[Fold], truth: Array, classes: int, seed: int) -> Array:
    """The probability that the boosted learner gives the recorded class of each held-out row: a column a checkpoint."""
    told = np.zeros((len(truth), STAGES))
    with threads().limit(limits=1, user_api="openmp"):
        for fold in folds:
            fitted, seen = _fitted("boosted", _wide(fold.left), truth[fold.learn], classes, seed)
            place = np.full(classes, -1)
            place[seen] = np.arange(len(seen))
            own = place[truth[fold.held]]
            for at, said in enumerate(fitted.staged_predict_proba(_wide(fold.right))):
                told[fold.held, at] = np.where(own >= 0, said[np.arange(len(own)), own], 0.0)
    return told


def risks(fold: Fold, duration: Array, event: Array, seed: int) -> tuple[Array, Array]:
    """Log risks that a Cox model of the rows to learn from gives to these and to those held out."""
    truth = np.column_stack([duration[fold.learn], event[fold.learn]])
    both = np.vstack([fold.left, fold.right])
    told = predict("cox", _filled(fold.left), truth, _filled(both), 0, seed)
    return told[: len(fold.learn)], told[len(fold.learn) :]


def _splits(target: Outcome, people: Array | None, seed: int) -> list[tuple[Array, Array]]:
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    values = target.values
    units = len(values) if people is None else len(np.unique(people))
    folds = min(_FOLDS, units)
    if folds < 2:
        return []
    numeric = target.kind == "numeric"
    if people is None:
        few = not numeric and int(np.bincount(values).min()) < folds
        plain = (KFold if numeric or few else StratifiedKFold)(folds, shuffle=True, random_state=seed)
        return list(plain.split(values, values))
    kind = GroupKFold if numeric else StratifiedGroupKFold
    return list(kind(folds, shuffle=True, random_state=seed).split(values, values, people))


def _fitted(learner: Learner, left: Array, truth: Array, classes: int, seed: int) -> tuple[Any, Array]:
    """A fitted learner and the classes that it has seen."""
    seen = np.unique(truth) if classes else np.zeros(1, dtype="int64")
    if classes and len(seen) < 2:
        from sklearn.dummy import DummyClassifier

        return DummyClassifier().fit(left, truth), seen
    from sklearn.exceptions import ConvergenceWarning

    made = _boosted(classes, seed) if learner == "boosted" else _linear(classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a rough optimum is good enough to rank rows by
        return made.fit(left, truth), seen


def _linear(classes: int) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    return LogisticRegression(C=_PENALTY, max_iter=100) if classes else Ridge(alpha=1 / _PENALTY)


def _boosted(classes: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    how = {"max_iter": STAGES, "max_leaf_nodes": 4, "learning_rate": 0.08, "early_stopping": False}
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return kind(**how, random_state=seed)


def _given(learner: Learner, matrix: Array) -> Array:
    return _wide(matrix) if learner == "boosted" else _filled(matrix)


def _filled(matrix: Array) -> Array:
    """Gaps at the mean, which is zero."""
    return _wide(np.nan_to_num(matrix))


def _wide(matrix: Array) -> Array:
    """At least one column: a table without any feature still has a base rate."""
    return matrix if matrix.shape[1] else np.zeros((len(matrix), 1))
