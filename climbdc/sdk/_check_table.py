"""The messy table that `check_tool` tries tools on: every common fault once, in 260 rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from climbdc.sdk._column import Column, Dictionary
from climbdc.sdk._dataset import Dataset
from climbdc.sdk._goal import Roles, Target

__all__ = ["odd_tables", "permute_outcomes", "renamed_params", "split_rows", "table"]

_ROWS = 240
_TWICE = 20
_ROLES: dict[str, Roles] = {
    "binary": Roles(kind="binary", target="died", patient="patient_id", visit_time="day"),
    "multiclass": Roles(kind="multiclass", target="stage", patient="patient_id", visit_time="day"),
    "numeric": Roles(kind="numeric", target="cost", patient="patient_id", visit_time="day"),
    "survival": Roles(
        kind="survival", target="died", event="died", duration="followup", patient="patient_id", visit_time="day"
    ),
    "none": Roles(patient="patient_id", visit_time="day"),
}


def table(targets: tuple[str, ...], seed: int) -> Dataset:
    """A dataset that holds what clinical files hold, with a target the tool understands.

    Args:
        targets: `targets` of the tool's declaration; the first one named is built.
        seed: Draws the values.
    """
    from climbdc.data import canonical

    kind: Target = next((name for name in ("binary", "multiclass", "numeric", "survival") if name in targets), "binary")
    frame = _values(np.random.default_rng(seed))
    frame = pd.concat([frame, frame.iloc[:_TWICE]], ignore_index=True)
    frame = canonical(frame)
    columns = [
        Column(name="age", type="integer", unit="years", known_at="before"),
        Column(name="sex", type="binary", known_at="before"),
        Column(name="note", type="text"),
        Column(name="patient_id", type="identifier"),
        Column(name="glucose", type="continuous", missing_codes=("-9",)),
        Column(name="discharged_to", type="categorical", meaning="place after discharge", known_at="after"),
    ]
    return Dataset(train=frame, roles=_ROLES[kind], dictionary=Dictionary(columns), seed=seed)


def _values(rng: np.random.Generator) -> pd.DataFrame:
    n = _ROWS
    age = rng.integers(18, 95, n)
    died = (rng.random(n) < 1 / (1 + np.exp((70 - age) / 6))).astype(int)
    glucose = np.where(rng.random(n) < 0.1, -9.0, np.round(rng.normal(6, 1.5, n), 1))
    day = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="D")
    return pd.DataFrame(
        {
            "patient_id": [f"P{1000 + i // 2}" for i in range(n)],
            "day": np.tile([0.0, 30.0], n // 2),
            "row_number": np.arange(n),
            "age": age,
            "sex": rng.choice(["male", "female", "Male ", "FEMALE", "f"], n, p=[0.4, 0.4, 0.1, 0.05, 0.05]),
            "glucose": glucose,
            "heart_rate": np.where(rng.random(n) < 0.08, 0, rng.integers(50, 120, n)),
            "creatinine": _with_gaps(rng, np.round(rng.lognormal(0, 0.4, n), 2), 0.2),
            "albumin": _with_gaps(rng, np.round(rng.normal(3.5, 0.5, n), 1), 0.9),
            "ferritin": rng.choice(["12,5", "<5", "1.250,0", "33", "n/a"], n),
            "admitted": pd.Series(day).where(rng.random(n) > 0.1),
            "seen": pd.Series(day).dt.strftime("%d/%m/%Y").where(rng.random(n) < 0.7, "2021-05-17"),
            "Größe (cm)": np.round(rng.normal(170, 10, n)),
            "größe_mm": 0.0,
            "診断": rng.choice(["肺炎", "心不全", "Ärger", "?"], n),
            "ward": rng.choice([f"ward {i}" for i in range(40)], n),
            "note": rng.choice(["no chest pain, sleeps well", "pain on exertion; wants to go home", ""], n),
            "site": "north",
            "empty": np.full(n, np.nan),
            "discharged_to": np.where(died == 1, "morgue", rng.choice(["home", "clinic"], n)),
            "stage": rng.choice(["I", "II", "III"], n, p=[0.6, 0.3, 0.1]),
            "cost": np.round(1000 + 30 * age + rng.normal(0, 200, n), 0),
            "followup": np.round(rng.exponential(400, n)) + 30,
            "died": _with_gaps(rng, died.astype(float), 0.02),
        }
    )


def _with_gaps(rng: np.random.Generator, values: np.ndarray[Any, Any], share: float) -> np.ndarray[Any, Any]:
    return np.where(rng.random(len(values)) < share, np.nan, values)


def split_rows(data: Dataset) -> tuple[Dataset, pd.DataFrame]:
    """The dataset with about two thirds of its rows, drawn by its seed, and the other rows."""
    chosen = np.random.default_rng(data.seed).random(len(data.train)) < 2 / 3
    return replace(data, train=data.train[chosen]), data.train[~chosen]


def permute_outcomes(data: Dataset) -> Dataset:
    """The same table with its outcomes dealt out anew; rows that were alike stay alike."""
    outcomes = [name for name in data.roles.outcomes if name in data.train.columns]
    frame = data.train.copy()
    if not outcomes or not len(frame):
        return data
    groups = pd.factorize(pd.util.hash_pandas_object(frame, index=False))[0]
    first = np.unique(groups, return_index=True)[1]
    order = np.random.default_rng(data.seed + 1).permutation(len(first))
    for name in outcomes:
        frame[name] = frame[name].array[first[order][groups]]
    return replace(data, train=frame)


def odd_tables(data: Dataset, params: Mapping[str, Any]) -> dict[str, tuple[Dataset, Mapping[str, Any]]]:
    """Tables that break careless tools, each with the params that go with its column names."""
    train = data.train
    features = data.features
    missing, constant, empty = train.copy(), train.copy(), train.iloc[:0]
    for name in features:
        missing[name] = train[name].where(np.zeros(len(train), dtype=bool))
        present = train[name].dropna()
        constant[name] = present.iloc[np.zeros(len(train), dtype=int)].array if len(present) else train[name]
    names = {str(name): f"{name} \u6e2c\u5b9a {{é}}%" for name in train.columns}
    foreign = _renamed(data, names)
    bare = replace(data, roles=Roles())
    return {
        "no rows": (replace(data, train=empty), params),
        "one row": (replace(data, train=train.iloc[:1]), params),
        "all cells missing": (replace(data, train=missing), params),
        "constant columns": (replace(data, train=constant), params),
        "non-English names": (foreign, renamed_params(params, names)),
        "no target and no roles": (bare, params),
        "no columns": (Dataset(train=train[[]], seed=data.seed), params),
    }


def _renamed(data: Dataset, names: dict[str, str]) -> Dataset:
    roles = Roles.model_validate(
        renamed_params(data.roles.model_dump(exclude={"kind"}), names) | {"kind": data.roles.kind}
    )
    columns = [
        column.model_copy(update={"name": names[name]}) for name, column in data.dictionary.items() if name in names
    ]
    return replace(data, train=data.train.rename(columns=names), roles=roles, dictionary=Dictionary(columns))


def renamed_params(params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Params with column names replaced wherever they stand, as keys or as values.

    >>> renamed_params({"columns": {"age": {"to": "number"}}, "by": ["age"]}, {"age": "alter"})
    {'columns': {'alter': {'to': 'number'}}, 'by': ['alter']}
    """

    def walk(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {names.get(key, key): walk(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(walk(item) for item in value)
        return names.get(value, value) if isinstance(value, str) else value

    return {key: walk(value) for key, value in params.items()}
