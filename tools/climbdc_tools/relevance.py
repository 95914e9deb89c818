"""Which columns of a matrix tell something of an outcome, with the error of the choice under control."""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np
import numpy.typing as npt

from climbdc_tools.outcome import Array, Outcome

__all__ = ["all_relevant", "martingale_residuals", "stable"]

_ROUNDS = 40
_PAIRS = 50
_SHARE = 0.75  # of the halves in which a column has to be among the first (Meinshausen and Buehlmann: .6 to .9)


def all_relevant(matrix: Array, wanted: Array, classes: bool, seed: int) -> npt.NDArray[np.bool_]:
    """Columns that a forest uses more than shuffled copies; what is undecided at the end has not shown it."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from boruta import BorutaPy

        forest = (RandomForestClassifier if classes else RandomForestRegressor)(
            max_depth=5, n_jobs=1, random_state=seed, **({"class_weight": "balanced"} if classes else {})
        )
        search = BorutaPy(forest, n_estimators=60, max_iter=_ROUNDS, random_state=seed, verbose=0)
        with contextlib.redirect_stdout(io.StringIO()):
            search.fit(matrix, wanted.astype("int64") if classes else wanted)
    return np.asarray(search.support_, dtype=bool)


def stable(matrix: Array, wanted: Array, target: Outcome, false_columns: float, seed: int) -> npt.NDArray[np.bool_]:
    """Columns that come first on the lasso's path in most random halves.

    The number of columns taken from each half follows from the wanted bound, E(V) <= q^2 / ((2 pi - 1) p).

    Args:
        matrix: Standardised columns.
        wanted: The outcome as numbers, or the number of the class.
        target: Its kind and classes.
        false_columns: Columns without signal that may be chosen on average.
        seed: Draws the halves.
    """
    columns = matrix.shape[1]
    take = max(1, int(np.sqrt((2 * _SHARE - 1) * columns * false_columns)))
    many = target.kind == "multiclass"
    outcomes = [(wanted == k).astype("float64") for k in range(len(target.classes))] if many else [wanted]
    rng = np.random.default_rng(seed)
    often = np.zeros((len(outcomes), columns))
    for _ in range(_PAIRS):
        order = rng.permutation(len(matrix))
        for half in (order[: len(order) // 2], order[len(order) // 2 :]):
            for place, values in enumerate(outcomes):
                often[place, _first(matrix[half], values[half], take)] += 1
    return np.asarray((often / (2 * _PAIRS) >= _SHARE).any(axis=0))


def _first(matrix: Array, wanted: Array, take: int) -> list[int]:
    """The columns that enter the lasso's path first."""
    from sklearn.linear_model import lars_path

    centred = wanted - wanted.mean()
    if not centred.any():
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, active, _ = lars_path(matrix - matrix.mean(axis=0), centred, method="lasso", max_iter=take)
    return [int(place) for place in active]


def martingale_residuals(duration: Array, event: Array) -> Array:
    """Events beyond what was to be expected of each patient's follow-up, as numbers to learn (Therneau 1990).

    The residual of the model without covariates: event minus Nelson and Aalen's cumulative hazard.

    >>> martingale_residuals(np.array([1.0, 2.0]), np.array([1, 1])).round(2).tolist()
    [0.5, -0.5]
    """
    times = np.unique(duration)
    at_risk = len(duration) - np.searchsorted(np.sort(duration), times, side="left")
    events = np.bincount(np.searchsorted(times, duration), weights=event, minlength=len(times))
    hazard = np.cumsum(events / at_risk)
    return np.asarray(event - hazard[np.searchsorted(times, duration)], dtype="float64")
