"""Quick models, each fitted on one matrix and asked about another."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from climbdc_tools.outcome import Array

__all__ = ["MODELS", "boosted", "predict", "threads"]

MODELS: dict[str, tuple[str, ...]] = {
    "binary": ("logistic", "boosting"),
    "multiclass": ("logistic", "boosting"),
    "numeric": ("ridge", "boosting"),
    "survival": ("cox",),
}
"""Which models understand which kind of target."""

_PENALTIES = (0.1, 1.0, 10.0)


def predict(model: str, train: Array, truth: Array, valid: Array, classes: int, seed: int) -> Array:
    """What the model says of `valid` after learning from `train`.

    Args:
        model: One of `MODELS`.
        train: Matrix to learn from.
        truth: Its target: class numbers, values, or durations and events side by side.
        valid: Matrix to predict for.
        classes: Number of classes; 0 for numbers and survival.
        seed: For whatever the model draws.

    Returns:
        A probability for the second class, for each of several classes, a value, or a log risk.
    """
    # One thread: sums come out alike on every machine, and small tables are faster without waiting for others.
    with threads().limit(limits=1, user_api="openmp"):
        return _predicted(model, train, truth, valid, classes, seed)


def boosted(train: Array, truth: Array, classes: int, seed: int) -> Any:
    """The boosting model of `predict`, fitted, for those who look inside it; see there."""
    with threads().limit(limits=1, user_api="openmp"):
        if classes:
            return _classifier("boosting", seed, _wide(train), truth)
        return _regressor("boosting", seed).fit(_wide(train), truth)


@cache
def threads() -> Any:
    """The thread pools, found once: a sandbox closes the file that lists them, so tools call this as they warm up."""
    import sklearn.ensemble  # noqa: F401  # its pools are there to be found once it is imported
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


def _predicted(model: str, train: Array, truth: Array, valid: Array, classes: int, seed: int) -> Array:
    if model == "cox":
        return _cox(train, truth, valid)
    if not classes:
        return np.asarray(_regressor(model, seed).fit(_wide(train), truth).predict(_wide(valid)), dtype="float64")
    seen = np.unique(truth)
    told = np.zeros((len(valid), classes))
    if len(seen) < 2:
        told[:, seen] = 1.0
    else:
        told[:, seen] = _classifier(model, seed, _wide(train), truth).predict_proba(_wide(valid))
    return told[:, 1] if classes == 2 else told


def _wide(matrix: Array) -> Array:
    """At least one column: a table without any feature still has a base rate."""
    return matrix if matrix.shape[1] else np.zeros((len(matrix), 1))


def _regressor(model: str, seed: int) -> Any:
    if model == "ridge":
        from sklearn.linear_model import Ridge

        return Ridge(alpha=1.0)
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        max_iter=80, max_leaf_nodes=15, learning_rate=0.08, early_stopping=False, random_state=seed
    )


def _classifier(model: str, seed: int, train: Array, truth: Array) -> Any:
    if model == "boosting":
        from sklearn.ensemble import HistGradientBoostingClassifier

        boosting = HistGradientBoostingClassifier(
            max_iter=80, max_leaf_nodes=15, learning_rate=0.08, early_stopping=False, random_state=seed
        )
        return boosting.fit(train, truth)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a rough optimum is good enough for a comparison
        return LogisticRegression(C=1.0, max_iter=300).fit(train, truth)


def _cox(train: Array, truth: Array, valid: Array) -> Array:
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning, StatisticalWarning

    names = [f"x{i}" for i in range(train.shape[1])]
    if not names or not truth[:, 1].any():
        return np.zeros(len(valid))
    frame = pd.DataFrame(train, columns=names).assign(duration=np.maximum(truth[:, 0], 1e-9), event=truth[:, 1])
    with warnings.catch_warnings():
        for kind in (ConvergenceWarning, StatisticalWarning):
            warnings.simplefilter("ignore", kind)
        for penalty in _PENALTIES:
            try:
                fitted = CoxPHFitter(penalizer=penalty).fit(frame, "duration", "event")
            except ConvergenceError:  # collinear columns: more ridge makes the optimum unique
                continue
            risk = fitted.predict_log_partial_hazard(pd.DataFrame(valid, columns=names)).to_numpy(dtype="float64")
            return np.asarray(np.nan_to_num(risk))
    return np.zeros(len(valid))
