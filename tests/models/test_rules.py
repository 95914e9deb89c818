"""The rules policy on situations made by hand: each verdict for its reason, and nothing proposed twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import climbdc_taxonomy
from climbdc.models import GiveBack, RulesPolicy, Situation, Trial, TrialResult
from climbdc.plan import Plan, PlannedStep, enforce, ordered, validate
from climbdc.registry import registry
from climbdc.sdk import Dictionary, Roles

TAXONOMY = climbdc_taxonomy.load()
GAPS, SPARSE, ZEROS = "completeness/missing-values", "completeness/sparse-columns", "plausibility/impossible-values"
LEAK, INFORMATIVE, CODING = "leakage/known-later", "completeness/informative-missingness", "features/engineering"
ROLES = Roles(kind="binary", target="died", patient="id")
COLUMNS = ("id", "age", "chol", "ca", "died")


def found(number: int, challenge: str, tool: str, params: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A stored finding with one suggestion."""
    suggestion = {"tool": tool, "params": params, "why": "Because.", "confidence": 0.95, "backed_by": ""}
    suggestion |= {key: more.pop(key) for key in ("confidence", "backed_by") if key in more}
    return {
        "id": f"F{number:03d}", "challenge": challenge, "kind": "x", "severity": "major", "columns": [], "rows": None,
        "evidence": {}, "suggestions": [suggestion], "tool": "look", "status": "open", "answered_by": None, **more,
    }  # fmt: skip


def gaps(*columns: str, **more: Any) -> dict[str, Any]:
    """Gaps to be filled."""
    return found(1, GAPS, "impute", {"columns": list(columns)}, **more)


def situation(plan: Plan | None = None, *findings: Mapping[str, Any], **more: Any) -> Situation:
    """A situation after the split, unless said otherwise."""
    body: dict[str, Any] = {
        "columns": COLUMNS, "roles": ROLES, "dictionary": Dictionary(), "taxonomy": TAXONOMY, "tools": registry(),
        "stage": "train", "rows": 100, **more,
    }  # fmt: skip
    return Situation(plan=plan or Plan(), findings=findings, **body)


def adopted(now: Situation) -> Plan:
    """The plan after one turn, checked as the coordinator checks it."""
    plan = ordered(enforce(now.plan, RulesPolicy().assess(now)), TAXONOMY)
    validate(plan, registry(), TAXONOMY)
    return plan


def planned(*findings: dict[str, Any], **more: Any) -> Plan:
    """The first plan for these findings."""
    return adopted(situation(None, *findings, **more))


def verdicts(now: Situation) -> list[tuple[str, str]]:
    """What is said of each step."""
    return [(verdict.step, verdict.verdict) for verdict in RulesPolicy().assess(now).verdicts]


def done(plan: Plan, *ids: str) -> Plan:
    """The plan with these steps applied."""
    for name in ids:
        plan = plan.with_status(name, "applied")
    return plan


def test_a_finding_with_a_suggestion_becomes_a_step() -> None:
    step = planned(gaps("age")).pending[0]
    assert (step.tool, step.params["columns"], step.answers) == ("impute", ["age"], ("F001",))


@pytest.mark.parametrize("more", [{"status": "answered"}, {"severity": "info"}, {"suggestions": []}])
def test_what_needs_no_treatment_gets_none(more: dict[str, Any]) -> None:
    assert not planned(gaps("age", **more)).steps


def test_findings_of_one_kind_are_one_step_but_sure_and_doubtful_are_two() -> None:
    sure = found(1, ZEROS, "mark_missing", {"codes": {"chol": ["0"]}})
    other = found(2, ZEROS, "mark_missing", {"codes": {"age": ["0"]}})
    doubtful = found(3, ZEROS, "mark_missing", {"codes": {"ca": ["9"]}}, confidence=0.6)
    steps = planned(sure, other, doubtful).pending
    assert [sorted(step.params["codes"]) for step in steps] == [["age", "chol"], ["ca"]]
    assert steps[0].answers == ("F001", "F002")


def test_outcome_and_patient_are_never_dropped() -> None:
    step = planned(found(1, LEAK, "drop_columns", {"columns": ["died", "id", "chol"]})).pending[0]
    assert step.params["columns"] == ["chol"]
    assert not planned(found(1, LEAK, "drop_columns", {"columns": ["died", "id"]})).steps


def test_without_a_target_only_values_are_made_right() -> None:
    nothing = {"roles": Roles(kind="none")}
    assert not planned(gaps("age"), **nothing).steps
    assert planned(found(1, ZEROS, "mark_missing", {"codes": {"chol": ["0"]}}), **nothing).steps


def test_before_the_split_a_part_is_sealed_unless_a_test_file_came() -> None:
    assert [step.tool for step in planned(stage="rows").pending] == ["split_data"]
    assert not planned(stage="rows", test_given=True).steps


def test_what_models_cannot_use_is_encoded_in_the_order_of_the_file() -> None:
    assert planned(unusable={"chol": "text", "age": "text"}).pending[0].params["columns"] == ["age", "chol"]


def test_keep_while_the_finding_is_there() -> None:
    assert verdicts(situation(planned(gaps("age")), gaps("age"))) == [("S01", "keep")]


def test_remove_when_another_step_answered_it() -> None:
    plan = planned(gaps("age"))
    now = situation(plan, gaps("age", status="answered", answered_by="S09"))
    (verdict,) = RulesPolicy().assess(now).verdicts
    assert verdict.verdict == "remove" and "S09" in verdict.reason
    assert adopted(now).get("S01").status == "removed"


def test_what_was_removed_may_be_planned_when_it_is_found_again() -> None:
    plan = planned(gaps("age")).with_status("S01", "removed")
    assert [step.id for step in adopted(situation(plan, gaps("age"))).pending] == ["S02"]


def test_replace_when_the_columns_changed_and_say_how() -> None:
    now = situation(planned(gaps("age", "ca")), gaps("age", "chol"))
    (verdict,) = RulesPolicy().assess(now).verdicts
    assert verdict.verdict == "replace" and "without ca; also chol" in verdict.reason
    assert adopted(now).get("S01").params["columns"] == ["age", "chol"]


def test_replace_when_a_column_is_gone() -> None:
    plan = planned(gaps("age", "ca"))
    now = situation(plan, gaps("age", "ca"), columns=("id", "age", "died"))
    assert adopted(now).get("S01").params["columns"] == ["age"]


def test_insert_before_when_something_that_must_come_first_turns_up() -> None:
    plan = planned(gaps("age", "chol"))
    leak = found(2, LEAK, "drop_columns", {"columns": ["chol"]})
    now = situation(plan, gaps("age", "chol"), leak)
    assert verdicts(now) == [("S01", "insert_before"), ("S01", "keep")]
    assert [(step.id, step.challenge) for step in adopted(now).pending] == [("S02", LEAK), ("S01", GAPS)]
    assert not RulesPolicy().assess(now).added


def test_one_new_finding_is_inserted_once_before_several_steps() -> None:
    plan = planned(gaps("age"), unusable={"chol": "text"})
    now = situation(
        plan, gaps("age"), found(2, LEAK, "drop_columns", {"columns": ["ca"]}), unusable={"chol": "text"}
    )  # fmt: skip
    assert [name for _, name in verdicts(now)].count("insert_before") == 1
    assert len(adopted(now).pending) == 3


def test_what_may_come_later_is_added_rather_than_inserted() -> None:
    now = situation(planned(gaps("age")), gaps("age"), unusable={"chol": "text"})
    assert verdicts(now) == [("S01", "keep")]
    assert [step.challenge for step in RulesPolicy().assess(now).added] == [CODING]


@pytest.mark.parametrize("status", ["applied", "rejected", "failed", "not-applicable", "undone"])
def test_nothing_is_proposed_twice_for_one_finding(status: Any) -> None:
    plan = planned(gaps("age")).with_status("S01", status)
    assert not adopted(situation(plan, gaps("age"))).pending
    other = {**gaps("chol"), "id": "F009"}
    assert len(adopted(situation(plan, gaps("age"), other)).pending) == 1


def test_a_late_finding_goes_back_before_what_learnt_from_it() -> None:
    plan = done(planned(gaps("age")), "S01")
    leak = found(2, LEAK, "drop_columns", {"columns": ["chol"]}, backed_by="knowledge")
    before = {"S01": ["F001"]}
    assessment = RulesPolicy().assess(situation(plan, gaps("age", status="answered"), leak, known_before=before))
    assert assessment.backtrack is not None and assessment.backtrack.before_step == "S01"
    assert "F002" in assessment.backtrack.reason


@pytest.mark.parametrize(
    ("finding", "before"),
    [
        (found(2, LEAK, "drop_columns", {"columns": ["chol"]}), ["F001", "F002"]),
        (found(2, ZEROS, "mark_missing", {"codes": {"chol": ["9"]}}, confidence=0.5), ["F001"]),
        (found(2, "features/engineering", "encode_categories", {"columns": ["chol"]}), ["F001"]),
    ],
    ids=["known then", "doubtful", "may come later"],
)
def test_no_going_back_for_what_was_known_is_doubtful_or_may_come_later(
    finding: dict[str, Any], before: list[str]
) -> None:
    plan = done(planned(gaps("age")), "S01")
    now = situation(plan, gaps("age", status="answered"), finding, known_before={"S01": before})
    assert RulesPolicy().assess(now).backtrack is None


def sparse(confidence: float = 0.6) -> Situation:
    """A column dropped for its gaps."""
    gap = found(3, SPARSE, "drop_columns", {"columns": ["ca"]}, confidence=confidence)
    plan = done(planned(gap), "S01")
    return situation(plan, gap, columns=("id", "age", "chol", "died"))


def result(trial: Trial, low: float) -> TrialResult:
    """A measurement."""
    return TrialResult(trial, "auc", low + 0.01, low, low + 0.02)


def test_a_drop_is_tried_without() -> None:
    (trial,) = RulesPolicy().trials(sparse())
    assert (trial.step, trial.instead) == ("S01", None)
    assert not RulesPolicy().trials(sparse(confidence=1.0))


def test_a_gain_goes_back_and_the_step_is_not_planned_again() -> None:
    now = sparse()
    (trial,) = RulesPolicy().trials(now)
    won = Situation(**{**vars(now), "trials": [result(trial, 0.01)]})
    assessment = RulesPolicy().assess(won)
    assert assessment.backtrack is not None and assessment.backtrack.before_step == "S01"
    assert "+0.0100 to +0.0300" in assessment.backtrack.reason
    back = enforce(now.plan.with_status("S01", "pending"), assessment)
    assert not adopted(situation(back, *now.findings)).pending


@pytest.mark.parametrize("low", [0.0, -0.01])
def test_a_gain_that_may_be_chance_changes_nothing(low: float) -> None:
    now = sparse()
    (trial,) = RulesPolicy().trials(now)
    assert RulesPolicy().assess(Situation(**{**vars(now), "trials": [result(trial, low)]})).backtrack is None


def test_indicators_that_helped_outlast_the_next_revision() -> None:
    informative = found(4, INFORMATIVE, "impute", {"columns": ["age"], "indicators": ["age"]}, severity="minor")
    plan = planned(gaps("age"), informative)
    assert len(plan.pending) == 1 and "indicators" not in plan.pending[0].params
    now = situation(done(plan, "S01"), gaps("age", status="answered", answered_by="S01"), informative)
    (trial,) = RulesPolicy().trials(now)
    assert trial.instead is not None and trial.instead.params["indicators"] == ["age"]
    assessment = RulesPolicy().assess(Situation(**{**vars(now), "trials": [result(trial, 0.01)]}))
    back = enforce(now.plan.with_status("S01", "pending"), assessment)
    after = adopted(situation(back, gaps("age", "chol"), informative))
    assert after.get("S01").params == {"columns": ["age", "chol"], "indicators": ["age"]}
    assert not RulesPolicy().trials(situation(done(after, "S01"), gaps("age"), informative))


def test_the_worker_narrows_to_the_columns_that_are_there_or_gives_back() -> None:
    step = planned(gaps("age", "ca")).pending[0]
    now = situation(None, columns=("id", "age", "died"))
    worked = RulesPolicy().work(now, step)
    assert isinstance(worked, PlannedStep) and worked.params["columns"] == ["age"]
    assert isinstance(RulesPolicy().work(situation(None, columns=("id", "died")), step), GiveBack)


def test_one_situation_has_one_assessment() -> None:
    now = situation(planned(gaps("age", "ca")), gaps("age"), found(2, LEAK, "drop_columns", {"columns": ["chol"]}))
    assert RulesPolicy().assess(now).model_dump_json() == RulesPolicy().assess(now).model_dump_json()


def test_revising_comes_to_rest() -> None:
    """After one turn the next has nothing left to change."""
    findings = (gaps("age", "chol"), found(2, LEAK, "drop_columns", {"columns": ["ca"]}))
    plan = planned(*findings)
    assert {name for _, name in verdicts(situation(plan, *findings))} == {"keep"}
    assert adopted(situation(plan, *findings)) == plan


def test_observations_name_what_the_last_step_answered() -> None:
    now = situation(done(planned(gaps("age")), "S01"), gaps("age", status="answered", answered_by="S01"))
    assert any("F001" in told and "S01" in told for told in RulesPolicy().assess(now).observations)
