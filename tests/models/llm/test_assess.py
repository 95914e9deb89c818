"""The coordinator's turn: what a model may name, what becomes of it, and why an answer is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from climbdc.agents._floor import guarded, rules_assess
from climbdc.errors import PlanError
from climbdc.models import ModelError
from climbdc.models._schema import strict_schema
from climbdc.plan import Plan, enforce, validate

from .turns import BIG, TINY, Moment, own_step

LATER = {
    "why": "A catheter says so only afterwards.", "tool": "drop_columns", "challenge": "leakage/known-later",
    "columns": ["CA"], "answers": [],
}  # fmt: skip


def verdict(step: str, says: str = "keep", new: Any = None) -> dict[str, Any]:
    return {"step": step, "reason": "For a reason.", "verdict": says, "new": new}


def answer(**more: Any) -> dict[str, Any]:
    return {"observations": [], "verdicts": [], "added": [], **more}


def first(turn: Moment) -> str:
    return turn.situation.plan.pending[0].id


def test_what_a_model_adds_names_real_columns_and_is_marked_as_its_own(heart_turn: Moment) -> None:
    policy, _ = heart_turn.mind(answer(observations=["chol is often 0."], added=[LATER]))
    told = policy.assess(heart_turn.situation)
    (step,) = told.added
    assert (step.tool, step.params, step.challenge) == ("drop_columns", {"columns": ["ca"]}, "leakage/known-later")
    assert (step.origin, step.confidence, step.backed_by) == ("model", 0.5, "")
    assert (told.observations, told.policy) == (("chol is often 0.",), BIG)


def test_the_floor_adopts_it_and_the_plan_stays_valid(heart_turn: Moment) -> None:
    now = heart_turn.situation
    policy, _ = heart_turn.mind(answer(verdicts=[verdict(first(heart_turn), "remove")], added=[LATER]))
    adopted = guarded(now, policy.assess(now), rules_assess(now))
    plan = enforce(now.plan, adopted)
    assert {step.origin for step in plan.pending} == {"rules", "model"}
    assert [doubt.step for doubt in adopted.doubts] == [first(heart_turn)]
    validate(Plan(steps=tuple(step for step in plan.steps if step.origin == "model")), now.tools, now.taxonomy)


def test_the_form_names_only_what_there_is(heart_turn: Moment) -> None:
    policy, client = heart_turn.mind(answer())
    policy.assess(heart_turn.situation)
    names = client.schema["$defs"]
    assert names["PendingStep"]["enum"] == [step.id for step in heart_turn.situation.plan.pending[:3]]
    assert "num" not in names["Column"]["enum"] and "id" not in names["Column"]["enum"]
    assert {"ca", "thal"} <= set(names["Column"]["enum"]) <= set(heart_turn.situation.columns)
    assert not {"split_data", "drop_duplicates", "edit_dictionary"} & set(names["OfferedTool0"]["enum"])
    assert set(names["OpenFinding"]["enum"]) <= {finding["id"] for finding in heart_turn.situation.findings}


BAD = [
    ({"verdicts": [verdict("S99")]}, "S99"),
    ({"verdicts": [verdict("S03", "destroy")]}, "destroy"),
    ({"verdicts": [verdict("S03", "replace")]}, "no new step"),
    ({"added": [{**LATER, "tool": "rm"}]}, "rm"),
    ({"added": [{**LATER, "tool": "split_data"}]}, "split_data"),
    ({"added": [{**LATER, "columns": ["troponin"]}]}, "troponin"),
    ({"added": [{**LATER, "columns": ["num"]}]}, "num"),
    ({"added": [{**LATER, "columns": []}]}, "no column"),
    ({"added": [{**LATER, "challenge": "labels/imbalance"}]}, "labels/imbalance"),
    ({"backtrack_to": "S02", "backtrack_reason": "x"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("said", "reason"), BAD, ids=[reason or "nothing to go back for" for _, reason in BAD])
def test_what_is_not_there_is_refused_with_a_reason(heart_turn: Moment, said: dict[str, Any], reason: str) -> None:
    policy, _ = heart_turn.mind(answer(**said))
    if not reason:  # nothing new was found since a step was done: the field is not in the form, and is passed over
        assert policy.assess(heart_turn.situation).backtrack is None
        return
    with pytest.raises(PlanError) as refused:
        policy.assess(heart_turn.situation)
    assert refused.value.code == "bad-answer" and reason in str(refused.value) and refused.value.fix


@pytest.mark.parametrize("own_reason", [True, False])
def test_what_speaks_for_a_step_is_no_reason_to_leave_it_out(heart_turn: Moment, own_reason: bool) -> None:
    step = heart_turn.situation.plan.pending[0]
    against = {**verdict(step.id, "remove"), "reason": "Zero is real here." if own_reason else step.why}
    policy, _ = heart_turn.mind(answer(verdicts=[against]))
    (told,) = policy.assess(heart_turn.situation).verdicts
    assert told.verdict == ("remove" if own_reason else "keep")


def test_a_reason_for_refusal_is_told_in_the_next_try(heart_turn: Moment) -> None:
    policy, client = heart_turn.mind(answer(), answer())
    policy.assess(heart_turn.situation)
    assert "could not be used" not in client.text
    policy.assess(replace(heart_turn.situation, refused=["First.", "There is no column 'x9'."]))
    assert "There is no column 'x9'." in client.text and "First." not in client.text


def test_going_back_is_offered_once_something_serious_turned_up(heart_turn: Moment) -> None:
    done = own_step("impute", "completeness/missing-values", {"columns": ["chol"]}).model_copy(
        update={"id": "S40", "status": "applied"}
    )
    now = replace(heart_turn.with_step(done), known_before={"S40": []})
    policy, client = heart_turn.mind(answer(backtrack_to="S40", backtrack_reason="Zeros were averaged."))
    back = policy.assess(now).backtrack
    assert client.schema["$defs"]["AppliedStep"]["enum"] == ["S40"]
    assert back is not None and (back.before_step, back.origin) == ("S40", "model")


def test_values_are_asked_for_only_where_the_session_may_show_any(heart_turn: Moment) -> None:
    asks = answer(reveal=[{"column": "thal", "why": "To see its spellings."}])
    policy, client = heart_turn.mind(asks)
    assert not policy.assess(heart_turn.situation).reveal and "reveal" not in client.schema["properties"]
    policy, client = heart_turn.mind(asks, level="values")
    (wanted,) = policy.assess(heart_turn.situation).reveal
    assert wanted.column == "thal" and "chol" not in client.schema["$defs"]["HiddenColumn"]["enum"]


def test_a_number_that_nothing_backs_is_marked(heart_turn: Moment) -> None:
    policy, _ = heart_turn.mind(answer(observations=["In ca 4711 values are wrong."]))
    assert policy.assess(heart_turn.situation).observations == ("In ca [unverified: 4711] values are wrong.",)


def test_hidden_signs_and_lengths_do_no_harm(heart_turn: Moment) -> None:
    policy, _ = heart_turn.mind(answer(observations=["a\u200b\u202eb", "word " * 500, "c", "one too many"]))
    shown = policy.assess(heart_turn.situation).observations
    assert len(shown) == 3 and shown[0] == "ab" and len(shown[1]) <= 170


def test_fields_that_are_left_out_are_taken_as_empty_and_no_field_at_all_is_no_answer(heart_turn: Moment) -> None:
    policy, _ = heart_turn.mind({"observations": ["Fine."]}, {"thoughts": "…"})
    assert policy.assess(heart_turn.situation).verdicts == ()
    with pytest.raises(PlanError):
        policy.assess(heart_turn.situation)


def test_a_weak_model_may_add_only_what_answers_a_finding_that_no_step_treats(heart_turn: Moment) -> None:
    kinds = {"completeness/informative-missingness", "completeness/sparse-columns"}
    found = [finding for finding in heart_turn.situation.findings if finding["challenge"] in kinds]
    policy, client = heart_turn.mind(answer(), name=TINY)
    policy.assess(replace(heart_turn.situation, findings=found))
    names = client.schema["$defs"]
    treated = {name for step in heart_turn.situation.plan.steps for name in step.answers}
    assert names["OpenFinding"]["enum"] and not treated & set(names["OpenFinding"]["enum"])
    for key, offered in names.items():
        if key.startswith("OfferedTool"):  # a form for each tool: it cannot be paired with what it does not treat
            spec = heart_turn.situation.tools[offered["enum"][0]].spec
            assert set(names[key.replace("OfferedTool", "Challenge")]["enum"]) <= set(spec.addresses)


def test_without_steps_to_judge_a_weak_model_only_observes(heart_turn: Moment) -> None:
    policy, client = heart_turn.mind(answer(), name=TINY)
    policy.assess(replace(heart_turn.situation, plan=Plan()))
    assert list(client.schema["properties"]) == ["observations"]


def test_before_the_split_only_what_comes_before_it_is_offered(heart_turn: Moment) -> None:
    policy, client = heart_turn.mind(answer())
    policy.assess(replace(heart_turn.situation, stage="rows"))
    assert "impute" not in client.schema["$defs"]["OfferedTool0"]["enum"]
    assert "mark_missing" in client.schema["$defs"]["OfferedTool0"]["enum"]


def test_with_nothing_to_predict_no_step_is_asked_for(heart_turn: Moment) -> None:
    roles = heart_turn.situation.roles.model_copy(update={"kind": "none", "target": None})
    policy, client = heart_turn.mind(answer(verdicts=[verdict(first(heart_turn))]))
    policy.assess(replace(heart_turn.situation, roles=roles))
    assert "added" not in client.schema["properties"]
    assert client.schema["$defs"]["WhatBecomes"]["enum"] == ["keep", "remove"]


def test_a_model_that_cannot_hold_it_is_told_less_from_then_on(heart_turn: Moment) -> None:
    policy, client = heart_turn.mind(ModelError("Too long.", code="too-long"), answer(), answer())
    policy.assess(heart_turn.situation)
    long, short = (sum(len(m.text) for m in messages) for _, messages, _ in client.asked)
    assert short < long / 1.3
    policy.assess(heart_turn.situation)
    assert len(client.asked) == 3
    with pytest.raises(ModelError, match="again"):
        heart_turn.mind(ModelError("Too long again.", code="too-long"), name=TINY)[0].assess(heart_turn.situation)


def test_a_model_that_is_not_there_is_not_a_bad_answer(heart_turn: Moment) -> None:
    policy, _ = heart_turn.mind(ModelError("No connection.", code="unreachable"), ModelError("It ends", code="cut"))
    with pytest.raises(ModelError):
        policy.assess(heart_turn.situation)
    with pytest.raises(PlanError, match="It ends"):
        policy.assess(heart_turn.situation)


def test_every_form_of_a_turn_is_strict(heart_turn: Moment) -> None:
    for name in (BIG, TINY):
        policy, client = heart_turn.mind(answer(), name=name, level="values")
        policy.assess(heart_turn.situation)
        assert strict_schema(client.asked[0][2])["additionalProperties"] is False
