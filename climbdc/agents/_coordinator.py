"""The coordinator's turn: the policy assesses, code validates and enforces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._chosen import REPAIRS
from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._floor import guarded, rules_assess
from climbdc.agents._ideas import idea_steps
from climbdc.agents._pause import Checkpoint, answer_of, count, options, wait_for
from climbdc.agents._plans import EXPERT, current_plan, in_order, save_plan
from climbdc.agents._replay import end_replay, replaying
from climbdc.agents._reveal import ask_reveals
from climbdc.agents._rewind import rewind
from climbdc.agents._screening import situation, stage_of
from climbdc.agents._trials import pending_results
from climbdc.errors import PlanError
from climbdc.models import ModelError, Situation
from climbdc.plan import Assessment, Backtrack, Plan, PlannedStep, Verdict, enforce, validate
from climbdc.privacy import PrivacyError
from climbdc.registry import sentence, title
from climbdc.store import SessionStore

__all__ = ["assess", "settle_back", "settle_plan"]

MOST_BACK = 2
"""How often in a session a model may ask to go back."""


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
    if assessment.reveal:
        waiting = ask_reveals(context, assessment)
        if waiting is not None:
            return waiting
    if assessment.backtrack is not None:
        if assessment.backtrack.origin == "model":
            return _ask_back(context, assessment)
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
    assessment = _heeding(now, rules_assess(now))
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
    """An assessment and the plan it leads to; where a model gives none that is valid, the rules decide the turn."""
    rules = rules_assess(now, backtracking=context.options.backtracking)
    for refused in _tries(context) if rules.backtrack is None else ():
        try:
            proposed = _may_go_back(context, context.policy.assess(replace(now, refused=tuple(refused))))
            with_ideas = proposed.model_copy(update={"added": (*proposed.added, *idea_steps(context, now))})
            assessment = _heeding(now, guarded(now, with_ideas, rules))
            plan = _adopted(context, now, assessment)
        except PlanError as error:
            refused.append(str(error))
            context.session.say("invalid", {"policy": context.policy.name, "reason": str(error)})
        except (ModelError, PrivacyError) as error:
            context.patience.failed(context.session, error)
            break
        else:
            context.patience.answered(context.session)
            return assessment, plan
    assessment = _heeding(now, rules)
    return assessment, _adopted(context, now, assessment)


def _tries(context: RunContext) -> Iterator[list[str]]:
    """The turns of a model: each is given the reasons why the ones before were refused."""
    refused: list[str] = []
    for _ in range(1 + REPAIRS):
        if not context.patience.asks(context.policy):
            return
        yield refused
    context.patience.failed(context.session, None)


def _may_go_back(context: RunContext, proposed: Assessment) -> Assessment:
    """The assessment with its wish to go back marked as a model's; without it where it has had its say."""
    if proposed.backtrack is None:
        return proposed
    asked = [item for item in context.session.decisions() if item["id"].startswith("back:")]
    again = any(item["id"].split(":")[1] == proposed.backtrack.before_step for item in asked)
    if again or len(asked) >= MOST_BACK or not context.options.backtracking:
        return proposed.model_copy(update={"backtrack": None})
    return proposed.model_copy(update={"backtrack": proposed.backtrack.model_copy(update={"origin": "model"})})


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


def _ask_back(context: RunContext, assessment: Assessment) -> Command[Any]:
    """What a model would take back was approved: only the expert takes it back."""
    session, back = context.session, assessment.backtrack
    assert back is not None
    step = current_plan(session).get(back.before_step)
    question = Checkpoint(
        kind="question",
        title=f"Shall {title(step.tool)} be taken back?",
        text=back.reason,
        why="The language model proposes it. You approved the step, so only you can take it back.",
        options=options(
            ("keep", "No, keep it", "Work goes on."),
            ("back", "Take it back", "Data, plan and recipe return to what they were before it; it is not done again."),
        ),
        default="keep",
        detail={"step": step.id, "asked_by": "model"},
    )
    return wait_for(session, f"back:{step.id}:{len(session.plans())}", question, "settle_back")


def settle_back(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["assess"]]:
    """Go back before a step where the expert wants it."""
    context = runtime.context
    name = state["checkpoint"]
    step = name.split(":")[1]
    taken = step in {each.id for each in current_plan(context.session).applied}
    if answer_of(context.session, name).choice == "back" and taken:
        back = Backtrack(before_step=step, reason="The expert took it back as the model proposed.")
        gone = Verdict(step=step, verdict="remove", reason=back.reason)
        _go_back(context, Assessment(backtrack=back, verdicts=(gone,), policy=context.policy.name))
    return Command(goto="assess")


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
            "origin": step.origin, "doubt": step.doubt, "told": step.told,
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
