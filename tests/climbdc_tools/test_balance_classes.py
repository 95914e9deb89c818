"""Classes are balanced in the rows that are learnt from and nowhere else, and calibration pays for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from climbdc.data import canonical
from climbdc.recipe import StepSpec, refit
from climbdc.registry import registry
from climbdc.sdk import Dataset, Metric, NotApplicable, Roles, ToolError, check_tool
from climbdc_tools.balance_classes import BalanceClasses
from climbdc_tools.quick_models import QuickModels

WAYS = ["oversample", "undersample", "smote"]


def tumours(every: int = 8) -> Dataset:
    """The breast cancer data with few of the malignant left, so that they are rare."""
    frame = load_breast_cancer(as_frame=True).frame
    rare = np.flatnonzero(frame["target"] == 0)
    frame = frame.drop(index=frame.index[np.setdiff1d(rare, rare[::every])])
    frame["sex"] = np.where(np.arange(len(frame)) % 3 == 0, "m", "f")
    frame = canonical(frame.reset_index(drop=True))
    return Dataset(frame, Roles(kind="binary", target="target"), seed=3)


def balanced(data: Dataset, **params: Any) -> pd.DataFrame:
    tool = BalanceClasses(params)
    return tool.apply(data.train, tool.fit(data), data.roles)


@pytest.mark.parametrize("method", WAYS)
def test_the_classes_come_out_even(method: str) -> None:
    data = tumours()
    treated = balanced(data, method=method)
    assert treated["target"].value_counts().nunique() == 1
    assert (len(treated) > len(data.train)) == (method != "undersample")
    old = treated[treated.index >= 0]
    pd.testing.assert_frame_equal(old, data.train.loc[old.index])


@pytest.mark.parametrize("method", ["oversample", "smote"])
def test_made_rows_have_numbers_of_their_own(method: str) -> None:
    data = tumours()
    treated = balanced(data, method=method, ratio=0.5)
    made = treated[treated.index < 0]
    assert treated.index.is_unique and len(made) == len(treated) - len(data.train) > 0
    assert set(made["target"]) == {0} and set(made["sex"]) <= {"m", "f"}
    alike = made.merge(data.train, how="inner").shape[0]
    assert alike == (len(made) if method == "oversample" else 0)


def test_smote_stays_between_its_neighbours() -> None:
    data = tumours()
    rare = data.train[data.train["target"] == 0]
    made = balanced(data, method="smote").loc[lambda frame: frame.index < 0]
    for name in ("mean radius", "mean texture", "worst area"):
        assert made[name].between(rare[name].min(), rare[name].max()).all()


@pytest.mark.parametrize("method", WAYS)
def test_known_mistake_balancing_before_the_split(method: str) -> None:
    """Held-out rows are as they were in every fold, however train is balanced: no row is on both sides."""
    data = tumours()
    learn, held = data.train.iloc[::2], data.train.iloc[1::2]
    step = StepSpec(id="S01", tool="balance_classes", params={"method": method})
    treated, others = refit(registry(), Dataset(learn, data.roles, seed=3), [step], {"held": held})
    pd.testing.assert_frame_equal(others["held"], held)
    assert treated.train["target"].value_counts().nunique() == 1
    assert treated.train.merge(held, how="inner").empty


def test_calibration_pays_for_it() -> None:
    data = tumours()

    def brier(steps: list[StepSpec]) -> float:
        def treat(train: pd.DataFrame, valid: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
            done, others = refit(registry(), Dataset(train, data.roles, seed=3), steps, {"valid": valid})
            return done.train, others["valid"]

        hard = Dataset(data.train[["mean smoothness", "mean symmetry", "target"]], data.roles, seed=3)
        metrics = QuickModels({"models": ["logistic"], "folds": 3}).measure(hard, treat)
        assert not isinstance(metrics, NotApplicable)
        return next(metric.value for metric in metrics if isinstance(metric, Metric) and metric.name == "brier")

    plain = brier([])
    assert brier([StepSpec(id="S01", tool="balance_classes", params={})]) > plain * 1.2


def test_what_cannot_be_done_is_said() -> None:
    data = tumours()
    gaps = data.train.assign(**{"mean radius": data.train["mean radius"].where(data.train.index > 0)})
    with pytest.raises(ToolError, match="gaps in mean radius"):
        balanced(Dataset(canonical(gaps), data.roles), method="smote")
    visits = data.train.assign(who=np.arange(len(data.train)) // 2)
    roles = Roles(kind="binary", target="target", patient="who")
    with pytest.raises(ToolError, match="several rows"):
        balanced(Dataset(canonical(visits), roles), method="smote")
    with pytest.raises(ToolError, match="more than 5"):
        balanced(tumours(every=60), method="smote")
    with pytest.raises(NotApplicable):
        BalanceClasses({"ratio": 0.05}).fit(data)


def test_a_made_patient_has_an_id_of_its_own() -> None:
    data = tumours()
    named = canonical(data.train.assign(who=[f"p{k}" for k in range(len(data.train))]))
    treated = balanced(Dataset(named, Roles(kind="binary", target="target", patient="who")), method="smote")
    assert treated["who"].is_unique


@pytest.mark.parametrize("method", WAYS)
def test_rules(method: str) -> None:
    check_tool(BalanceClasses, params={"method": method}).raise_if_bad()


def test_a_made_row_has_no_number_in_the_results(tmp_path: Path) -> None:
    from climbdc.report._values import write_table

    data = tumours()
    write_table(balanced(data), tmp_path / "data", [])
    for table in (pd.read_csv(tmp_path / "data.csv"), pd.read_parquet(tmp_path / "data.parquet")):
        assert table["_row"].isna().sum() == len(table) - len(data.train) > 0
        assert table["_row"].dropna().astype("int64").tolist() == list(range(len(data.train)))
