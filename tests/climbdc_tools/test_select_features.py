"""What carries signal stays, what does not goes, and the choice is made inside each fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import datasets as studies
from sklearn.datasets import load_breast_cancer, load_diabetes

from climbdc.data import canonical
from climbdc.recipe import StepSpec, refit
from climbdc.registry import registry
from climbdc.sdk import Dataset, NotApplicable, Roles, check_tool
from climbdc_tools.quick_models import QuickModels
from climbdc_tools.select_features import SelectFeatures

NOISE = [f"noise {number}" for number in range(12)]


def with_noise(frame: pd.DataFrame, roles: Roles) -> Dataset:
    rng = np.random.default_rng(11)
    noise = pd.DataFrame(rng.normal(size=(len(frame), len(NOISE))), columns=NOISE, index=frame.index)
    return Dataset(canonical(pd.concat([frame, noise], axis=1)), roles, seed=1)


def cases() -> dict[str, Dataset]:
    tumours = load_breast_cancer(as_frame=True).frame[["mean radius", "worst concavity", "target"]]
    sugar = load_diabetes(as_frame=True).frame[["bmi", "s5", "bp", "target"]]
    gbsg = studies.load_gbsg2()[["pnodes", "progrec", "tsize", "time", "cens"]]
    grades = studies.load_gbsg2()[["progrec", "estrec", "tgrade"]]
    return {
        "binary": with_noise(tumours, Roles(kind="binary", target="target")),
        "numeric": with_noise(sugar, Roles(kind="numeric", target="target")),
        "survival": with_noise(gbsg, Roles(kind="survival", target="cens", event="cens", duration="time")),
        "multiclass": with_noise(grades, Roles(kind="multiclass", target="tgrade")),
    }


SIGNAL = {
    "binary": ["mean radius", "worst concavity"],
    "numeric": ["bmi", "s5"],
    "survival": ["pnodes", "progrec"],
    "multiclass": ["progrec"],
}


@pytest.mark.parametrize("kind", list(SIGNAL))
@pytest.mark.parametrize("method", ["all-relevant", "sparse"])
def test_signal_stays_and_noise_goes(kind: str, method: str) -> None:
    data = cases()[kind]
    dropped = SelectFeatures({"method": method}).fit(data)["dropped"]
    assert [name for name in SIGNAL[kind] if name in dropped] == []
    # one is what the short list may hold on average; Boruta gives no such bound
    assert len(set(NOISE) - set(dropped)) <= (1 if method == "sparse" else 2)


@pytest.mark.parametrize("method", ["all-relevant", "sparse"])
def test_where_all_is_noise_little_stays(method: str) -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"y": rng.integers(0, 2, 300)})
    data = with_noise(frame, Roles(kind="binary", target="y"))
    try:
        kept = len(NOISE) - len(SelectFeatures({"method": method}).fit(data)["dropped"])
    except NotApplicable:
        kept = 0
    assert kept <= 2


def test_known_mistake_selection_outside_cross_validation() -> None:
    """On chance alone the score stays at chance, as each fold chooses anew; a choice on all rows looks splendid."""
    rng = np.random.default_rng(5)
    columns = [f"gene {number}" for number in range(300)]
    frame = pd.DataFrame(rng.normal(size=(80, 300)), columns=columns).assign(y=np.arange(80) % 2)
    data = Dataset(canonical(frame), Roles(kind="binary", target="y"), seed=0)

    def area(steps: Sequence[StepSpec], table: pd.DataFrame) -> float:
        def treat(train: pd.DataFrame, valid: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
            done, others = refit(registry(), Dataset(train, data.roles, seed=0), steps, {"valid": valid})
            return done.train, others["valid"]

        metrics: Any = QuickModels({"models": ["logistic"]}).measure(Dataset(table, data.roles, seed=0), treat)
        return float(next(metric.value for metric in metrics if metric.name == "auc"))

    strength = data.train[columns].corrwith(data.train["y"]).abs()
    mistaken = area([], data.train[[*strength.nlargest(10).index, "y"]])
    inside = area([StepSpec(id="S01", tool="select_features", params={"method": "sparse"})], data.train)
    assert inside < 0.62 and mistaken > 0.75


def test_rows_that_are_held_out_have_no_say() -> None:
    data = cases()["numeric"]
    learn, held = data.train.iloc[::2], data.train.iloc[1::2]
    step = StepSpec(id="S01", tool="select_features", params={"method": "sparse"})
    spoilt = held.assign(target=held["noise 0"] * 1000)
    chosen = [
        list(refit(registry(), Dataset(learn, data.roles, seed=1), [step], {"held": rows})[1]["held"].columns)
        for rows in (held, spoilt)
    ]
    assert chosen[0] == chosen[1] and "noise 0" not in chosen[0]


def test_columns_that_are_to_stay_stay() -> None:
    data = cases()["binary"]
    tool = SelectFeatures({"keep": ["noise 3"]})
    treated = tool.apply(data.train, tool.fit(data), data.roles)
    assert "noise 3" in treated and "target" in treated


def test_a_category_stays_or_goes_as_a_whole() -> None:
    data = cases()["binary"]
    told = np.where(data.train["target"] == 1, "benign looking", "odd")
    told = np.where(np.arange(len(told)) % 5 == 0, "not known", told)
    data = Dataset(canonical(data.train.assign(impression=told)), data.roles, seed=1)
    assert "impression" not in SelectFeatures().fit(data)["dropped"]


def test_when_it_does_not_apply() -> None:
    data = cases()["binary"]
    with pytest.raises(NotApplicable, match="Fewer than"):
        SelectFeatures().fit(Dataset(data.train.iloc[:30], data.roles))
    with pytest.raises(NotApplicable, match="no columns"):
        SelectFeatures().fit(Dataset(data.train[["target", "mean radius"]], data.roles))


@pytest.mark.parametrize("method", ["all-relevant", "sparse"])
def test_rules(method: str) -> None:
    check_tool(SelectFeatures, params={"method": method}).raise_if_bad()
