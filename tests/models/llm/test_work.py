"""The worker's turn and trials: the params are the tool's own, words are for the clinician, questions are few."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from climbdc.agents._floor import own_trials
from climbdc.errors import PlanError
from climbdc.models import Ask, GiveBack
from climbdc.plan import PlannedStep
from climbdc.privacy import Disclosure

from .turns import TINY, Moment, own_step

CODES = own_step("mark_missing", "completeness/disguised-missing", {"codes": {"chol": [], "trestbps": []}})


def says(told: str = "chol: its zeros become empty.", action: str = "run", **more: Any) -> dict[str, Any]:
    return {"action": action, "told": told, **more}


def coded(column: str, *codes: str) -> dict[str, Any]:
    return {"codes": [{"key": column, "value": list(codes)}]}


def work(turn: Moment, step: PlannedStep, *answers: dict[str, Any], **more: Any) -> PlannedStep | GiveBack | Ask:
    policy, _ = turn.mind(*answers)
    return policy.work(replace(turn.with_step(step), **more), step)


def test_a_step_of_the_rules_is_explained_and_not_changed(heart_turn: Moment) -> None:
    step = heart_turn.situation.plan.pending[0]
    policy, client = heart_turn.mind(says(params={"columns": ["age"]}))
    done = policy.work(heart_turn.situation, step)
    assert done == step.model_copy(update={"told": "chol: its zeros become empty."})
    assert list(client.schema["properties"]) == ["action", "told"]


def test_what_only_repeats_the_step_is_not_told_again(heart_turn: Moment) -> None:
    step = heart_turn.situation.plan.pending[0]
    done = work(heart_turn, step, says(step.why))
    assert isinstance(done, PlannedStep) and done.told == ""


def test_a_models_own_step_gets_the_params_of_its_tool(heart_turn: Moment) -> None:
    done = work(heart_turn, CODES, says(params=coded("CHOL", "0")))
    assert isinstance(done, PlannedStep) and done.params == {"codes": {"chol": ["0"]}}
    assert done.told and done.id == CODES.id


def test_what_the_expert_settled_stays(heart_turn: Moment) -> None:
    step = own_step(
        "impute", "completeness/missing-values", {"columns": ["chol"], "numeric": "median"}, settled=("numeric",)
    )
    chosen = {"columns": ["chol"], "numeric": "mean", "categorical": "mode", "indicators": []}
    done = work(heart_turn, step, says(params=chosen))
    assert isinstance(done, PlannedStep) and (done.params["numeric"], done.params["categorical"]) == ("median", "mode")


BAD = [
    (says(params=coded("age", "0")), "not a column of this step"),
    (says(params=coded("troponin", "0")), "troponin"),
    (says(params={"codes": []}), "no column"),
    (says(action="explode", params=coded("chol", "0")), "explode"),
    (says(), "no params"),
]


@pytest.mark.parametrize(("said", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_params_that_cannot_be_are_refused_with_a_reason(heart_turn: Moment, said: Any, reason: str) -> None:
    with pytest.raises(PlanError) as refused:
        work(heart_turn, CODES, said)
    assert refused.value.code in {"bad-answer", "bad-params"} and reason in str(refused.value)


def test_params_outside_the_tools_range_are_refused_by_the_tool(heart_turn: Moment) -> None:
    step = own_step("encode_categories", "features/engineering", {"columns": ["cp"]})
    with pytest.raises(PlanError, match="max_levels"):
        work(heart_turn, step, says(params={"columns": ["cp"], "max_levels": 0}))


def test_a_step_can_be_given_back_with_the_reason(heart_turn: Moment) -> None:
    assert work(heart_turn, CODES, says("Zero is real here.", "give_back")) == GiveBack("Zero is real here.")
    assert work(heart_turn, CODES, says("", "give_back")) == GiveBack("No reason was given.")


def test_one_question_a_step_and_then_the_answer_is_told(heart_turn: Moment) -> None:
    step = heart_turn.situation.plan.pending[0]
    asked = work(heart_turn, step, says("Can chol be zero?", "ask"))
    assert asked == Ask("Can chol be zero?")
    policy, client = heart_turn.mind(says("Still?", "ask"))
    now = replace(heart_turn.situation, told=(("Can chol be zero?", "Never in Hungary."),))
    done = policy.work(now, step)
    assert isinstance(done, PlannedStep) and "Never in Hungary." in client.text
    assert client.schema["$defs"]["Action"]["enum"] == ["run", "give_back"]


def test_questions_end_after_a_few_steps(heart_turn: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [{"id": f"ask:S{number}:1", "answer": None} for number in range(4)]
    policy, client = heart_turn.mind(says())
    monkeypatch.setattr(type(policy.stored), "decisions", lambda self, answered=True: [] if answered else asked)
    policy.work(heart_turn.situation, heart_turn.situation.plan.pending[0])
    assert "ask" not in client.schema["$defs"]["Action"]["enum"]


def test_the_worker_sees_its_step_alone(heart_turn: Moment) -> None:
    step = heart_turn.situation.plan.pending[0]
    policy, client = heart_turn.mind(says())
    policy.work(heart_turn.situation, step)
    others = [each.id for each in heart_turn.situation.plan.pending[1:]]
    assert step.id in client.text and not [name for name in others if f'"{name}"' in client.text]
    assert all(name in client.text for name in step.answers)


@pytest.mark.parametrize("level", ["metadata", "aggregates", "values"])
def test_numbers_in_a_tools_reason_stay_here(heart_turn: Moment, level: Disclosure) -> None:
    """A plug-in may say anything in the reason of what it suggests."""
    policy, client = heart_turn.mind(says(), level=level)
    why = "7 of 920 rows are odd, the highest chol is 603, the lowest age 28."
    policy.work(heart_turn.situation, heart_turn.situation.plan.pending[0].model_copy(update={"why": why}))
    assert "rows are odd, the highest chol is" in client.text
    assert "7 of" not in client.text and "603" not in client.text and "age 28" not in client.text


def trialled(turn: Moment) -> tuple[Any, PlannedStep]:
    step = own_step("impute", "completeness/missing-values", {"columns": ["chol"]}).model_copy(
        update={"id": "S40", "origin": "rules", "status": "applied"}
    )
    leak = own_step("drop_columns", "leakage/known-later", {"columns": ["thal"]}).model_copy(
        update={"id": "S41", "status": "applied"}
    )
    now = turn.with_step(step)
    return replace(now, plan=now.plan.append(leak)), step


def test_another_way_is_wanted_once_and_may_be_measured(heart_turn: Moment) -> None:
    now, _ = trialled(heart_turn)
    way = {"numeric": "median", "categorical": "mode", "indicators": []}
    policy, client = heart_turn.mind({"trials": [{"step": "S40", "why": "Few gaps.", "tool": "impute"}]}, way)
    try:
        (trial,) = policy.trials(now)
        assert client.asked[0][2].model_fields and len(client.asked) == 2
        assert policy.trials(now) == [trial] and len(client.asked) == 2
    finally:
        heart_turn.session.stored.drop_results("mind/")
    assert trial.instead is not None
    assert trial.instead.params == {"columns": ["chol"], **way} and trial.instead.origin == "model"
    (allowed,) = own_trials(now, [trial])
    assert allowed.instead is not None and allowed.instead.params["numeric"] == "median"


def test_what_took_a_leak_away_is_not_put_to_a_trial(heart_turn: Moment) -> None:
    now, _ = trialled(heart_turn)
    policy, client = heart_turn.mind({"trials": [{"step": "S41", "why": "Scores better.", "tool": "impute"}]})
    try:
        with pytest.raises(PlanError, match="S41"):
            policy.trials(now)
        assert policy.trials(now) == [] and len(client.asked) == 1
    finally:
        heart_turn.session.stored.drop_results("mind/")
    assert client.schema["$defs"]["AppliedStep"]["enum"] == ["S40"]


def test_a_weak_model_sees_an_example_whose_numbers_back_nothing(heart_turn: Moment) -> None:
    policy, client = heart_turn.mind(says("insulin is 0 in 370 rows."), name=TINY)
    done = policy.work(heart_turn.situation, heart_turn.situation.plan.pending[0])
    assert [message.role for message in client.asked[0][1]] == ["system", "user", "assistant", "user"]
    assert isinstance(done, PlannedStep) and "[unverified: 370]" in done.told
