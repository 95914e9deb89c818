"""`check_tool` finds what is wrong with tools that are wrong on purpose, and nothing with those that are right."""

from __future__ import annotations

import pickle
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from climbdc.errors import ToolError
from climbdc.sdk import (
    Column,
    Dataset,
    Field,
    Finding,
    Inspection,
    NotApplicable,
    Params,
    Roles,
    State,
    Tool,
    Transform,
    check_tool,
    inspect,
    transform,
)


def broken(tool: type[Tool[Any]], **options: Any) -> dict[str, str]:
    return {check.name: check.detail for check in check_tool(tool, **options).broken}


class _Plain(Transform[Params]):
    """Leave all as it is."""

    def fit(self, data: Dataset) -> State:
        return {}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        return frame


@transform("features/engineering")
class Honest(_Plain):
    """Take the mean age away."""

    def fit(self, data: Dataset) -> State:
        if "age" not in data.train.columns:
            return {"mean": 0.0}
        mean = float(data.train["age"].mean())
        return {"mean": 0.0 if np.isnan(mean) else mean}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        return frame.assign(age=frame["age"] - state["mean"]) if "age" in frame.columns else frame


@transform("features/engineering")
class Mutates(Honest):
    """Write into the frame."""

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        frame["age"] = 1.0
        return frame


@transform("features/engineering")
class WritesNumbers(Honest):
    """Write into the numbers under the frame."""

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        if "age" in frame.columns and len(frame):
            frame["age"].to_numpy()[0] = 7
        return frame


@transform("features/engineering")
class ReachesForTest(Honest):
    """Learn from the sealed rows."""

    def fit(self, data: Dataset) -> State:
        return {"mean": float(data.test["age"].mean())}  # type: ignore[index]


@transform("features/engineering")
class UsesTestWhenThere(Honest):
    """Learn from the sealed rows where there are any."""

    def fit(self, data: Dataset) -> State:
        rows = data.train if data.test is None else pd.concat([data.train, data.test])
        return {"mean": float(rows["age"].sum()) if "age" in rows.columns else 0.0}


@transform("features/engineering")
class Draws(Honest):
    """Use chance without the seed."""

    def fit(self, data: Dataset) -> State:
        return {"mean": float(np.random.default_rng().random())}


@transform("features/engineering")
class Pickles(Honest):
    """Keep a pickle."""

    def fit(self, data: Dataset) -> State:
        return {"mean": 0.0, "model": pickle.dumps({"mean": 1})}


@transform("features/engineering")
class KeepsObject(Honest):
    """Keep an object."""

    def fit(self, data: Dataset) -> State:
        return {"mean": 0.0, "model": {"inside": object}}


@transform("features/engineering")
class NumbersAsKeys(_Plain):
    """Keep whole numbers as keys, which JSON turns into text."""

    def fit(self, data: Dataset) -> State:
        return {"means": {0: 5.0}}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        return frame.assign(age=state["means"].get(0, 0.0)) if "age" in frame.columns else frame


@transform("features/engineering")
class DropsRows(Honest):
    """Drop rows and not say so."""

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        return frame.iloc[1:]


@transform("features/engineering")
class UsesTarget(Honest):
    """Learn from the target."""

    def fit(self, data: Dataset) -> State:
        if data.target is None or "age" not in data.train.columns or not len(data.train):
            return {"mean": 0.0}
        return {"mean": float((data.target.fillna(0) * data.train["age"].fillna(0)).mean())}


@transform("features/engineering")
class ChangesTarget(_Plain):
    """Fill the target."""

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        return frame.assign(**{name: frame[name].fillna(0) for name in roles.outcomes})


@transform("features/engineering")
class LearnsAtApply(_Plain):
    """Take the mean of whatever frame comes."""

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        return frame.assign(age=frame["age"] - frame["age"].mean()) if "age" in frame.columns else frame


@transform("features/engineering")
class Remembers(Honest):
    """Carry something from new rows to train rows in its state."""

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        state["mean"] += 1.0
        return super().apply(frame, state, roles)


@transform("features/engineering")
class Booleans(_Plain):
    """Add a column that is not described and of a type nobody else has."""

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        return frame.assign(old=np.ones(len(frame), dtype=bool))


@transform("features/engineering")
class Fragile(Honest):
    """Fail where there is nothing."""

    def fit(self, data: Dataset) -> State:
        return {"mean": float(data.train["age"].iloc[0])}


class _CodeParams(Params):
    column: str = Field(default="ward", description="The column to encode.")


class _Encodes(Transform[_CodeParams]):
    """Put the target's mean in place of a category."""

    crossed = True

    def fit(self, data: Dataset) -> State:
        column, target = self.params.column, data.target
        if target is None or column not in data.train.columns:
            return {"means": {}}
        return {"means": target.astype("float64").groupby(data.train[column]).mean().fillna(0.0).to_dict()}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        if self.params.column not in frame.columns:
            return frame
        return frame.assign(code=frame[self.params.column].map(state["means"]).astype("float64").fillna(0.0))

    def fit_apply(self, data: Dataset) -> tuple[pd.DataFrame, State]:
        state = self.fit(data)
        if not self.crossed:
            return self.apply(data.train, state, data.roles), state
        treated = self.apply(data.train, state, data.roles)
        for part in (0, 1):
            inside = np.arange(len(treated)) % 2 == part
            other = self.fit(Dataset(train=data.train[~inside], roles=data.roles))
            treated.loc[inside, "code"] = self.apply(data.train[inside], other, data.roles)["code"]
        return treated, state

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        return [Column(name="code")] if "code" in frame.columns else []


@transform("features/high-cardinality")
class CrossFitted(_Encodes):
    """Put the target's mean, taken on other rows, in place of a category."""


@transform("features/high-cardinality")
class NotCrossFitted(_Encodes):
    """Put the target's mean, taken on the same rows, in place of a category."""

    crossed = False


@inspect("labels/imbalance")
class WrongSentence(Inspection[Params]):
    """Say something its evidence does not hold."""

    says: ClassVar[dict[str, str]] = {"few": "Only {share} of {total} rows."}

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        return [Finding("few", "minor", evidence={"n": 3})]


@inspect("labels/imbalance")
class StrangeColumn(Inspection[Params]):
    """Name a column that is not there."""

    says: ClassVar[dict[str, str]] = {"few": "Few."}

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        return [Finding("few", "minor", columns=("no such column",))]


@inspect("plausibility/duplicates", stage="rows")
class PeeksAtTarget(Inspection[Params]):
    """Look at the target before the split."""

    says: ClassVar[dict[str, str]] = {"tied": "Tied."}

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        if data.target is None or "age" not in data.train.columns:
            return NotApplicable("There is no target.")
        tie = float(data.train["age"].cov(data.target.astype("float64"))) if len(data.train) > 5 else 0.0
        return [Finding("tied", "minor", columns=("age",), evidence={"tie": 0.0 if np.isnan(tie) else tie})]


class _Silent(Params):
    loud: bool = False


@inspect("no challenge at all")
class Undeclared(Inspection[_Silent]):
    """Address no challenge."""


BAD = [
    (Mutates, "input-untouched", "not what it was"),
    (WritesNumbers, "input-untouched", "writes into the frame"),
    (ReachesForTest, "train-only", "data.test"),
    (UsesTestWhenThere, "train-only", "changes with the rows of test"),
    (Draws, "same-seed-same-bytes", "differ"),
    (Pickles, "state-travels", "pickle"),
    (KeepsObject, "state-travels", "not JSON"),
    (NumbersAsKeys, "state-travels", "something else"),
    (DropsRows, "rows-kept", "dropped"),
    (UsesTarget, "target-unseen", "target"),
    (ChangesTarget, "target-kept", "died"),
    (LearnsAtApply, "row-wise", "other rows"),
    (Remembers, "new-rows-apart", "after new rows"),
    (Remembers, "state-travels", ""),
    (Booleans, "canonical-output", "old"),
    (Booleans, "new-columns-described", "old"),
    (Fragile, "odd-tables", "no rows"),
    (NotCrossFitted, "target-unseen", "at random"),
    (WrongSentence, "findings-well-formed", "share"),
    (StrangeColumn, "findings-well-formed", "no such column"),
    (PeeksAtTarget, "target-unseen", "other columns"),
    (Undeclared, "declared", "challenge id"),
    (Undeclared, "params", "loud"),
    (_Plain, "declared", "decorators"),
]


@pytest.mark.parametrize(("tool", "rule", "words"), BAD)
def test_a_broken_rule_is_named(tool: type[Tool[Any]], rule: str, words: str) -> None:
    seen = broken(tool)
    assert words in seen.get(rule, "the rule was not broken")


@pytest.mark.parametrize("tool", [Pickles, ChangesTarget, UsesTestWhenThere, NotCrossFitted, UsesTarget])
def test_only_the_broken_rule_is_named(tool: type[Tool[Any]]) -> None:
    assert len(broken(tool)) == 1


@pytest.mark.parametrize("tool", [Honest, CrossFitted])
def test_an_honest_tool_keeps_every_rule(tool: type[Tool[Any]]) -> None:
    report = check_tool(tool)
    report.raise_if_bad()
    assert report.ok and len(report.checks) > 10


def test_the_error_says_which_rules_and_where_to_read() -> None:
    with pytest.raises(ToolError, match=r"'changes_target' breaks 1 of .*target-kept.*adding-a-tool"):
        check_tool(ChangesTarget).raise_if_bad()


def test_params_that_do_not_fit_are_named() -> None:
    assert "columm" not in broken(CrossFitted, params={"column": "診断"})
    assert "not accepted" in broken(CrossFitted, params={"columm": "ward"})["params"]


def test_own_data_is_used() -> None:
    frame = pd.DataFrame({"age": [1.0, 2.0, 3.0, 4.0] * 5}, index=pd.RangeIndex(20, name="_row"))
    from climbdc.data import canonical

    assert check_tool(Honest, data=Dataset(train=canonical(frame))).ok
