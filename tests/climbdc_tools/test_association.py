"""One scale of strength for all kinds of columns and targets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from climbdc.data import canonical
from climbdc.sdk import Dataset, Roles
from climbdc_tools.association import auc, levels, strength
from climbdc_tools.outcome import Array, groups, outcome

ROWS = 600


def made(**columns: object) -> Dataset:
    return Dataset(canonical(pd.DataFrame(columns)), Roles(kind="binary", target="y"))


def binary() -> Array:
    return np.random.default_rng(0).integers(0, 2, ROWS)


def value(data: Dataset, name: str) -> float:
    target = outcome(data)
    assert target is not None
    return strength(data.train[name], target, groups(data)).value


def test_auc_agrees_with_sklearn_on_ties() -> None:
    generator = np.random.default_rng(1)
    scores, labels = generator.integers(0, 5, 300).astype(float), generator.integers(0, 2, 300)
    assert auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_noise_is_weak_and_a_copy_is_certain() -> None:
    y = binary()
    data = made(y=y, noise=np.random.default_rng(2).normal(size=ROWS), copy=1 - y, word=np.where(y, "ja", "nein"))
    assert value(data, "noise") < 0.57
    assert value(data, "copy") == value(data, "word") == 1.0


def test_a_u_shape_is_seen() -> None:
    x = np.random.default_rng(3).normal(size=ROWS)
    assert value(made(y=(np.abs(x) > 0.7).astype(int), x=x), "x") > 0.95


def test_a_value_of_its_own_for_each_patient_is_not_learnt_by_heart() -> None:
    y = np.repeat(np.random.default_rng(4).integers(0, 2, 60), 10)
    patient = np.repeat(np.arange(60), 10)
    # Few enough distinct values to be levels: without folds by patient this would be 1.
    frame = canonical(pd.DataFrame({"y": y, "patient": patient, "height": patient % 45 + 150.5}))
    data = Dataset(frame, Roles(kind="binary", target="y", patient="patient"))
    assert value(data, "height") < 0.75


@pytest.mark.parametrize(("kind", "least"), [("multiclass", 0.95), ("numeric", 0.95)])
def test_other_targets(kind: str, least: float) -> None:
    x = np.random.default_rng(5).normal(size=ROWS)
    y = np.digitize(x, [-0.5, 0.5]) if kind == "multiclass" else np.exp(x)
    data = Dataset(canonical(pd.DataFrame({"x": x, "y": y})), Roles(kind=kind, target="y"))  # type: ignore[arg-type]
    assert value(data, "x") > least


def test_gaps_are_no_level() -> None:
    cut = levels(canonical(pd.DataFrame({"x": ["a", None, "b"]}))["x"])
    assert cut.codes.tolist()[1] == -1 and (np.array(cut.codes) >= 0).sum() == 2
