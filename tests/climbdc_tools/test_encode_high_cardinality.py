"""Columns of very many categories become one number each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.describe import describe
from climbdc.recipe import StepSpec, fit_step, refit
from climbdc.registry import registry
from climbdc.sdk import Dataset, NotApplicable, Roles, check_tool
from climbdc_tools.encode_high_cardinality import EncodeHighCardinality
from climbdc_tools.quick_models import QuickModels


def dataset(frame: pd.DataFrame, roles: Roles, seed: int = 0) -> Dataset:
    frame = canonical(frame)
    return Dataset(frame, roles, describe(frame), seed=seed)


@pytest.fixture
def support2(bench_data: Path) -> pd.DataFrame:
    """Diagnosis, income and race of SUPPORT2 put together to a column of many categories."""
    frame = pd.read_csv(bench_data / "clinical" / "support2.csv")
    code = frame["dzgroup"].astype(str) + "/" + frame["income"].astype(str) + "/" + frame["race"].astype(str)
    return pd.DataFrame(
        {"code": code, "age": frame["age"], **{name: frame[name] for name in ("hospdead", "d.time", "death", "sfdm2")}}
    )


def apart(data: Dataset, params: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and new rows, encoded as the engine does it."""
    inside = np.random.default_rng(1).random(len(data.train)) < 0.7
    train = Dataset(data.train[inside], data.roles, data.dictionary, seed=3)
    step = StepSpec(id="S01", tool="encode_high_cardinality", params=params)
    fitted, others = refit(registry(), train, [step], {"new": data.train[~inside]})
    return fitted.train, others["new"]


def test_a_category_is_worth_as_much_on_new_rows_as_on_old(support2: pd.DataFrame) -> None:
    train, new = apart(dataset(support2, Roles(kind="binary", target="hospdead")), {"columns": ["code"]})
    old, fresh = (float(np.corrcoef(frame["code_logit"], frame["hospdead"])[0, 1]) for frame in (train, new))
    assert fresh > 0.2 and abs(old - fresh) < 0.06
    assert "code" not in train


def test_it_does_better_than_columns_of_0_and_1(support2: pd.DataFrame) -> None:
    """Of 181 categories, 20 columns keep the commonest."""
    roles = Roles(kind="binary", target="hospdead")
    base = dataset(support2[["code", "hospdead"]], roles)
    tool, scores = QuickModels({"models": ["logistic"], "cap": 4000}), {}
    for name in ("encode_categories", "encode_high_cardinality"):
        steps = [StepSpec(id="S01", tool=name, params={"columns": ["code"]})]

        def treat(train: pd.DataFrame, valid: pd.DataFrame, steps: list[StepSpec] = steps) -> Any:
            fitted, others = refit(registry(), Dataset(train, roles, base.dictionary), steps, {"valid": valid})
            return fitted.train, others["valid"]

        metrics = tool.measure(base, treat)
        assert not isinstance(metrics, NotApplicable)
        scores[name] = {metric.name: metric.value for metric in metrics}["auc"]
    assert scores["encode_high_cardinality"] > scores["encode_categories"] + 0.04


def test_known_mistake_categories_encoded_by_the_outcome_of_the_same_rows() -> None:
    """A target of chance: encoded in sample it is in the column of its rare categories; across folds it is not."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"code": rng.integers(0, 400, 2000).astype(str), "y": rng.integers(0, 2, 2000)})
    data = dataset(frame, Roles(kind="binary", target="y"))
    tool = EncodeHighCardinality({"columns": ["code"], "rare": 1})
    state = tool.fit(data)
    naive = tool.apply(data.train, state, data.roles)
    fitted = fit_step(
        registry(), data, StepSpec(id="S", tool="encode_high_cardinality", params={"columns": ["code"], "rare": 1})
    )
    told = {
        name: abs(float(np.corrcoef(each["code_logit"], frame["y"])[0, 1]))
        for name, each in (("naive", naive), ("crossed", fitted.data.train))
    }
    assert told["naive"] > 0.3 and told["crossed"] < 0.1


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        (Roles(kind="binary", target="hospdead"), ["code_logit"]),
        (Roles(kind="survival", target="death", event="death", duration="d.time"), ["code_excess"]),
        (Roles(kind="numeric", target="age"), ["code_mean"]),
    ],
)
def test_the_kinds_of_targets(support2: pd.DataFrame, roles: Roles, names: list[str]) -> None:
    data = dataset(support2, roles)
    train, new = apart(data, {"columns": ["code"]})
    assert [name for name in train.columns if name not in data.train.columns] == names
    assert train[names].notna().all(axis=None) and new[names].notna().all(axis=None)
    target = new["death"] if roles.kind == "survival" else new[roles.target]
    assert abs(float(np.corrcoef(new[names[0]], target)[0, 1])) > 0.1


def test_one_number_a_class(support2: pd.DataFrame) -> None:
    data = dataset(support2.dropna(subset=["sfdm2"]), Roles(kind="multiclass", target="sfdm2"))
    train, _ = apart(data, {"columns": ["code"]})
    rates = train.filter(like="code_logit=")
    assert rates.shape[1] == data.train["sfdm2"].nunique()
    shares = 1 / (1 + np.exp(-rates))
    assert abs(float(shares.mean().sum()) - 1) < 0.02


def test_rare_and_unseen_categories_and_gaps() -> None:
    frame = pd.DataFrame(
        {"code": ["a"] * 30 + ["b"] * 30 + ["c"] * 2 + [None] * 10, "y": [1] * 30 + [0] * 30 + [1] * 2 + [0] * 10}
    )
    data = dataset(frame, Roles(kind="binary", target="y"))
    tool = EncodeHighCardinality({"columns": ["code"]})
    state = tool.fit(data)
    new = canonical(pd.DataFrame({"code": ["a", "b", "c", "never", None]}))
    rate = tool.apply(new, state, data.roles)["code_logit"].tolist()
    assert rate[0] > 2 and rate[1] < -2 and rate[2] == rate[3] and rate[4] < -0.8
    assert state["columns"]["code"]["levels"] == ["a", "b"]


def test_codes_are_cut_to_their_group() -> None:
    frame = pd.DataFrame({"icd": ["I21.0", "I21.4", "i219", "E11.9"] * 15, "y": [1, 1, 1, 0] * 15})
    data = dataset(frame, Roles(kind="binary", target="y"))
    tool = EncodeHighCardinality({"columns": ["icd"], "group": 3})
    assert tool.fit(data)["columns"]["icd"]["levels"] == ["E11", "I21"]


def test_how_common_a_category_is_needs_no_target() -> None:
    data = dataset(pd.DataFrame({"ward": ["a"] * 30 + ["b"] * 10, "y": [0, 1] * 20}), Roles())
    tool = EncodeHighCardinality({"columns": ["ward"], "method": "frequency"})
    after = tool.apply(data.train, tool.fit(data), data.roles)
    assert after["ward_share"].tolist()[::39] == [0.75, 0.25]


def test_a_patient_is_never_encoded_from_her_own_visits() -> None:
    rng = np.random.default_rng(2)
    patient = np.repeat(np.arange(150), 4)
    outcome = rng.integers(0, 2, 150)[patient]
    frame = pd.DataFrame({"id": patient, "ward": [f"w{number}" for number in patient], "y": outcome})
    data = dataset(frame, Roles(kind="binary", target="y", patient="id"))
    treated, _ = EncodeHighCardinality({"columns": ["ward"], "rare": 1}).fit_apply(data)
    assert abs(float(np.corrcoef(treated["ward_logit"], outcome)[0, 1])) < 0.2


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        (["code"], Roles()),
        (["gone"], Roles(kind="binary", target="y")),
        (["y"], Roles(kind="binary", target="y")),
        ([], Roles(kind="binary", target="y")),
    ],
)
def test_where_it_does_not_apply(columns: list[str], roles: Roles) -> None:
    data = dataset(pd.DataFrame({"code": ["a", "b"] * 20, "y": [0, 1] * 20}), roles)
    with pytest.raises(NotApplicable):
        EncodeHighCardinality({"columns": columns}).fit(data)


def test_the_entry_says_what_the_number_is(support2: pd.DataFrame) -> None:
    data = dataset(support2, Roles(kind="binary", target="hospdead"))
    tool = EncodeHighCardinality({"columns": ["code"]})
    treated, state = tool.fit_apply(data)
    (entry,) = tool.describe(data, treated, state)
    assert (
        entry.meaning == "number in place of each category, learnt across folds, for code"
        and entry.type == "continuous"
    )


@pytest.mark.parametrize("params", [{"columns": ["ward", "診断"]}, {"columns": ["ward"], "method": "frequency"}])
def test_it_keeps_the_rules(params: dict[str, Any]) -> None:
    check_tool(EncodeHighCardinality, params=params).raise_if_bad()


def test_the_new_column_is_taken_for_no_leak(support2: pd.DataFrame) -> None:
    """Neither its name nor its form says that it foretells the outcome."""
    from climbdc_tools.known_later import KnownLater
    from climbdc_tools.target_proxy import TargetProxy

    data = dataset(support2[["code", "age", "hospdead"]], Roles(kind="binary", target="hospdead"))
    tool = EncodeHighCardinality({"columns": ["code"]})
    treated, state = tool.fit_apply(data)
    after = Dataset(treated, data.roles, data.dictionary.replace(*tool.describe(data, treated, state)))
    for look in (KnownLater(), TargetProxy()):
        found = look.look(after)
        assert isinstance(found, NotApplicable) or all("code_logit" not in one.columns for one in found)
