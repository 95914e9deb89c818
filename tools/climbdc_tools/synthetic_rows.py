"""Rows between neighbours of one class (SMOTE-NC: Chawla et al., J Artif Intell Res 2002;16:321)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from climbdc.sdk import Roles, ToolError

__all__ = ["interpolated"]

_NEIGHBOURS = 5


def interpolated(known: pd.DataFrame, name: str, wanted: dict[object, int], roles: Roles, seed: int) -> pd.DataFrame:
    """Made rows alone, with the columns of `known`.

    Numbers and dates lie between two neighbours, whole numbers are rounded; text and columns of two values are those of
    most neighbours. A made patient has an id of their own.

    Raises:
        ToolError: There are gaps, or too few rows of a class, or several rows of a patient.
    """
    features = roles.features([str(column) for column in known.columns])
    _possible(known, name, features, wanted, roles)
    codes, levels = pd.factorize(known[name], sort=True)
    places = {label: place for place, label in enumerate(levels)}
    matrix, categorical = _matrix(known[features])
    counts = {places[label]: rows for label, rows in wanted.items()}
    made, labels = _sampler(categorical, matrix.shape[1], counts, seed).fit_resample(matrix, codes)
    made, labels = made[len(known) :], labels[len(known) :]
    columns = {column: _back(made[:, place], known[column]) for place, column in enumerate(features)}
    columns[name] = pd.Series(levels[labels], dtype=known[name].dtype)
    for column in known.columns:
        if column not in columns:
            columns[str(column)] = _own(known[column], len(made), column == roles.patient)
    return pd.DataFrame(columns)[list(known.columns)]


def _possible(known: pd.DataFrame, name: str, features: list[str], wanted: dict[object, int], roles: Roles) -> None:
    gaps = [column for column in features if known[column].isna().any()]
    if gaps or not features:
        told = f"there are gaps in {', '.join(gaps[:5])}" if gaps else "there are no features"
        raise ToolError(f"No rows can be made: {told}.", fix="Impute first, or repeat rows.", code="gaps-left")
    if roles.patient in known.columns and known[roles.patient].duplicated().any():
        raise ToolError(
            "No rows can be made where patients have several rows.",
            fix="Repeat rows, or merge the visits first.",
            code="several-rows",
        )
    few = min(int((known[name] == label).sum()) for label in wanted)
    if few <= _NEIGHBOURS:
        raise ToolError(
            f"The rarest class has {few} rows; more than {_NEIGHBOURS} are needed to make rows between them.",
            fix="Repeat rows instead.",
            code="too-few-rows",
        )


def _matrix(features: pd.DataFrame) -> tuple[np.ndarray, list[int]]:
    """Numbers, and the places of those that are codes of categories."""
    columns, categorical = [], []
    for place, name in enumerate(features.columns):
        column = features[name]
        if column.dtype.kind in "if" and column.nunique() > 2:
            columns.append(column.to_numpy(dtype="float64"))
        elif column.dtype.kind == "M":
            columns.append(column.astype("int64").to_numpy(dtype="float64"))
        else:
            columns.append(pd.factorize(column, sort=True)[0].astype("float64"))
            categorical.append(place)
    return np.column_stack(columns), categorical


def _sampler(categorical: list[int], width: int, counts: dict[int, int], seed: int) -> Any:
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    given = {"sampling_strategy": counts, "random_state": seed, "k_neighbors": _NEIGHBOURS}
    if not categorical:
        return SMOTE(**given)
    return SMOTEN(**given) if len(categorical) == width else SMOTENC(categorical_features=categorical, **given)


def _back(values: np.ndarray, column: pd.Series) -> pd.Series:
    if column.dtype.kind in "if" and column.nunique() > 2:
        return pd.Series(np.round(values) if column.dtype.kind == "i" else values).astype(column.dtype)
    if column.dtype.kind == "M":
        return pd.Series(np.round(values).astype("int64")).astype(column.dtype)
    levels = pd.factorize(column, sort=True)[1]
    return pd.Series(levels[np.round(values).astype("int64")], dtype=column.dtype)


def _own(column: pd.Series, rows: int, patient: bool) -> pd.Series:
    """A new id for each made patient, and nothing in other columns that are no features."""
    numbers = np.arange(1, rows + 1)
    if patient and column.dtype.kind in "if":
        return pd.Series(float(column.max()) + numbers).astype(column.dtype)
    if patient:
        return pd.Series([f"made-{number}" for number in numbers], dtype=column.dtype)
    empty = pd.Series(np.full(rows, np.nan))
    return empty if column.dtype.kind in "if" else empty.astype(column.dtype)
