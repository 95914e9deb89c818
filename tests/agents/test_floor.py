"""What a model may add to a plan, and that it takes nothing away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

import climbdc_taxonomy
from climbdc.agents._floor import MOST_A_TURN, MOST_OWN, checked_step, guarded, own_trials, rules_assess
from climbdc.errors import PlanError
from climbdc.models import Situation, Trial
from climbdc.plan import Assessment, Backtrack, Plan, PlannedStep, Verdict, enforce, ordered, validate
from climbdc.registry import registry
from climbdc.sdk import Dictionary, Roles

TAXONOMY = climbdc_taxonomy.load()
GAPS, SPARSE, LEAK = "completeness/missing-values", "completeness/sparse-columns", "leakage/known-later"


def found(number: int, challenge: str, tool: str, columns: list[str]) -> dict[str, Any]:
    suggestion = {
        "tool": tool, "params": {"columns": columns}, "why": "Because.", "confidence": 0.95, "backed_by": "statistics",
    }  # fmt: skip
    return {
        "id": f"F{number:03d}", "challenge": challenge, "kind": "x", "severity": "critical", "columns": columns,
        "rows": None, "evidence": {}, "suggestions": [suggestion], "tool": "look", "status": "open",
        "answered_by": None,
    }  # fmt: skip


FINDINGS = (found(1, GAPS, "impute", ["age", "chol"]), found(2, LEAK, "drop_columns", ["later"]))


def situation(plan: Plan | None = None, findings: tuple[Mapping[str, Any], ...] = FINDINGS, **more: Any) -> Situation:
    return Situation(
        plan=plan or Plan(), findings=findings, columns=("id", "age", "chol", "ca", "later", "died"),
        roles=Roles(kind="binary", target="died", patient="id"), dictionary=Dictionary(), taxonomy=TAXONOMY,
        tools=registry(), stage="train", rows=100, **more,
    )  # fmt: skip


def own(tool: str = "drop_columns", challenge: str = SPARSE, **params: Any) -> PlannedStep:
    return PlannedStep(
        id="S99", challenge=challenge, tool=tool, params=params or {"columns": ["ca"]}, why="The model says so.",
        confidence=1.0, backed_by="knowledge", answers=("F001", "F002"),
    )  # fmt: skip


def adopt(now: Situation, proposed: Assessment) -> Plan:
    plan = ordered(enforce(now.plan, guarded(now, proposed, rules_assess(now))), TAXONOMY)
    validate(plan, registry(), TAXONOMY)
    return plan


def by_rules() -> Plan:
    return adopt(situation(), Assessment())


def test_what_the_rules_want_is_planned_whatever_a_model_says() -> None:
    before = by_rules()
    assert {step.tool for step in before.pending} == {"impute", "drop_columns"}
    leave_out = Assessment(
        verdicts=tuple(Verdict(step=step.id, verdict="remove", reason="I doubt it.") for step in before.pending),
        policy="llm:x",
    )
    after = adopt(situation(before), leave_out)
    assert [(step.id, step.tool, step.params) for step in after.pending] == [
        (step.id, step.tool, step.params) for step in before.pending
    ]
    assert all("I doubt it." in step.doubt for step in after.pending)


def test_another_way_becomes_an_alternative_and_a_doubt() -> None:
    before = by_rules()
    filling = next(step for step in before.pending if step.tool == "impute")
    other = Verdict(step=filling.id, verdict="replace", reason="Too few.", new=own())
    step = adopt(situation(before), Assessment(verdicts=(other,))).get(filling.id)
    assert (step.tool, step.params) == (filling.tool, filling.params)
    assert [(way.tool, way.origin) for way in step.alternatives] == [("drop_columns", "model")]
    again = adopt(situation(adopt(situation(before), Assessment(verdicts=(other,)))), Assessment(verdicts=(other,)))
    assert len(again.get(filling.id).alternatives) == 1


def test_a_models_step_is_stripped_of_what_only_code_may_say() -> None:
    plan = adopt(situation(), Assessment(added=(own(),)))
    step = next(step for step in plan.pending if step.origin == "model")
    assert (step.confidence, step.backed_by, step.answers) == (0.5, "", ())
    assert step.id not in {"S00", "S99"}
    again = adopt(situation(plan), Assessment())
    assert step in again.pending, "the rules leave a model's step in the plan"


def test_a_models_step_that_was_rejected_does_not_keep_the_rules_from_theirs() -> None:
    same = own(challenge=LEAK, columns=["later"])
    plan = adopt(situation(), Assessment(added=(same,)))
    theirs = next(step for step in plan.steps if step.origin == "model")
    rejected = Plan(steps=(theirs.model_copy(update={"status": "rejected"}),))
    tools = {step.tool for step in adopt(situation(rejected), Assessment()).pending if step.origin == "rules"}
    assert tools == {"impute", "drop_columns"}


def test_a_models_step_that_was_done_does_not_keep_the_rules_from_theirs() -> None:
    """It says that it answers a finding, treats one of its columns, and the finding is still there."""
    suggestion = {**FINDINGS[0]["suggestions"][0], "confidence": 0.5}
    still = ({**FINDINGS[0], "severity": "major", "suggestions": [suggestion]},)
    plan = adopt(situation(findings=still), Assessment())
    assert [step.params["columns"] for step in plan.pending if step.tool == "impute"] == [["age", "chol"]]
    done = own("impute", GAPS, columns=["age"]).model_copy(
        update={"id": "S50", "origin": "model", "status": "applied", "confidence": 0.5, "backed_by": ""}
    )
    now = situation(plan.append(done), findings=still, known_before={"S50": ["F001"]})
    assert done.answers == ("F001", "F002")
    assert [step.tool for step in adopt(now, Assessment()).pending] == [step.tool for step in plan.pending]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (own("no_such_tool"), "unknown-tool"),
        (own("missing_values", GAPS), "not-a-transform"),
        (own("split_data", "evaluation/split"), "closed-tool"),
        (own("edit_dictionary", "structure/types"), "closed-tool"),
        (own("deidentify", "privacy/personal-data", columns={"ca": "year"}), "closed-tool"),
        (own(challenge="no/such"), "unknown-challenge"),
        (own(columns=["died"]), "protected"),
        (own(columns=["id"]), "protected"),
        (own(columns=["ca", "ghost"]), "unknown-column"),
        (own("impute", GAPS, columns=["age"], indicators=["died"]), "protected"),
        (own(columns="age"), None),
        (own(nonsense=[1]), None),
    ],
)
def test_what_does_not_exist_or_is_not_open_is_refused_with_a_reason(step: PlannedStep, code: str | None) -> None:
    with pytest.raises(PlanError) as refused:
        adopt(situation(), Assessment(added=(step,)))
    assert code in {None, refused.value.code}
    assert str(refused.value)


def test_verdicts_that_contradict_each_other_or_name_nothing_are_refused() -> None:
    before = by_rules()
    name = before.pending[0].id
    both = tuple(Verdict(step=name, verdict=each, reason="") for each in ("keep", "remove"))
    with pytest.raises(PlanError, match="two verdicts"):
        adopt(situation(before), Assessment(verdicts=both))
    with pytest.raises(PlanError, match="not a pending step"):
        adopt(situation(before), Assessment(verdicts=(Verdict(step="S77", verdict="keep", reason=""),)))


def test_endless_ideas_come_to_an_end() -> None:
    names = ("age", "chol", "ca", "later")
    ideas = [own(columns=list(some)) for size in range(1, 5) for some in combinations(names, size)]
    assert len(ideas) > MOST_OWN
    plan = by_rules()
    for _ in range(9):
        new = adopt(situation(plan), Assessment(added=tuple(ideas)))
        assert len(new.steps) - len(plan.steps) <= MOST_A_TURN
        plan = new
    assert sum(step.origin == "model" for step in plan.steps) == MOST_OWN


def test_without_a_goal_the_rules_stand_alone() -> None:
    now = replace(situation(), roles=Roles(kind="none"))
    with pytest.raises(PlanError, match="only values are made right"):
        checked_step(now, own())


def test_no_trial_takes_a_leak_back_or_drops_a_step() -> None:
    done = tuple(
        PlannedStep(id=f"S0{n}", challenge=challenge, tool=tool, params={"columns": ["ca"]}, status="applied")
        for n, (challenge, tool) in enumerate([(LEAK, "drop_columns"), (GAPS, "impute")], start=1)
    )
    now = situation(Plan(steps=done))
    other, filling = own(columns=["age"]), own("impute", GAPS, columns=["ca"], indicators=["ca"])
    asked = [Trial("S01", other, ""), Trial("S02", None, ""), Trial("S09", other, ""), Trial("S02", other, "")]
    assert own_trials(now, asked) == [], "a leak, nothing instead, no such step, another tool"
    (kept,) = own_trials(now, [*asked, Trial("S02", filling, "")])
    assert kept.instead is not None and (kept.step, kept.instead.id, kept.tries) == ("S02", "S02", 1)
    assert kept.instead.settled == ("indicators",), "the rules keep what was measured to help"


def test_a_trial_may_name_columns_that_were_there_before_its_step() -> None:
    done = PlannedStep(id="S01", challenge=GAPS, tool="impute", params={"columns": ["sex", "age"]}, status="applied")
    asked = Trial("S01", own("impute", GAPS, columns=["sex"], indicators=["sex"]), "")
    assert own_trials(situation(Plan(steps=(done,))), [asked])
    assert not own_trials(situation(Plan(steps=(done,))), [Trial("S01", own("impute", GAPS, columns=["ghost"]), "")])


def test_going_back_by_the_rules_is_before_what_a_model_wants() -> None:
    now = situation(by_rules())
    back = Backtrack(before_step="S01", reason="I want to.", origin="model")
    assert guarded(now, Assessment(backtrack=back), rules_assess(now)).backtrack == back
    rules = Assessment(backtrack=Backtrack(before_step="S02", reason="A leak."))
    assert guarded(now, Assessment(backtrack=back), rules).backtrack == rules.backtrack
