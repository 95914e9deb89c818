"""Features that a model proposes, and which of them make sense by the rules."""

from __future__ import annotations

from typing import Any

import pytest

from climbdc.agents import head
from climbdc.models import FeatureIdea
from climbdc.models.llm import Table
from climbdc.models.llm._features import MOST_IDEAS, propose_features
from climbdc.models.llm._features_check import OPERATIONS, checked_feature, offered
from climbdc.privacy import Gate
from climbdc.registry import registry
from climbdc.sdk import Column
from climbdc_tools.derivation import OPERATIONS as WORKED_OUT

from .turns import FakeClient, Moment


def table(moment: Moment, *changed: Column) -> Table:
    version = head(moment.session.stored)
    return Table(version.load(), version.dictionary.replace(*changed), version.roles)


def proposed(
    moment: Moment, *ideas: dict[str, Any], about: Table | None = None
) -> tuple[list[FeatureIdea], FakeClient]:
    client, about = FakeClient([{"ideas": [*ideas]}]), about or table(moment)
    gate = Gate(moment.session.stored, registry())
    names = [str(name) for name in about.frame.columns]
    return propose_features(client, gate, about, names), client  # type: ignore[arg-type]


def idea(operation: str, first: str, second: str = "", because: str = "it may help") -> dict[str, Any]:
    return {"operation": operation, "first": first, "second": second or first, "because": because}


def test_the_operations_are_those_of_the_tool() -> None:
    """The tool has more: clinical scores and time spans are proposed by rules."""
    assert {name: each.takes for name, each in OPERATIONS.items()} == {
        name: each.takes for name, each in WORKED_OUT.items() if name in OPERATIONS
    }


def test_an_idea_gets_a_name_of_ours(heart_turn: Moment) -> None:
    ideas, client = proposed(heart_turn, idea("ratio", "thalch", "age"), idea("log", "chol"), idea("above", "chol"))
    assert [(each.name, each.columns) for each in ideas] == [
        ("thalch_per_age", ("thalch", "age")), ("log_chol", ("chol",)), ("chol_above_usual", ("chol",)),
    ]  # fmt: skip
    assert ideas[0].because == "it may help" and client.asked[0][0] == "features"


@pytest.mark.parametrize(
    "asked",
    [
        idea("ratio", "age", "age"), idea("sum", "age", "chol"), idea("difference", "chol", "trestbps"),
        idea("ratio", "num", "age"), idea("ratio", "id", "age"), idea("log", "gone"), idea("eval", "age", "chol"),
        idea("bmi", "age", "chol"), idea("log", "cp"), idea("above", "ca"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_passed_over(heart_turn: Moment, asked: dict[str, Any]) -> None:
    assert proposed(heart_turn, asked)[0] == []


def test_the_same_is_proposed_once_and_not_too_much(heart_turn: Moment) -> None:
    same = [idea("product", "age", "chol"), idea("product", "chol", "age")]
    assert [each.name for each in proposed(heart_turn, *same)[0]] == ["age_times_chol"]
    many = [idea("ratio", "age", name) for name in ("chol", "trestbps", "thalch", "oldpeak", "ca")]
    assert len(proposed(heart_turn, *many)[0]) <= MOST_IDEAS


def test_targets_texts_and_what_is_known_later_are_not_offered(heart_turn: Moment) -> None:
    later = table(heart_turn, table(heart_turn).dictionary["chol"].model_copy(update={"known_at": "after"}))
    names = offered(later, [str(name) for name in later.frame.columns])
    assert {"num", "id", "cp", "chol"} & {*names} == set() and {"age", "thalch"} <= {*names}
    ideas, client = proposed(heart_turn, idea("log", "chol"), about=later)
    assert ideas == [] and "chol" not in client.schema["$defs"]["Column"]["enum"]


def test_units_decide_what_may_be_added(heart_turn: Moment) -> None:
    both = table(
        heart_turn, Column(name="age", type="integer", unit="mmHg"), Column(name="chol", type="integer", unit="mm Hg")
    )
    assert checked_feature("difference", ["age", "chol"], "", both) is not None
    assert checked_feature("mean_pressure", ["age", "chol"], "", table(heart_turn)) is None


def test_without_numbers_nothing_is_asked(heart_turn: Moment) -> None:
    client, about = FakeClient(), table(heart_turn)
    gate = Gate(heart_turn.session.stored, registry())
    assert propose_features(client, gate, about, ["cp", "num"]) == []  # type: ignore[arg-type]
    assert client.asked == []
