"""The coordinator's turn: the policy assesses, code validates and enforces."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._pause import Checkpoint, answer_of, count, options, wait_for
from climbdc.agents._plans import EXPERT, current_plan, in_order, save_plan
from climbdc.agents._replay import end_replay, replaying
from climbdc.agents._rewind import rewind
from climbdc.agents._screening import situation, stage_of
from climbdc.agents._trials import pending_results
from climbdc.errors import PlanError
from climbdc.models import RulesPolicy, Situation
from climbdc.plan import Assessment, Plan, PlannedStep, enforce, validate
from climbdc.registry import sentence, title
from climbdc.store import SessionStore

__all__ = ["assess", "settle_plan"]

REPAIRS = 2
"""How often a policy may repair an assessment that is not valid before the rules take over for the turn."""


def assess(
    state: GraphState, runtime: Runtime[RunContext]
) -> Command[Literal["pause", "work", "try_out", "assess", "screen"]]:
    """One turn: adopt what the policy says where it is valid, go back if it says so, else go on."""
    context = runtime.context
    session = context.session
    if session.get(f"screened/{stage_of(session)}") is None:
        return Command(goto="screen")
    held = replaying(session, current_plan(session))
    if held:
        _as_the_data_are(context, held[0])
        return Command(goto="work")
    end_replay(session)
    unanswered = _unanswered(session)
    if unanswered:
        return wait_for(session, unanswered, _plan_question(context, current_plan(session)), "settle_plan")
    now = situation(context, pending_results(session))
    assessment, plan = _valid(context, now)
    if assessment.backtrack is not None:
        _go_back(context, assessment)
        session.drop_results("trials/pending")
        return Command(goto="assess")
    session.drop_results("trials/pending")
    reason = _reason(assessment)
    save_plan(session, plan, reason, assessment)
    session.say("planned", {"pending": len(plan.pending), "reason": reason, **_judged(assessment, plan)})
    if assessment.added and plan.pending:
        revision = len(session.plans())
        return wait_for(session, f"plan:{revision}", _plan_question(context, plan), "settle_plan")
    return Command(goto="work" if plan.pending else "try_out")


def _as_the_data_are(context: RunContext, step: str) -> None:
    """Let an approved step have other params where the data ask for them; it is then asked about like any other."""
    plan = current_plan(context.session)
    now = situation(context)
    assessment = _heeding(now, context.policy.assess(now))
    new = tuple(verdict for verdict in assessment.verdicts if (verdict.step, verdict.verdict) == (step, "replace"))
    if new and plan.pending[0].id == step:
        plan = enforce(plan, Assessment(verdicts=new, policy=assessment.policy))
        save_plan(context.session, plan, _reason(assessment.model_copy(update={"verdicts": new, "added": ()})))


def _unanswered(session: SessionStore) -> str:
    """The question about the plan where a kill or an edit came before it was asked or answered; else nothing."""
    plans = session.plans()
    added = [item["revision"] for item in plans if (item["assessment"] or {}).get("added")]
    if not added or not current_plan(session).pending:
        return ""
    answered = {item["id"] for item in session.decisions()}
    newest = plans[-1]["revision"]
    known = any(f"plan:{revision}" in answered for revision in range(added[-1], newest + 1))
    return "" if known else f"plan:{newest}"


def _valid(context: RunContext, now: Situation) -> tuple[Assessment, Plan]:
    """An assessment and the plan it leads to; after two bad ones of another policy the rules decide."""
    for _ in range(1 + REPAIRS):
        try:
            assessment = _heeding(now, context.policy.assess(now))
            return assessment, _adopted(context, now, assessment)
        except PlanError as error:
            context.session.say("invalid", {"policy": context.policy.name, "reason": str(error)})
            if isinstance(context.policy, RulesPolicy):
                raise
    assessment = _heeding(now, RulesPolicy().assess(now))
    return assessment, _adopted(context, now, assessment)


def _heeding(now: Situation, assessment: Assessment) -> Assessment:
    """The assessment without taking away or changing what the expert wants done."""
    wanted = {step.id for step in now.plan.pending if step.backed_by == EXPERT}
    kept = tuple(
        verdict for verdict in assessment.verdicts
        if verdict.step not in wanted or verdict.verdict not in {"remove", "replace"}
    )  # fmt: skip
    return assessment.model_copy(update={"verdicts": kept})


def _adopted(context: RunContext, now: Situation, assessment: Assessment) -> Plan:
    if assessment.backtrack is not None:
        if assessment.backtrack.before_step not in {step.id for step in now.plan.applied}:
            raise PlanError(f"{assessment.backtrack.before_step} was not applied.", code="bad-backtrack")
        return now.plan
    plan = in_order(context.session, enforce(now.plan, assessment), context.taxonomy)
    validate(plan, now.tools, context.taxonomy)
    return plan


def _go_back(context: RunContext, assessment: Assessment) -> None:
    """Data, plan and recipe go back together; the verdicts then change what is done instead."""
    session = context.session
    assert assessment.backtrack is not None
    plan = rewind(context, assessment.backtrack.before_step, assessment.backtrack.reason)
    plan = in_order(session, enforce(plan, assessment), context.taxonomy)
    save_plan(
        session, plan, f"Back before {assessment.backtrack.before_step}: {assessment.backtrack.reason}", assessment
    )
    session.say("backtracked", {"before": assessment.backtrack.before_step, "reason": assessment.backtrack.reason})


def _judged(assessment: Assessment, plan: Plan) -> dict[str, Any]:
    """What was decided about each step, with the step's tool, and how many steps are new: for whoever tells it."""
    tools = {step.id: step.tool for step in plan.steps}
    verdicts = [
        {"step": each.step, "tool": tools.get(each.step, ""), "verdict": each.verdict, "reason": each.reason}
        for each in assessment.verdicts
    ]
    return {"verdicts": verdicts, "added": len(assessment.added)}


def _reason(assessment: Assessment) -> str:
    told = [f"{verdict.step}: {verdict.verdict} - {verdict.reason}" for verdict in assessment.verdicts]
    if assessment.added:
        told.append(f"{count(assessment.added, 'step')} added for findings that had none.")
    return " ".join(told) or "Nothing to change."


def _steps(plan: Plan) -> str:
    return "this step" if len(plan.pending) == 1 else f"these {count(plan.pending, 'step')}"


def _plan_question(context: RunContext, plan: Plan) -> Checkpoint:
    findings = {finding["id"]: finding for finding in context.session.findings()}

    def row(step: PlannedStep) -> dict[str, Any]:
        return {
            "id": step.id, "challenge": step.challenge, "title": context.taxonomy[step.challenge].title,
            "tool": step.tool, "what": title(step.tool), "params": step.params, "why": step.why,
            "findings": [sentence(findings[name], context.bench.registry) for name in step.answers if name in findings],
        }  # fmt: skip

    return Checkpoint(
        kind="plan",
        title=f"Shall I go on with {_steps(plan)}?",
        text="Each step is tried on a copy first, and every change is shown before it counts.",
        options=options(
            ("approve", "Go on", "The steps are tried one by one."),
            ("change", "Leave some out", "Name the steps that are not to be done."),
            ("stop", "Stop here", "Nothing more is changed; the session can be resumed."),
        ),
        default="approve",
        detail={"steps": [row(step) for step in plan.pending]},
    )


def settle_plan(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["work", "try_out"]]:
    """Take out what the expert does not want."""
    session = runtime.context.session
    answer = answer_of(session, state["checkpoint"])
    plan = current_plan(session)
    unwanted = set(answer.values.get("without", []))
    for step in plan.pending:
        if step.id in unwanted:
            plan = plan.with_status(step.id, "rejected", answer.note or "The expert left it out.")
            save_plan(session, plan, f"{step.id} left out by the expert.")
    return Command(goto="work" if plan.pending else "try_out")
