"""Recipes: saved and read back, the contract of the input, drift, and the same treatment every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from climbdc.data import ReadOptions, read
from climbdc.describe import describe
from climbdc.errors import InputError, ToolError
from climbdc.recipe import (
    Recipe,
    RecipeStep,
    StepSpec,
    apply_step,
    canonical_json,
    describe_input,
    fit_step,
    pack,
    refit,
    unpack,
)
from climbdc.registry import registry
from climbdc.sdk import Dataset, Roles

ROLES = Roles(kind="multiclass", target="num", patient="id")
STEPS = (
    StepSpec(id="S01", tool="drop_duplicates", params={}),
    StepSpec(id="S02", tool="mark_missing", params={"codes": {"chol": ["0"], "trestbps": ["0"]}}),
    StepSpec(id="S03", tool="drop_columns", params={"columns": ["ca", "thal"]}),
    StepSpec(id="S04", tool="impute", params={"columns": ["trestbps", "chol", "fbs", "restecg", "slope", "oldpeak"]}),
    StepSpec(id="S05", tool="encode_categories", params={"columns": ["sex", "dataset", "cp", "restecg", "slope"]}),
)


@pytest.fixture(scope="module")
def rows(heart: Path) -> pd.DataFrame:
    """The heart data as read."""
    return read([heart]).frame


@pytest.fixture(scope="module")
def train(rows: pd.DataFrame) -> pd.DataFrame:
    """Three of four rows."""
    return rows[rows.index % 4 != 0]


@pytest.fixture(scope="module")
def recipe(train: pd.DataFrame) -> Recipe:
    """Five steps fitted on the training rows."""
    data = Dataset(train, ROLES, describe(train), seed=3)
    steps = []
    for step in STEPS:
        fitted = fit_step(registry(), data, step)
        packed = fitted.packed
        rule = registry()[step.tool].spec.rows
        steps.append(RecipeStep(step, rule, packed.values, dict(packed.tables), dict(packed.blobs)))
        data = fitted.data
    contract = describe_input(train, ["num", "ca", "thal"])
    return Recipe("0.0", ReadOptions(format="csv"), ROLES, contract, tuple(steps), seed=3, whole=("age",))


@pytest.fixture(scope="module")
def new(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows the recipe has not seen."""
    return rows[rows.index % 4 == 0]


@pytest.fixture(scope="module")
def treated(recipe: Recipe, new: pd.DataFrame) -> pd.DataFrame:
    """The new rows after the recipe."""
    return recipe.apply(new).frame


def with_table(recipe: Recipe) -> Recipe:
    """The recipe with a fitted table and bytes, which none of these steps has."""
    table = pa.table({"level": pa.array(["a", "b"], pa.large_string()), "share": [0.25, 0.75]})
    first = recipe.steps[0]
    held = RecipeStep(first.step, first.rows, first.state, {"levels": table}, {"model": b"\x00\xff"})
    return Recipe(**{**vars(recipe), "steps": (held, *recipe.steps[1:])})


def test_saved_and_read_back_it_is_the_same_to_the_byte(recipe: Recipe, tmp_path: Path) -> None:
    held = with_table(recipe)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    held.save(tmp_path / "a" / "recipe.json")
    again = Recipe.load(tmp_path / "a" / "recipe.json")
    again.save(tmp_path / "b" / "recipe.json")
    for name in ("recipe.json", "recipe/S01-levels.arrow"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert again.steps[0].tables["levels"].equals(held.steps[0].tables["levels"])
    assert again.steps[0].blobs == {"model": b"\x00\xff"}
    assert again.contract == recipe.contract and again.roles == ROLES and again.whole == ("age",)


def test_a_changed_table_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    with_table(recipe).save(tmp_path / "recipe.json")
    table = tmp_path / "recipe" / "S01-levels.arrow"
    table.write_bytes(table.read_bytes().replace(b"a", b"c"))
    with pytest.raises(InputError, match="levels of S01 was changed"):
        Recipe.load(tmp_path / "recipe.json")
    table.unlink()
    with pytest.raises(InputError, match="There is no file"):
        Recipe.load(tmp_path / "recipe.json")


@pytest.mark.parametrize("change", [{"format": 99}, {"steps": 7}, {"roles": {"kind": "odd"}}, {"seed": None}])
def test_what_is_not_a_recipe_is_refused(recipe: Recipe, tmp_path: Path, change: dict[str, Any]) -> None:
    recipe.save(tmp_path / "recipe.json")
    body = recipe.to_json()
    body = {key: value for key, value in {**body, **change}.items() if value is not None}
    (tmp_path / "recipe.json").write_text(json.dumps(body), "utf-8")
    with pytest.raises(InputError, match="not a recipe"):
        Recipe.load(tmp_path / "recipe.json")


@pytest.mark.parametrize("text", ["", "[]", "7", '"text"', "{}", "{", "\x00"])
def test_any_other_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "recipe.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match="not a recipe"):
        Recipe.load(tmp_path / "recipe.json")
    with pytest.raises(InputError, match="There is no file"):
        Recipe.load(tmp_path / "gone.json")


def test_new_rows_are_all_treated_and_twice_alike(recipe: Recipe, new: pd.DataFrame, treated: pd.DataFrame) -> None:
    first = recipe.apply(new.copy())
    pd.testing.assert_frame_equal(first.frame, treated)
    assert first.frame.index.equals(new.index) and first.failed == []
    assert not first.frame[["trestbps", "chol", "fbs", "oldpeak"]].isna().any().any()
    assert (first.frame["chol"] > 0).all() and (new["chol"] == 0).any()
    assert not {"ca", "thal", "sex", "cp"} & set(first.frame.columns)


def test_each_new_row_is_treated_for_itself(recipe: Recipe, new: pd.DataFrame, treated: pd.DataFrame) -> None:
    """Nothing is learnt from the new rows: one of them alone comes out as among the others."""
    alone = recipe.apply(new.iloc[[7]]).frame
    pd.testing.assert_frame_equal(alone, treated.iloc[[7]])


def test_a_recipe_read_back_treats_alike(
    recipe: Recipe, new: pd.DataFrame, treated: pd.DataFrame, tmp_path: Path
) -> None:
    recipe.save(tmp_path / "recipe.json")
    again = Recipe.load(tmp_path / "recipe.json").apply(new).frame
    pd.testing.assert_frame_equal(again, treated)


def test_train_rows_come_out_as_when_fitted(recipe: Recipe, train: pd.DataFrame) -> None:
    """`part="train"` runs the steps that concern training rows only; `new` passes them by."""
    fitted, _ = refit(registry(), Dataset(train, ROLES, describe(train), seed=3), STEPS, {})
    doubled = pd.concat([train, train.iloc[:1].set_axis(pd.Index([5000], name=train.index.name))])
    pd.testing.assert_frame_equal(recipe.apply(train, part="train").frame, fitted.train)
    assert len(recipe.apply(doubled, part="new").frame) == len(doubled)


def test_the_outcome_may_be_absent_and_stays_absent(recipe: Recipe, new: pd.DataFrame, treated: pd.DataFrame) -> None:
    without = recipe.apply(new.drop(columns=["num", "ca", "thal"]))
    assert "num" not in without.frame.columns
    pd.testing.assert_frame_equal(without.frame, treated.drop(columns=["num"]))
    assert without.drift["absent_optional"] == ["ca", "thal", "num"]


def test_an_absent_column_is_an_error_unless_partial(recipe: Recipe, new: pd.DataFrame) -> None:
    short = new.drop(columns=["chol", "age"])
    with pytest.raises(InputError, match=r"lacks 2 column\(s\).*age, chol") as raised:
        recipe.apply(short)
    assert raised.value.code == "columns-absent" and "--partial" in raised.value.fix
    done = recipe.apply(short, partial=True)
    assert done.drift["absent_required"] == ["age", "chol"]
    assert done.frame["age"].isna().all() and done.frame["chol"].notna().all()


def test_unknown_columns_are_named_and_left_out(recipe: Recipe, new: pd.DataFrame) -> None:
    done = recipe.apply(new.assign(ward="3B"))
    assert done.drift["unknown_columns"] == ["ward"] and "ward" not in done.frame.columns


def test_the_order_of_the_columns_does_not_matter(recipe: Recipe, new: pd.DataFrame, treated: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(recipe.apply(new[new.columns[::-1]]).frame, treated)


def test_a_step_that_cannot_run_is_named(recipe: Recipe, new: pd.DataFrame) -> None:
    broken = RecipeStep(recipe.steps[3].step, "keep", {"nonsense": 1})
    odd = Recipe(**{**vars(recipe), "steps": (*recipe.steps[:3], broken, recipe.steps[4])})
    with pytest.raises(ToolError, match=r"S04 \(impute\) cannot run"):
        odd.apply(new)
    done = odd.apply(new, partial=True)
    assert [(item["step"], item["tool"]) for item in done.failed] == [("S04", "impute")]
    assert "sex" not in done.frame.columns and done.frame["trestbps"].isna().any()


def test_the_same_rows_have_not_drifted(recipe: Recipe, train: pd.DataFrame) -> None:
    report = recipe.apply(train).drift
    assert report["shifted"] == [] and {item["verdict"] for item in report["columns"]} == {"same"}
    assert report["rows"] == len(train)


def test_what_shifted_is_named(recipe: Recipe, train: pd.DataFrame) -> None:
    moved = train.assign(
        oldpeak=train["oldpeak"].where(train.index % 2 == 0, np.nan),
        age=train["age"] + 20,
        cp=train["cp"].where(train.index % 2 == 0, "unheard of"),
    )
    report = {item["column"]: item for item in recipe.apply(moved).drift["columns"]}
    assert report["age"]["verdict"] == "large" and report["age"]["stability_index"] > 0.25
    assert report["cp"]["new_levels"] == ["unheard of"] and report["cp"]["verdict"] != "same"
    assert report["oldpeak"]["verdict"] == "some" and report["oldpeak"]["missing_now"] > 0.4
    assert {name for name, item in report.items() if item["verdict"] != "same"} == {"age", "cp", "oldpeak"}


def test_an_index_of_stability_by_hand(train: pd.DataFrame) -> None:
    """Half of the rows moved above the highest quantile: shares .01 and .5 of the last bin, and so on."""
    column = pd.DataFrame({"x": np.arange(1000.0)})
    recipe = Recipe("0.0", ReadOptions(format="csv"), Roles(), describe_input(column, []), (), seed=0)
    half = pd.DataFrame({"x": np.where(np.arange(1000) % 2 == 0, 2000.0, np.arange(1000.0))})
    expected = np.array([0.01, 0.09, 0.15, 0.25, 0.25, 0.15, 0.09, 0.01])
    actual = np.append(expected[:-1] / 2, expected[-1] / 2 + 0.5)
    index = float(np.sum((actual - expected) * np.log(actual / expected)))
    (report,) = recipe.apply(half).drift["columns"]
    assert report["stability_index"] == pytest.approx(index, abs=0.02)


def test_no_path_no_time_and_no_session_in_it(recipe: Recipe, heart: Path, tmp_path: Path) -> None:
    recipe.save(tmp_path / "recipe.json")
    text = (tmp_path / "recipe.json").read_text("utf-8")
    assert str(heart.parent) not in text and str(tmp_path) not in text
    assert set(json.loads(text)) == {
        "format", "climbdc", "seed", "reading", "roles", "contract", "whole", "steps",
    }  # fmt: skip


def test_a_step_must_keep_the_outcome(train: pd.DataFrame) -> None:
    step = StepSpec(id="S01", tool="drop_columns", params={"columns": ["num"]})
    with pytest.raises(ToolError):
        fit_step(registry(), Dataset(train, ROLES, describe(train)), step)


def test_a_tool_that_only_looks_is_no_step(train: pd.DataFrame) -> None:
    step = StepSpec(id="S01", tool="missing_values")
    with pytest.raises(ToolError, match="looks but does not change"):
        apply_step(registry(), train, step, {}, ROLES, "new")


def test_a_state_comes_back_as_it_was() -> None:
    table = pd.DataFrame({"x": [1.5, np.nan]})
    state = {"n": np.int64(3), "list": np.array([1.0, np.nan]), "table": table, "bytes": b"\x00"}
    back = unpack(pack(state))
    assert back["n"] == 3 and back["list"] == [1.0, None] and back["bytes"] == b"\x00"
    pd.testing.assert_frame_equal(back["table"].reset_index(drop=True), table)
    with pytest.raises(ToolError, match="cannot be kept"):
        pack({"model": object()})


def test_json_is_the_same_for_the_same_content() -> None:
    assert canonical_json({"b": 1, "a": float("nan")}) == canonical_json({"a": None, "b": 1}) == '{"a":null,"b":1}'
