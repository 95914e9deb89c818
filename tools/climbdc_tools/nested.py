"""Nested cross-validation: settings are chosen inside the rows that are learnt from, scores come from others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, NotApplicable, Treat
from climbdc_tools.folds import Examined, Part, examined, most_folds, splits
from climbdc_tools.learners import Learner, told
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, Outcome, groups
from climbdc_tools.scores import scores

__all__ = ["CHOSEN", "Nested", "affordable", "inner_fits", "nested"]

CHOSEN: Final = "best inside"
"""The name of what one gets by taking, in each fold, the learner that did best inside it."""

_INNER: Final = 2


@dataclass
class Nested:
    """Out-of-fold predictions of each learner by raw row number, the truth, and how often each was best inside."""

    seen: Examined
    truth: pd.DataFrame
    predicted: dict[str, pd.DataFrame]
    wins: dict[str, int] = field(default_factory=dict)
    fits: int = 0


def inner_fits(learner: Learner) -> int:
    """Fits of a learner in one outer fold: each setting in each inner fold, and the chosen one on all."""
    return _INNER * len(learner.settings) + 1


def affordable(learners: Sequence[Learner], folds: int, fits: int) -> list[Learner]:
    """Learners with as many settings as a number of fits allows; the last settings, then the last learners, go first.

    >>> [len(one.settings) for one in affordable([Learner("a", ({}, {}, {})), Learner("b", ({}, {}))], 5, 60)]
    [3, 2]
    >>> [len(one.settings) for one in affordable([Learner("a", ({}, {}, {})), Learner("b", ({}, {}))], 5, 42)]
    [2, 1]
    >>> [one.name for one in affordable([Learner("a", ({}, {}, {})), Learner("b", ({}, {}))], 5, 20)]
    ['a']
    """
    left = list(learners)
    while left and folds * sum(inner_fits(learner) for learner in left) > fits:
        widest = max(range(len(left)), key=lambda k: (len(left[k].settings), k))
        if len(left[widest].settings) > 1:
            left[widest] = replace(left[widest], settings=left[widest].settings[:-1])
        else:
            left.pop()
    return left


def nested(data: Dataset, treat: Treat, learners: Sequence[Learner], cap: int, folds: int) -> Nested:
    """Score every learner on rows that neither it, nor the choice of its setting, nor the recipe has seen.

    Raises:
        NotApplicable: There is no target, too few rows, or none are left.
    """
    seen = examined(data, treat, cap, folds)
    truth: list[pd.DataFrame] = []
    predicted: dict[str, list[pd.DataFrame]] = {name: [] for name in (*(one.name for one in learners), CHOSEN)}
    done = Nested(seen, pd.DataFrame(), {}, {learner.name: 0 for learner in learners})
    for part in seen.parts:
        if len(part.train) < 2 * _INNER or not len(part.held):
            continue
        truth.append(_frame(part.wanted, part.held, "y"))
        inner: dict[str, float] = {}
        for learner in learners:
            inner[learner.name], values = _learnt(data, part, learner, seen.target)
            predicted[learner.name].append(_frame(values, part.held, "p"))
            done.fits += inner_fits(learner)
        best = max(inner, key=lambda name: inner[name])
        done.wins[best] += 1
        predicted[CHOSEN].append(predicted[best][-1])
    if not truth:
        raise NotApplicable("None of the rows to examine is left after the treatment.")
    done.truth = pd.concat(truth)
    done.predicted = {name: pd.concat(parts) for name, parts in predicted.items()}
    return done


def _learnt(data: Dataset, part: Part, learner: Learner, target: Outcome) -> tuple[float, Array]:
    """How well the best setting did inside, and what it says of the rows held out."""
    inside = _inside(data, part, target)
    classes = len(target.classes) if target.kind in {"binary", "multiclass"} else 0
    values = [
        sum(_score(learner, setting, part, pair, target, data.seed) for pair in inside) / max(len(inside), 1)
        for setting in learner.settings
    ]
    best = int(np.argmax(values))
    left, right, _ = matrices(part.train, part.held, part.columns, gaps=learner.gaps)
    found = told(learner.name, learner.settings[best], left, _plain(part.truth, target), right, classes, data.seed)
    return values[best], found


def _inside(data: Dataset, part: Part, target: Outcome) -> list[tuple[Array, Array]]:
    """Inner folds; patients stay whole here, too."""
    events = part.truth[:, -1] if target.kind == "survival" else part.truth[:, 0]
    values = events if target.kind == "numeric" else events.astype("int64")
    own = replace(target, values=values, known=np.ones(len(values), dtype=bool), duration=None)
    people = groups(replace(data, train=part.train))
    return splits(own, people, _INNER, data.seed + 1) if most_folds(own, people) >= _INNER else []


def _score(learner: Learner, setting: Any, part: Part, pair: tuple[Array, Array], target: Outcome, seed: int) -> float:
    """A proper score where there is one, the higher the better: minus the log loss, R2, or concordance."""
    learn, held = (part.train.iloc[places] for places in pair)
    truth, wanted = (part.truth[places] for places in pair)
    classes = len(target.classes) if target.kind in {"binary", "multiclass"} else 0
    left, right, _ = matrices(learn, held, part.columns, gaps=learner.gaps)
    found = told(learner.name, setting, left, _plain(truth, target), right, classes, seed)
    event = wanted[:, 1] if target.kind == "survival" else None
    told_scores = scores(target.kind, wanted[:, 0], _shown(found, target.kind), event)
    return -told_scores[-1].value if classes else told_scores[0].value


def _shown(values: Array, kind: str) -> Array:
    return values if kind == "multiclass" else values[:, -1]


def _plain(truth: Array, target: Outcome) -> Array:
    if target.kind == "survival":
        return truth
    return truth[:, 0].astype("float64" if target.kind == "numeric" else "int64")


def _frame(values: Array, held: pd.DataFrame, letter: str) -> pd.DataFrame:
    return pd.DataFrame(values, index=held.index, columns=[f"{letter}{n}" for n in range(values.shape[1])])
