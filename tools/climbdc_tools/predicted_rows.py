"""Predictions of quick models for rows they have not seen, put together from all folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, NotApplicable, Treat
from climbdc_tools.folds import Examined, Part, examined
from climbdc_tools.model_matrix import matrices
from climbdc_tools.outcome import Array, groups
from climbdc_tools.quick_fit import predict

__all__ = ["PredictedRows", "predicted_rows", "risk_until"]


@dataclass(frozen=True)
class PredictedRows:
    """What each model said of rows it had not seen.

    Args:
        seen: What was examined.
        told: Model -> a frame by raw row number with the columns `p0`, `p1`, ...: the risk of the second class, of
            each class, the value, or the risk until the horizon.
        truth: The target by raw row number: `y0`, and in a survival study follow-up and event as `y0` and `y1`.
        clusters: Patient by raw row number; None where rows stand for themselves.
        horizon: In a survival study the time until which risks are meant.
    """

    seen: Examined
    told: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    clusters: Array | None
    horizon: float


def predicted_rows(data: Dataset, treat: Treat, models: Sequence[str], *, cap: int, folds: int) -> PredictedRows:
    """Cross-validated predictions, or those for the sealed rows where they are given.

    Raises:
        NotApplicable: There is no target, or there are too few rows.
    """
    seen = examined(data, treat, cap, folds)
    kind, classes = seen.target.kind, len(seen.target.classes) if seen.target.kind != "survival" else 0
    horizon = _horizon(seen)
    told: dict[str, list[pd.DataFrame]] = {model: [] for model in models}
    truth: list[pd.DataFrame] = []
    for part in seen.parts:
        if not len(part.held) or not len(part.train):
            continue
        truth.append(_frame(part.wanted, part.held.index, "y"))
        for model in models:
            found = _told(model, part, classes if kind in {"binary", "multiclass"} else 0, kind, horizon, data.seed)
            told[model].append(_frame(found.reshape(len(part.held), -1), part.held.index, "p"))
    if not truth:
        raise NotApplicable("None of the rows to examine is left after the treatment.")
    whole = pd.concat(truth)
    return PredictedRows(seen, {name: pd.concat(parts) for name, parts in told.items()}, whole,
                         _clusters(data, whole.index), horizon)  # fmt: skip


def _horizon(seen: Examined) -> float:
    """The middle of the times at which events were seen: half of the events lie before it."""
    if seen.target.duration is None or not seen.target.values.any():
        return 0.0
    return float(np.median(seen.target.duration[seen.target.values.astype(bool)]))


def _frame(values: Array, index: pd.Index[Any], letter: str) -> pd.DataFrame:
    return pd.DataFrame(values, index=index, columns=[f"{letter}{n}" for n in range(values.shape[1])])


def _told(model: str, part: Part, classes: int, kind: str, horizon: float, seed: int) -> Array:
    left, right, _ = matrices(part.train, part.held, part.columns, gaps=model == "boosting")
    if kind == "survival":
        return risk_until(left, part.truth, right, horizon, seed)
    truth = part.truth[:, 0].astype("int64" if classes else "float64")
    return predict(model, left, truth, right, classes, seed)


def risk_until(train: Array, truth: Array, valid: Array, horizon: float, seed: int) -> Array:
    """The risk of the event by a time: a Cox model with Breslow's baseline hazard (Biometrics 1974;30:89).

    Args:
        train: Matrix to learn from.
        truth: Follow-up and event, side by side.
        valid: Matrix to predict for.
        horizon: The time.
        seed: Passed on.
    """
    both = np.clip(predict("cox", train, truth, np.vstack([train, valid]), 0, seed), -50, 50)
    weight = np.exp(both[: len(train)])
    order = np.argsort(-truth[:, 0], kind="stable")
    times, events = truth[order, 0], truth[order, 1]
    at_risk = np.cumsum(weight[order])
    last = np.searchsorted(-times, -times, side="right") - 1  # all that end at the same time are at risk then
    hazard = float((events / at_risk[last])[times <= horizon].sum())
    return np.asarray(-np.expm1(-hazard * np.exp(both[len(train) :])))


def _clusters(data: Dataset, index: pd.Index[Any]) -> Array | None:
    frame = data.train if data.test is None else data.test
    codes = groups(Dataset(train=frame, roles=data.roles))
    if codes is None:
        return None
    return np.asarray(pd.factorize(pd.Series(codes, index=frame.index).reindex(index).to_numpy())[0])
