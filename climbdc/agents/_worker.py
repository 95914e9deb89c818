"""The worker's turn: choose how to run one step, try it in the sandbox, verify it, put it to the expert."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._answered import truly_answered
from climbdc.agents._apart import PERSONAL, keep_apart, naming_columns
from climbdc.agents._change import change_question
from climbdc.agents._chosen import asked_before, chosen_way, worker_question
from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._findings import reconcile
from climbdc.agents._floor import MOST_OWN
from climbdc.agents._pause import Answer, answer_of, wait_for
from climbdc.agents._plans import current_plan, save_plan
from climbdc.agents._replay import NOTES, granted, leave_reviewed
from climbdc.agents._screening import situation
from climbdc.agents._several import each_alone
from climbdc.agents._verify import looks_from_json, verify
from climbdc.agents._versions import add_version, head, load_version, set_head
from climbdc.errors import PlanError, ToolError
from climbdc.models import Ask, GiveBack
from climbdc.plan import Plan, PlannedStep, StepStatus
from climbdc.recipe import StepSpec
from climbdc.store import SessionStore

__all__ = ["settle_change", "work"]


def work(
    state: GraphState, runtime: Runtime[RunContext]
) -> Command[Literal["pause", "assess", "screen", "settle_change", "work"]]:
    """Try the next step on a copy; a finished try is found again after a crash."""
    context = runtime.context
    session = context.session
    plan = current_plan(session)
    if not plan.pending:  # a kill came between setting the last step aside and going on
        return Command(goto="assess")
    step = plan.pending[0]
    parent = head(session)
    planned = {"tool": step.tool, "params": step.params}
    tried = session.attempt(step.id, step.attempt, parent.id)
    if tried is None or tried.get("planned", planned) != planned:
        asked, told = asked_before(session, step)
        chosen = chosen_way(context, replace(situation(context), told=told), step)
        if isinstance(chosen, GiveBack):
            return _set_aside(context, plan, step, "not-applicable", chosen.reason)
        if isinstance(chosen, Ask):
            return wait_for(session, asked, worker_question(chosen, step), "work")
        apart = each_alone(plan, chosen, MOST_OWN)
        if apart is not None:
            save_plan(session, apart, f"{step.id}: each new column is a step of its own.")
            return Command(goto="work")
        chosen = truly_answered(chosen, session.findings(), context.bench.registry)
        try:
            context.bench.registry.check(chosen.tool, chosen.params)
            body = context.bench.fit(chosen.spec, parent)
        except (ToolError, PlanError) as error:
            status: StepStatus = "not-applicable" if error.code == "not-applicable" else "failed"
            return _set_aside(context, plan, step, status, str(error))
        checks = verify(context, parent, chosen, body)
        tried = {"step": chosen.model_dump(mode="json"), "planned": planned, "body": body, "checks": checks}
        session.put_attempt(step.id, step.attempt, parent.id, tried)
        session.say("previewed", {"step": step.id, "tool": chosen.tool, "counts": tried["checks"]["counts"]})
    broken = [check for check in tried["checks"]["invariants"] if not check["ok"]]
    if broken:
        return _set_aside(context, plan, step, "failed", broken[0]["detail"])
    if not tried["checks"]["changes_something"] and step.tool not in NOTES:
        return _set_aside(context, plan, step, "not-applicable", "It would change nothing.")
    name = f"change:{step.id}:{step.attempt}"
    question = change_question(context, PlannedStep.model_validate(tried["step"]), tried)
    approval = granted(session, step, tried, parent)
    if approval is None:
        return wait_for(session, name, question, "settle_change")
    session.ask(name, question.model_dump(mode="json"))
    session.answer(name, approval[0].model_dump(mode="json"), approval[1])
    return Command(goto="settle_change", update={"checkpoint": name})


def _set_aside(context: RunContext, plan: Plan, step: PlannedStep, status: StepStatus, reason: str) -> Command[Any]:
    """The step is not done, and the session says why; the first alternative takes its place where there is one."""
    session = context.session
    plan = plan.with_status(step.id, status, reason)
    if status in {"failed", "rejected"} and step.alternatives:
        plan = _with_alternative(plan, step)
    if step.tool == "split_data":
        session.put("unsplit", {"reason": reason})
    save_plan(session, plan, f"{step.id} ({step.tool}) {status}: {reason}")
    session.say("set-aside", {"step": step.id, "tool": step.tool, "status": status, "reason": reason})
    return Command(goto="screen" if step.tool == "split_data" else "assess")


def _with_alternative(plan: Plan, step: PlannedStep) -> Plan:
    first, *others = step.alternatives
    proposed = first.origin == "model"
    other = step.model_copy(
        update={
            "id": plan.next_id(), "tool": first.tool, "params": first.params, "why": first.why or step.why,
            "status": "pending", "reason": f"Instead of {step.id}.", "attempt": 1, "alternatives": tuple(others),
            "doubt": "", "told": "", **({"origin": "model", "confidence": 0.5, "backed_by": ""} if proposed else {}),
        }
    )  # fmt: skip
    later = [pending.id for pending in plan.pending]
    return plan.insert_before(later[0], other) if later else plan.append(other)


def settle_change(
    state: GraphState, runtime: Runtime[RunContext]
) -> Command[Literal["assess", "work", "screen", "pause"]]:
    """Do what the expert decided about the change."""
    context = runtime.context
    session = context.session
    name = state["checkpoint"]
    answer = answer_of(session, name)
    _, step_id, attempt = name.split(":")
    plan = current_plan(session)
    step = plan.get(step_id)
    if step.status != "pending" or step.attempt != int(attempt):
        return Command(goto="assess")
    if answer.choice == "approve":
        return _apply(context, plan, step)
    if answer.choice == "change":
        save_plan(session, plan.put(_edited(step, answer)), f"{step.id}: params changed by the expert.")
        return Command(goto="work")
    if answer.choice == "later":
        return _set_aside(context, plan, step, "postponed", answer.note or "It is to be decided later.")
    if answer.rule and step.challenge == PERSONAL:
        _keep_apart(session, step)
    return _set_aside(context, plan, step, "rejected", _why_not(answer))


def _keep_apart(session: SessionStore, step: PlannedStep) -> None:
    """What a rule did not let the step do to columns that may name persons is not decided: they are left alone."""
    answered = [finding for finding in session.findings() if finding["id"] in step.answers]
    keep_apart(session, naming_columns(answered), session.objects.table(head(session).frame).schema)


def _edited(step: PlannedStep, answer: Answer) -> PlannedStep:
    """The step as the expert wants it, to be tried anew; what was chosen outlives a revision of the plan."""
    chosen: dict[str, Any] = answer.values.get("params", {})
    settled = tuple(dict.fromkeys([*step.settled, *chosen]))
    return step.model_copy(
        update={"params": {**step.params, **chosen}, "attempt": step.attempt + 1, "settled": settled}
    )


def _why_not(answer: Answer) -> str:
    return answer.note or answer.rule or "The expert said no."


def _apply(context: RunContext, plan: Plan, step: PlannedStep) -> Command[Any]:
    """Make the tried version the branch's newest, and bring the findings into line with it."""
    session = context.session
    parent = head(session)
    moved = parent.step is not None and parent.step.id == step.id and parent.parent is not None
    if moved:  # a kill came after the head was moved and before the plan said so
        parent = load_version(session, str(parent.parent))
    tried = session.attempt(step.id, step.attempt, parent.id)
    assert tried is not None
    done = PlannedStep.model_validate(tried["step"])
    spec: StepSpec = done.spec
    if not moved:
        known: dict[str, Any] = session.get("known-before") or {}
        session.put("known-before", {**known, step.id: [finding["id"] for finding in session.findings()]})
        set_head(session, add_version(session, parent.id, spec, tried["body"]))
    looks = looks_from_json(session, tried["checks"]["looks"])
    reconcile(session, looks, step=step.id, answers=done.answers)
    _answer_unseen(session, done, {look.tool for look in looks})
    leave_reviewed(session, done)
    save_plan(session, plan.put(done.model_copy(update={"status": "applied", "reason": ""})), f"{step.id} applied.")
    told = {"step": step.id, "tool": step.tool, "counts": tried["checks"]["counts"], "version": head(session).id}
    session.say("applied", told)
    return Command(goto="screen" if step.tool == "split_data" else "assess")


def _answer_unseen(session: SessionStore, step: PlannedStep, spoke: set[str]) -> None:
    """What the step was for and no tool looks for any more, such as visits after the split, was answered by it.

    A model's step was for no more than `truly_answered` believes.
    """
    for finding in session.findings():
        if finding["id"] in step.answers and finding["tool"] not in spoke and finding["status"] == "open":
            session.set_finding(finding["id"], "answered", step.id)
