"""Learners of several families, each with a few settings among which an inner validation chooses."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array
from climbdc_tools.quick_fit import threads

__all__ = ["LEARNERS", "Learner", "told"]

Setting = Mapping[str, float]

_TREES: Final = 40
_ROUNDS: Final = 80


@dataclass(frozen=True)
class Learner:
    """A family with its settings, the usual one first; `gaps` says whether it understands gaps itself."""

    name: str
    settings: tuple[Setting, ...]
    gaps: bool = False


_BOOSTING: Final = Learner("boosting", ({"leaves": 15, "rate": 0.08}, {"leaves": 5, "rate": 0.05}), gaps=True)
_FOREST: Final = Learner("forest", ({"least": 5}, {"least": 20}))
_LOGISTIC: Final = Learner("logistic", ({"c": 1.0}, {"c": 0.1}, {"c": 0.01}))
_ELASTIC: Final = Learner("elastic net", ({"c": 0.1}, {"c": 0.02}))
_CLASSES: Final = (_LOGISTIC, _ELASTIC, _BOOSTING, _FOREST)

LEARNERS: Final[Mapping[str, tuple[Learner, ...]]] = {
    "binary": _CLASSES,
    "multiclass": _CLASSES,
    "numeric": (
        Learner("ridge", ({"alpha": 1.0}, {"alpha": 30.0}, {"alpha": 300.0})),
        Learner("elastic net", ({"alpha": 0.02}, {"alpha": 0.1})),
        _BOOSTING,
        _FOREST,
    ),
    "survival": (
        Learner("cox", ({"penalty": 0.1}, {"penalty": 1.0})),
        Learner("weibull", ({"penalty": 0.1},)),
    ),
}
"""Kind of target -> what is compared, the plainest first."""


def told(name: str, setting: Setting, train: Array, truth: Array, valid: Array, classes: int, seed: int) -> Array:
    """What a learner says of `valid`.

    Args:
        name: One of `LEARNERS`.
        setting: One of its settings.
        train: Matrix to learn from.
        truth: Its target: class numbers, values, or durations and events side by side.
        valid: Matrix to predict for.
        classes: Number of classes; 0 for numbers and survival.
        seed: For whatever it draws.

    Returns:
        A probability for each class, a value, or a log risk in one column.
    """
    wide = (train, valid) if train.shape[1] else (np.zeros((len(train), 1)), np.zeros((len(valid), 1)))
    with threads().limit(limits=1, user_api="openmp"), warnings.catch_warnings():
        _quiet()
        if truth.ndim == 2:
            return _survival(name, setting, train, truth, valid)[:, None]
        if not classes:
            target = truth.astype("float64")
            scale = float(target.std()) or 1.0  # penalties mean the same in any unit
            fitted = _regressor(name, setting, seed).fit(wide[0], (target - target.mean()) / scale)
            return np.asarray(fitted.predict(wide[1]) * scale + target.mean())[:, None]
        found = np.zeros((len(valid), classes))
        seen = np.unique(truth)
        if len(seen) < 2:
            found[:, seen] = 1.0
        else:
            found[:, seen] = _classifier(name, setting, seed).fit(wide[0], truth).predict_proba(wide[1])
        return found


def _quiet() -> None:
    from sklearn.exceptions import ConvergenceWarning

    warnings.simplefilter("ignore", ConvergenceWarning)  # a rough optimum is good enough for a comparison


def _classifier(name: str, setting: Setting, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    if name == "logistic":
        return LogisticRegression(C=setting["c"], max_iter=300)
    if name == "elastic net":
        return LogisticRegression(
            C=setting["c"], l1_ratio=0.5, solver="saga", max_iter=200, tol=1e-3, random_state=seed
        )
    if name == "forest":
        return RandomForestClassifier(_TREES, min_samples_leaf=int(setting["least"]), n_jobs=1, random_state=seed)
    return HistGradientBoostingClassifier(**_boosted(setting, seed))


def _regressor(name: str, setting: Setting, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
    from sklearn.linear_model import ElasticNet, Ridge

    if name == "ridge":
        return Ridge(alpha=setting["alpha"])
    if name == "elastic net":
        return ElasticNet(alpha=setting["alpha"], l1_ratio=0.5)
    if name == "forest":
        leaf = int(setting["least"])
        return RandomForestRegressor(_TREES, min_samples_leaf=leaf, max_features=1 / 3, n_jobs=1, random_state=seed)
    return HistGradientBoostingRegressor(**_boosted(setting, seed))


def _boosted(setting: Setting, seed: int) -> dict[str, Any]:
    return {
        "max_iter": _ROUNDS, "max_leaf_nodes": int(setting["leaves"]), "learning_rate": setting["rate"],
        "early_stopping": False, "random_state": seed,
    }  # fmt: skip


def _survival(name: str, setting: Setting, train: Array, truth: Array, valid: Array) -> Array:
    from lifelines import CoxPHFitter, WeibullAFTFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning, StatisticalWarning

    for kind in (ConvergenceWarning, StatisticalWarning, RuntimeWarning):
        warnings.simplefilter("ignore", kind)
    names = [f"x{i}" for i in range(train.shape[1])]
    if not names or not truth[:, 1].any():
        return np.zeros(len(valid))
    floor = float(truth[truth[:, 0] > 0, 0].min()) / 2 if (truth[:, 0] > 0).any() else 1.0
    times = np.maximum(truth[:, 0], floor)  # an event at time zero has no logarithm
    frame = pd.DataFrame(train, columns=names).assign(duration=times, event=truth[:, 1])
    others = pd.DataFrame(valid, columns=names)
    for penalty in (setting["penalty"], 10 * setting["penalty"]):
        try:
            if name == "cox":
                fitted = CoxPHFitter(penalizer=penalty).fit(frame, "duration", "event")
                return np.asarray(np.nan_to_num(fitted.predict_log_partial_hazard(others).to_numpy(dtype="float64")))
            weibull = WeibullAFTFitter(penalizer=penalty).fit(frame, "duration", "event")
            effects = weibull.params_["lambda_"].reindex(names).to_numpy(dtype="float64")
            return np.asarray(np.nan_to_num(-(valid @ effects)))
        except ConvergenceError:  # collinear columns: more ridge makes the optimum unique
            continue
    return np.zeros(len(valid))
