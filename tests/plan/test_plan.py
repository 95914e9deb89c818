"""Plans: verdicts are enforced as said, bad ones refused, the taxonomy's order kept."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import climbdc_taxonomy
from climbdc.errors import PlanError
from climbdc.plan import Assessment, Backtrack, Plan, PlannedStep, StepStatus, Verdict, enforce, ordered, validate
from climbdc.registry import registry

TAXONOMY = climbdc_taxonomy.load()
LEAK, GAPS, FEATURES = "leakage/known-later", "completeness/missing-values", "features/engineering"


def step(name: str, challenge: str = GAPS, status: StepStatus = "pending", **more: object) -> PlannedStep:
    """A step with the least said of it."""
    body = {"id": name, "challenge": challenge, "tool": "drop_columns", "params": {"columns": ["a"]}, "status": status}
    return PlannedStep.model_validate({**body, **more})


PLAN = Plan(steps=(step("S01", status="applied"), step("S02"), step("S03", FEATURES)))


def judged(verdict: str, name: str = "S02", new: PlannedStep | None = None) -> Plan:
    """The plan after one verdict."""
    said = Verdict.model_validate({"step": name, "verdict": verdict, "reason": "so", "new": new})
    return enforce(PLAN, Assessment(verdicts=(said,)))


def test_keep_changes_nothing() -> None:
    assert judged("keep") == PLAN


def test_remove_keeps_the_step_with_its_reason() -> None:
    after = judged("remove")
    assert (after.get("S02").status, after.get("S02").reason) == ("removed", "so")
    assert [item.id for item in after.pending] == ["S03"]


def test_removing_what_was_gone_back_to_marks_it_as_undone() -> None:
    said = Assessment(
        backtrack=Backtrack(before_step="S02", reason="worse"),
        verdicts=(Verdict(step="S02", verdict="remove", reason="worse"),),
    )
    assert enforce(PLAN, said).get("S02").status == "undone"


def test_replace_takes_the_place_and_the_id() -> None:
    after = judged("replace", new=step("S99", status="applied", params={"columns": ["b"]}))
    assert [item.id for item in after.steps] == ["S01", "S02", "S03"]
    assert (after.get("S02").params, after.get("S02").status) == ({"columns": ["b"]}, "pending")


def test_insert_before_gets_a_fresh_id_and_the_place_before() -> None:
    after = judged("insert_before", "S03", step("S01", LEAK))
    assert [(item.id, item.challenge) for item in after.pending] == [("S02", GAPS), ("S04", LEAK), ("S03", FEATURES)]


def test_added_steps_get_ids_no_step_has_had() -> None:
    after = enforce(PLAN, Assessment(added=(step("S01"), step("S01"))))
    assert [item.id for item in after.steps] == ["S01", "S02", "S03", "S04", "S05"]


@pytest.mark.parametrize("name", ["S01", "S09", ""])
def test_a_verdict_on_what_is_not_pending_is_refused(name: str) -> None:
    with pytest.raises(PlanError, match="not a pending step") as raised:
        judged("remove", name)
    assert raised.value.code == "bad-verdict"


def test_two_verdicts_cannot_remove_one_step_twice() -> None:
    twice = tuple(Verdict(step="S02", verdict="remove", reason="so") for _ in range(2))
    with pytest.raises(PlanError, match="not a pending step"):
        enforce(PLAN, Assessment(verdicts=twice))


@pytest.mark.parametrize("verdict", ["replace", "insert_before"])
def test_a_verdict_without_its_step_is_refused(verdict: str) -> None:
    with pytest.raises(ValidationError, match="needs the new step"):
        Verdict.model_validate({"step": "S02", "verdict": verdict, "reason": ""})


@pytest.mark.parametrize("body", [{"verdict": "perhaps"}, {"verdict": "keep", "extra": 1}])
def test_other_verdicts_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Verdict.model_validate({"step": "S02", "reason": "", **body})


def test_a_valid_plan_passes() -> None:
    validate(ordered(PLAN, TAXONOMY), registry(), TAXONOMY)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (step("S02", "no/such"), "unknown-challenge"),
        (step("S02", tool="drop_column"), "unknown-tool"),
        (step("S02", tool="missing_values", params={}), "not-a-transform"),
        (step("S02", params={"colums": ["a"]}), "bad-params"),
        (step("S02", params={"columns": 7}), "bad-params"),
        (step("S03"), "step-twice"),
    ],
)
def test_a_plan_that_cannot_be_done_is_refused(bad: PlannedStep, code: str) -> None:
    with pytest.raises(PlanError) as raised:
        validate(Plan(steps=(bad, step("S03", FEATURES))), registry(), TAXONOMY)
    assert raised.value.code == code


def test_a_wrong_order_is_refused_and_put_right() -> None:
    wrong = Plan(steps=(step("S01", GAPS), step("S02", LEAK)))
    with pytest.raises(PlanError, match="must follow it") as raised:
        validate(wrong, registry(), TAXONOMY)
    assert raised.value.code == "wrong-order"
    right = ordered(wrong, TAXONOMY)
    validate(right, registry(), TAXONOMY)
    assert [item.id for item in right.steps] == ["S02", "S01"]


CHALLENGES = st.sampled_from([challenge.id for challenge in TAXONOMY])
STATUSES = st.sampled_from(["pending", "pending", "applied", "rejected", "removed", "undone"])
PLANS = st.lists(st.tuples(CHALLENGES, STATUSES), max_size=12).map(
    lambda pairs: Plan(
        steps=tuple(
            PlannedStep.model_validate(
                {"id": f"S{n:02d}", "challenge": challenge, "tool": "drop_columns", "status": status,
                 "params": {"columns": ["a"]}}
            )
            for n, (challenge, status) in enumerate(pairs, start=1)
        )
    )
)  # fmt: skip


@given(PLANS)
@settings(deadline=None, max_examples=150)
def test_any_plan_can_be_ordered(plan: Plan) -> None:
    after = ordered(plan, TAXONOMY)
    validate(after, registry(), TAXONOMY)
    assert sorted(item.id for item in after.steps) == sorted(item.id for item in plan.steps)
    done = [item for item in plan.steps if item.status != "pending"]
    assert list(after.steps[: len(done)]) == done
    assert ordered(after, TAXONOMY) == after
    for earlier, later in combinations(after.pending, 2):
        assert not TAXONOMY.must_follow(earlier.challenge, later.challenge)


@given(PLANS, st.lists(st.tuples(st.sampled_from(["keep", "remove", "replace", "insert_before"]), CHALLENGES)))
@settings(deadline=None, max_examples=150)
def test_any_verdicts_leave_a_plan_that_can_be_ordered(plan: Plan, said: list[tuple[str, str]]) -> None:
    verdicts = tuple(
        Verdict.model_validate(
            {"step": item.id, "verdict": kind, "reason": "so", "new": item.model_copy(update={"challenge": challenge})}
        )
        for item, (kind, challenge) in zip(plan.pending, said, strict=False)
    )
    after = ordered(enforce(plan, Assessment(verdicts=verdicts)), TAXONOMY)
    validate(after, registry(), TAXONOMY)
    kinds = [verdict.verdict for verdict in verdicts]
    assert len(after.steps) == len(plan.steps) + kinds.count("insert_before")
    assert len(after.pending) == len(plan.pending) + kinds.count("insert_before") - kinds.count("remove")
    assert after.applied == plan.applied
    assert Plan.model_validate_json(after.model_dump_json()) == after
