"""Groups in which a model errs are found without being named, and none are found where there are none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, Metric, NotApplicable, Roles, check_tool
from climbdc_tools.find_weak_subgroups import FindWeakSubgroups
from climbdc_tools.weak_groups import search

KEPT = ["age", "sex", "race", "num.co", "scoma", "meanbp", "crea", "dzclass", "hospdead"]


def plain(train: pd.DataFrame, held: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return train, held


def searched(data: Dataset, treat: Any = plain, **params: Any) -> tuple[Metric, list[Finding]]:
    tool = FindWeakSubgroups(params)
    metrics = tool.measure(data, treat)
    assert isinstance(metrics, list)
    found = tool.conclude(data, metrics)
    assert all(FindWeakSubgroups.says[one.kind].format(**one.evidence) for one in found)
    return metrics[0], found


def noise(seed: int, rows: int = 1000) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    labels = pd.DataFrame({f"c{n}": rng.choice(list("abc"), rows) for n in range(20)})
    return labels, rng.random(rows) ** 4  # skewed, as errors are


@pytest.fixture
def support(bench_data: Any) -> pd.DataFrame:
    return canonical(pd.read_csv(bench_data / "clinical" / "support2.csv")[KEPT])


def test_where_errors_are_chance_hardly_ever_a_group_is_confirmed() -> None:
    alarms, tempted = 0, 0
    for seed in range(100):
        groups = search(*noise(seed), None, seed).groups
        tempted += len(groups)
        alarms += any(group.chance < 0.05 for group in groups)
    assert tempted > 200, "one half alone would have named groups in nearly every table"
    assert alarms <= 9  # 5 of 100 expected; more than 9 in 3 of 100 such tests


def test_a_group_by_two_columns_is_found_among_more_than_a_thousand() -> None:
    labels, errors = noise(0, 4000)
    planted = ((labels["c3"] == "b") & (labels["c7"] == "c")).to_numpy()
    found = search(labels, errors + 0.4 * planted, None, 0)
    best = found.groups[0]
    assert set(best.literals) == {("c3", "b"), ("c7", "c")} and found.looked > 1000
    assert best.low < 0.4 < best.high and best.rows == planted.sum() and best.chance < 1e-6


def test_a_group_by_one_column_is_not_made_a_group_by_two() -> None:
    labels, errors = noise(1, 4000)
    best = search(labels, errors + 0.4 * (labels["c3"] == "b").to_numpy(), None, 0).groups[0]
    assert best.literals == (("c3", "b"),)


def test_copies_of_a_patient_are_no_proof() -> None:
    labels, errors = noise(2, 120)
    people = np.repeat(np.arange(120), 30)
    often = labels.loc[people].reset_index(drop=True)
    apart = search(often, errors[people], None, 0).groups
    together = search(often, errors[people], people, 0).groups
    assert min(group.chance for group in apart) < 1e-6
    assert all(group.chance > 0.001 for group in together)


def test_wrong_outcomes_planted_in_a_real_group_are_found_and_named(support: pd.DataFrame) -> None:
    women = ((support["sex"] == "female") & (support["age"] >= 80)).to_numpy()
    coin = np.random.default_rng(0).random(len(support)) < 0.5
    wrong = support.assign(hospdead=np.where(women & coin, 1 - support["hospdead"], support["hospdead"]))
    roles = Roles(kind="binary", target="hospdead")
    _, found = searched(Dataset(canonical(wrong), roles))
    named = {one.evidence["group"]: one for one in found}
    hit = named["age 80 and over and sex female"]
    assert (hit.kind, hit.severity, hit.columns) == ("weak", "minor", ("age", "sex"))
    assert hit.evidence["inside"] > hit.evidence["outside"] + 0.05 and hit.evidence["low"] > 0
    assert hit.rows is not None and set(hit.rows) == set(np.flatnonzero(women))
    assert found[0].figures[0].data["columns"][0] == "group"
    _, before = searched(Dataset(support, roles))
    assert "age 80 and over and sex female" not in {one.evidence.get("group") for one in before}


def test_a_group_that_is_only_harder_to_tell_is_for_information(support: pd.DataFrame) -> None:
    metric, found = searched(Dataset(support, Roles(kind="binary", target="hospdead")), cap=3000)
    assert metric.name == "brier" and metric.rows == 3000 and found[0].evidence["N"] == 9105
    harder = next(one for one in found if one.evidence["group"] == "dzclass ARF/MOSF")
    assert (harder.kind, harder.severity) == ("weak", "info") and "still does better" in harder.evidence["note"]
    weights = [one.severity for one in found]
    assert weights == sorted(weights, reverse=True), "where the model fails comes first"
    assert len(found) <= 3 and len(found) <= len(found[0].figures[0].data["rows"]) <= 5


def test_columns_that_the_recipe_left_out_make_no_groups(support: pd.DataFrame) -> None:
    leaky = support.assign(later=np.where(support["hospdead"] == 1, "morgue", "home"))
    data = Dataset(canonical(leaky), Roles(kind="binary", target="hospdead"))

    def without(train: pd.DataFrame, held: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        return train.drop(columns="later"), held.drop(columns="later")

    metric, found = searched(data, without, cap=1500)
    assert "later" not in metric.detail["columns"] and all("later" not in one.columns for one in found)


def test_numbers_and_survival() -> None:
    diabetes = canonical(load_diabetes(as_frame=True).frame)
    metric, found = searched(Dataset(diabetes, Roles(kind="numeric", target="target")))
    assert metric.name == "mae" and [one.kind for one in found] == ["none"]
    from lifelines.datasets import load_rossi

    rossi = Dataset(canonical(load_rossi()), Roles(kind="survival", target="arrest", event="arrest", duration="week"))
    metric, found = searched(rossi)
    assert metric.model == "cox" and found[0].kind in {"none", "weak"} and metric.rows <= 432


@pytest.mark.parametrize("rows", [0, 1, 60])
def test_too_few_rows_are_said_to_be_too_few(support: pd.DataFrame, rows: int) -> None:
    few = replace(Dataset(support, Roles(kind="binary", target="hospdead")), train=support.head(rows))
    try:
        answer = FindWeakSubgroups().measure(few, plain)
    except NotApplicable as told:
        answer = told
    assert isinstance(answer, NotApplicable)


def test_it_keeps_the_rules() -> None:
    check_tool(FindWeakSubgroups).raise_if_bad()
