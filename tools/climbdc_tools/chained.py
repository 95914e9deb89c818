"""Chained equations: each column with gaps is predicted from the others, in turn, until nothing moves."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Chain", "Matrix", "chain_of", "fill", "fit_chain", "tables_of"]

Matrix = npt.NDArray[np.float64]

_ROUNDS = 10
_WIDE = 30
_NEAREST = 20


class Chain(NamedTuple):
    """A fitted chain: start values and bounds of each column, and one linear step after another."""

    start: Matrix
    low: Matrix
    high: Matrix
    target: npt.NDArray[np.int64]
    """Which column each step fills."""
    intercept: Matrix
    step: npt.NDArray[np.int64]
    """Which step each weight belongs to, in order."""
    source: npt.NDArray[np.int64]
    """Which column each weight applies to."""
    weight: Matrix


def fit_chain(matrix: Matrix, seed: int, rounds: int = _ROUNDS) -> tuple[Any, Chain]:
    """Fit scikit-learn's `IterativeImputer` (Bayesian ridge) and take its equations out of it.

    With more than 30 columns each is predicted from 20, drawn in proportion to their correlation.

    Args:
        matrix: Rows by columns, centred and scaled, NaN where missing; no column is empty or constant.
        seed: Draws the predictors of wide tables.
        rounds: How often each column is predicted at most.

    Returns:
        The fitted imputer, and its equations.
    """
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer
    from sklearn.linear_model import BayesianRidge

    low, high = np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0)
    imputer = IterativeImputer(
        BayesianRidge(),
        max_iter=rounds,
        n_nearest_features=_NEAREST if matrix.shape[1] > _WIDE else None,
        initial_strategy="median",
        skip_complete=True,
        min_value=low,
        max_value=high,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not having settled after the rounds is no fault: the equations stand
        imputer.fit(matrix)
    return imputer, _equations(imputer, low, high)


def _equations(imputer: Any, low: Matrix, high: Matrix) -> Chain:
    steps = imputer.imputation_sequence_
    weights = [np.asarray(step.estimator.coef_, dtype="float64") for step in steps]
    return Chain(
        start=np.asarray(imputer.initial_imputer_.statistics_, dtype="float64"),
        low=low,
        high=high,
        target=np.array([step.feat_idx for step in steps], dtype="int64"),
        intercept=np.array([step.estimator.intercept_ for step in steps], dtype="float64"),
        step=np.repeat(np.arange(len(steps)), [len(weight) for weight in weights]).astype("int64"),
        source=np.concatenate([*(step.neighbor_feat_idx for step in steps), []]).astype("int64"),
        weight=np.concatenate([*weights, np.zeros(0)]),
    )


def fill(matrix: Matrix, chain: Chain) -> Matrix:
    """The matrix without gaps, as scikit-learn's `transform` gives it.

    Sums are taken column by column, so that a row's result is the same to the last bit whatever rows come with it.
    """
    gaps = np.isnan(matrix)
    filled = np.asfortranarray(np.where(gaps, chain.start, matrix))
    rows = [np.flatnonzero(gaps[:, column]) for column in range(matrix.shape[1])]
    ends = np.searchsorted(chain.step, np.arange(len(chain.target) + 1))
    for number, column in enumerate(chain.target):
        if len(rows[column]):
            part = slice(ends[number], ends[number + 1])
            value = np.full(len(rows[column]), chain.intercept[number])
            for source, weight in zip(chain.source[part], chain.weight[part], strict=True):
                value += filled[rows[column], source] * weight
            filled[rows[column], column] = np.clip(value, chain.low[column], chain.high[column])
    return filled


def tables_of(chain: Chain) -> dict[str, pd.DataFrame]:
    """The chain as three tables that can be kept."""
    parts: dict[str, dict[str, Any]] = {
        "bounds": {"start": chain.start, "low": chain.low, "high": chain.high},
        "steps": {"target": chain.target, "intercept": chain.intercept},
        "weights": {"step": chain.step, "source": chain.source, "weight": chain.weight},
    }
    return {name: pd.DataFrame(part).rename_axis("_row") for name, part in parts.items()}


def chain_of(tables: dict[str, Any]) -> Chain:
    """The chain of such tables."""
    bounds, steps, weights = tables["bounds"], tables["steps"], tables["weights"]
    columns = [
        *(bounds[name] for name in ("start", "low", "high")),
        *(steps[name] for name in ("target", "intercept")),
        *(weights[name] for name in ("step", "source", "weight")),
    ]
    return Chain(*(column.to_numpy() for column in columns))
