"""What a model says of columns, and what of it the rules believe."""

from __future__ import annotations

from typing import Any

import pytest

from climbdc.agents import head
from climbdc.knowledge import knowledge
from climbdc.models import ColumnIdea, ModelError
from climbdc.models.llm import Table
from climbdc.models.llm._columns import BATCH, describe_columns
from climbdc.models.llm._columns_check import Told, checked_ideas, codes_among
from climbdc.models.llm._forms import form, text
from climbdc.models.llm._keyed import entries, keyed_form, keys_of
from climbdc.privacy import Gate
from climbdc.registry import registry
from climbdc.sdk import Dictionary

from .turns import FakeClient, Moment


def table(moment: Moment) -> Table:
    version = head(moment.session.stored)
    return Table(version.load(), version.dictionary, version.roles)


def described(moment: Moment, columns: list[str], *answers: Any, level: Any = "aggregates") -> tuple[Any, FakeClient]:
    client = FakeClient(answers)
    gate = Gate(moment.session.stored, registry(), level=level)
    return describe_columns(client, gate, table(moment), columns), client  # type: ignore[arg-type]


def believed(moment: Moment, *told: Told) -> dict[str, ColumnIdea]:
    return {idea.column: idea for idea in checked_ideas(told, table(moment))}


def test_each_column_is_asked_about_once_in_small_parts(heart_turn: Moment) -> None:
    columns = [str(name) for name in table(heart_turn).frame.columns if name != "num"]
    ideas, client = described(heart_turn, columns, *({name: {"meaning": f"the {name} of it"} for name in columns},) * 2)
    assert len(client.asked) == 2 and len(columns) == 15
    assert [len(reply.model_fields) for _, _, reply in client.asked] == [BATCH, 15 - BATCH]
    assert {purpose for purpose, _, _ in client.asked} == {"columns"}
    assert len({idea.column for idea in ideas}) == len(ideas)


def test_the_form_asks_for_units_of_measurements_alone(heart_turn: Moment) -> None:
    _, client = described(heart_turn, ["chol", "cp"], {})
    schema = client.schema
    parts = {name: schema["$defs"][part["$ref"].rsplit("/", 1)[-1]] for name, part in schema["properties"].items()}
    assert list(parts["chol"]["properties"]) == ["meaning", "unit", "known_at"]
    assert list(parts["cp"]["properties"]) == ["meaning", "known_at"]
    assert "asymptomatic" in client.text and "atypical" in client.text


def test_metadata_shows_no_value(heart_turn: Moment) -> None:
    _, client = described(heart_turn, ["chol", "cp"], {}, level="metadata")
    assert "asymptomatic" not in client.text and "p50" not in client.asked[-1][1][-1].text


def test_what_the_model_says_is_kept_where_nothing_speaks_against_it(heart_turn: Moment) -> None:
    answer = {"cp": {"meaning": " type of  chest pain\n", "known_at": "at"}, "dataset": {"meaning": "x" * 500}}
    ideas, _ = described(heart_turn, ["dataset", "cp"], answer)
    assert (ideas[1].column, ideas[1].meaning, ideas[1].known_at) == ("cp", "type of chest pain", "at")
    assert (ideas[0].column, ideas[0].meaning) == ("dataset", "x" * 80)


def test_a_unit_is_that_of_the_values(heart_turn: Moment) -> None:
    meaning = "serum cholesterol"
    assert believed(heart_turn, Told("chol", meaning=meaning, unit="mg/dL"))["chol"].unit == "mg/dL"
    for wrong in ("mmol/L", "mmHg", "bananas", "none"):
        assert believed(heart_turn, Told("chol", meaning=meaning, unit=wrong))["chol"].unit == ""


def test_who_does_not_say_what_it_is_is_not_asked_when_it_is_known(heart_turn: Moment) -> None:
    assert believed(heart_turn, Told("dataset", meaning="categorical", known_at="after")) == {}


@pytest.mark.parametrize("meaning", ["categorical", "", "Dataset", "dataset value", "the dataset of the patient"])
def test_a_meaning_that_says_nothing_is_no_idea(heart_turn: Moment, meaning: str) -> None:
    bare = Table(table(heart_turn).frame, Dictionary(), table(heart_turn).roles)
    ideas = checked_ideas([Told("dataset", meaning=meaning, known_at="at")], bare)
    assert knowledge().match("dataset") is None and ideas == []


def test_one_meaning_for_two_columns_is_none(heart_turn: Moment) -> None:
    same = [Told(name, meaning="thallic acid in blood") for name in ("cp", "dataset")]
    assert all(idea.meaning != "thallic acid in blood" for idea in believed(heart_turn, *same).values())


def test_the_pack_is_believed_where_it_knows_the_name(heart_turn: Moment) -> None:
    idea = believed(heart_turn, Told("chol", meaning="number of children", unit="none"))["chol"]
    assert "cholesterol" in idea.meaning


def test_the_lexicon_is_believed_when_a_value_is_known(heart_turn: Moment) -> None:
    idea = believed(heart_turn, Told("dataset", meaning="days until death", known_at="before"))["dataset"]
    assert idea.known_at == "after" and "the model said 'before'" in idea.because
    assert believed(heart_turn, Told("sex", meaning="sex of the patient", known_at="after"))["sex"].known_at == "before"
    assert (
        believed(heart_turn, Told("slope", meaning="slope of ST", known_at="tomorrow"))["slope"].known_at == "unknown"
    )


def test_missing_codes_are_values_that_were_seen_and_look_so(heart_turn: Moment) -> None:
    told = Told("thal", ("normal", "?", "-9"), meaning="scan", missing_codes=("normal", "?", "-1"))
    assert believed(heart_turn, told)["thal"].missing_codes == ("?",)
    assert codes_among(["no", "yes", "male", "3"]) == []


def test_a_part_that_fails_is_left_out_and_none_is_an_error(heart_turn: Moment) -> None:
    columns = [str(name) for name in table(heart_turn).frame.columns if name != "num"]
    good = {name: {"meaning": f"the {name} of it"} for name in columns}
    ideas, client = described(heart_turn, columns, ModelError("No."), good)
    assert len(client.asked) == 2 and 0 < len(ideas) <= 15 - BATCH
    gone = ModelError("Gone.", code="unreachable")
    with pytest.raises(ModelError):
        described(heart_turn, columns, gone)
    assert described(heart_turn, columns, good, gone)[0]


def test_names_that_a_server_may_not_take_get_a_number() -> None:
    made = keyed_form("F", ["a b", "ok"], [form("A", {"x": text(5)}), form("B", {"x": text(5)})], {"x": ""})
    assert keys_of(["a b", "ok"]) == ["item_1", "ok"]
    assert [entry.x for entry in entries(made.model_validate({"item_1": {"x": "y"}, "more": 1}))] == ["y", ""]


def test_prompts_of_the_ideas_are_small(heart_turn: Moment) -> None:
    columns = [str(name) for name in table(heart_turn).frame.columns if name != "num"][:BATCH]
    _, client = described(heart_turn, columns, {})
    assert len(client.text) / 3.5 < 1500
