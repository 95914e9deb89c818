"""Outcomes are made wrong in the rows learnt from only, and the score falls as it must."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import datasets as studies
from sklearn.datasets import load_diabetes, load_wine

from climbdc.data import canonical
from climbdc.registry import registry, sentence
from climbdc.sdk import Dataset, Finding, Metric, NotApplicable, Roles
from climbdc_tools.stress_labels import StressLabels
from climbdc_tools.wrong_labels import with_wrong

Frames = tuple[pd.DataFrame, pd.DataFrame]


def as_is(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
    return train, valid


def measure(data: Dataset, treat: Any = as_is, **params: Any) -> tuple[list[Metric], Finding]:
    tool = StressLabels(params)
    metrics = tool.measure(data, treat)
    assert not isinstance(metrics, NotApplicable)
    (finding,) = tool.conclude(data, metrics)
    return metrics, finding


@pytest.fixture(scope="module")
def support2(bench_data: Path) -> Dataset:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    later = ("death", "d.time", "sfdm2", "dnr", "dnrday", "prg2m", "prg6m", "surv2m", "surv6m", "aps", "sps")
    costs = ("slos", "charges", "totcst", "totmcst", "sno")
    return Dataset(frame, Roles(kind="binary", target="hospdead", ignored=(*later, *costs)))


def test_what_one_wrong_outcome_in_ten_costs_on_support2(support2: Dataset) -> None:
    metrics, finding = measure(support2)
    told = {metric.model: metric.value for metric in metrics}
    assert 0.84 < told["as recorded"] < 0.9
    assert told["as recorded"] > told["either way 10%"] > told["either way 20%"] > told["either way 40%"] > 0.5
    assert finding.kind == "steady" and 0.005 < finding.evidence["drop"] < 0.04
    words = sentence({**finding.to_json(), "tool": "stress_labels"}, registry())
    assert words.startswith("If 10% of the outcomes learnt from were wrong, the area under the ROC curve would be 0.8")
    (figure,) = finding.figures
    assert figure.data["x"] == [0.0, 0.05, 0.1, 0.2, 0.3, 0.4] and set(figure.data["series"]) == {
        "either way",
        "missed",
    }
    assert measure(support2)[0] == metrics


def test_rows_that_are_scored_keep_their_outcomes(support2: Dataset) -> None:
    """Every frame that is examined has the outcomes of the file; those learnt from have as many wrong as told."""
    wrong: list[float] = []

    def treat(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
        recorded = support2.train["hospdead"]
        assert (valid["hospdead"] == recorded.loc[valid.index]).all()
        assert not set(train.index) & set(valid.index)
        wrong.append(float((train["hospdead"] != recorded.loc[train.index]).mean()))
        return train, valid

    measure(support2, treat)
    assert len(wrong) == 6 and wrong[0::2] == [0.0] * 3  # twice a fold: recorded, and the worst
    np.testing.assert_allclose(wrong[1::2], 0.4, atol=0.05)


def test_a_recipe_that_learns_from_outcomes_learns_the_wrong_ones(support2: Dataset) -> None:
    """A column made of the outcomes is made anew for each draw; otherwise it would carry the right ones along."""
    calls: list[float] = []

    def treat(train: pd.DataFrame, valid: pd.DataFrame) -> Frames:
        rates = train.groupby("dzgroup")["hospdead"].mean()
        calls.append(float(train["hospdead"].mean()))
        return train.assign(rate=train["dzgroup"].map(rates)), valid.assign(rate=valid["dzgroup"].map(rates))

    metrics, _ = measure(support2, treat, shares=[0.1, 0.4], folds=2)
    assert len(calls) == 2 * (1 + 1 + 3)  # recorded, the worst, and the other three of two ways and two shares
    assert metrics[-1].value < metrics[0].value


@pytest.mark.parametrize(
    ("load", "kind", "ways"),
    [(load_wine, "multiclass", {"either way", "missed"}), (load_diabetes, "numeric", {"noise"})],
)
def test_other_targets(load: Any, kind: Any, ways: set[str]) -> None:
    data = Dataset(canonical(load(as_frame=True).frame), Roles(kind=kind, target="target"))
    metrics, finding = measure(data, repeats=2)
    assert {metric.detail["way"] for metric in metrics[1:]} == ways
    assert finding.kind in {"steady", "fragile"} and metrics[0].value > metrics[-1].value - 0.02


def test_survival() -> None:
    data = Dataset(
        canonical(studies.load_gbsg2()), Roles(kind="survival", target="cens", event="cens", duration="time")
    )
    metrics, finding = measure(data, shares=[0.1, 0.4])
    assert {metric.name for metric in metrics} == {"concordance"} and 0.64 < metrics[0].value < 0.72
    assert finding.evidence["told"].startswith("of the patients learnt from had an event")


def test_a_result_that_hangs_on_few_outcomes_is_called_fragile() -> None:
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(generator.normal(size=(1000, 60)), columns=[f"x{i}" for i in range(60)])
    frame["y"] = (2 * frame["x0"] + generator.normal(size=1000) > 3.2).astype(int)
    data = Dataset(canonical(frame), Roles(kind="binary", target="y"))
    metrics, finding = measure(data, repeats=8)
    assert finding.kind == "fragile" and finding.severity == "minor"
    assert finding.evidence["drop"] > 0.2 * (metrics[0].value - 0.5)


def test_where_there_is_no_signal_there_is_nothing_to_lose() -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"x": generator.normal(size=200), "y": np.arange(200) % 2})
    _, finding = measure(Dataset(canonical(frame), Roles(kind="binary", target="y")))
    assert finding.kind == "nothing-to-lose"


@pytest.mark.parametrize("values", [[0, 1] * 500, ["no", "yes"] * 500, ["I", "II", "III", "I"] * 250])
def test_as_many_outcomes_are_wrong_as_told(values: list[Any]) -> None:
    column = canonical(pd.DataFrame({"y": values}))["y"]
    wrong = {share: with_wrong(column, "either way", share, np.random.default_rng(0)) != column for share in (0.1, 0.3)}
    assert abs(wrong[0.1].mean() - 0.1) < 0.03 and abs(wrong[0.3].mean() - 0.3) < 0.04
    assert (wrong[0.3] | ~wrong[0.1]).all()  # the same rows and more
    assert with_wrong(column, "either way", 0.3, np.random.default_rng(0)).dtype == column.dtype
    missed = with_wrong(column, "missed", 0.3, np.random.default_rng(0))
    usual = column.value_counts().sort_index().idxmax()
    assert (missed[missed != column] == usual).all() and abs((missed != column)[column != usual].mean() - 0.3) < 0.06


def test_noise_is_the_share_of_the_variance_that_was_asked_for() -> None:
    column = pd.Series(np.random.default_rng(0).normal(size=20_000))
    noisy = with_wrong(column, "noise", 0.3, np.random.default_rng(1))
    assert abs(1 - np.corrcoef(column, noisy)[0, 1] ** 2 - 0.3) < 0.02


def test_missed_events_of_a_study_are_events_even_where_they_are_the_rule() -> None:
    event = pd.Series([1] * 90 + [0] * 10)
    missed = with_wrong(event, "missed", 0.4, np.random.default_rng(0), event=True)
    assert (missed <= event).all() and 0.2 < (missed != event).mean() < 0.5


def test_it_says_when_it_does_not_apply(support2: Dataset) -> None:
    tool = StressLabels({})
    assert isinstance(tool.measure(replace(support2, roles=Roles()), as_is), NotApplicable)
    assert isinstance(tool.measure(replace(support2, train=support2.train.iloc[:5]), as_is), NotApplicable)
    assert isinstance(tool.measure(replace(support2, test=support2.train), as_is), NotApplicable)
