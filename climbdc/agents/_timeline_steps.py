"""Taking a step back, or out of the middle."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from climbdc.agents._context import RunContext
from climbdc.agents._plans import current_plan, save_plan
from climbdc.agents._replay import REPLAY, add_replay, approved_from
from climbdc.agents._rewind import rewind
from climbdc.errors import PlanError
from climbdc.plan import Plan
from climbdc.registry import title
from climbdc.store import SessionStore

__all__ = ["OneStep", "applied_or_refused", "begin_drop", "begin_undo", "carry_drop", "carry_undo", "fresh", "reopen"]

UNFINISHED = ("finished", "metrics", "test", "screened/last", "trials/", "summary")
"""Results of an end that is no more."""


class OneStep(BaseModel):
    """An edit of one applied step."""

    model_config = ConfigDict(extra="forbid")

    step: str


def next_epoch(session: SessionStore) -> int:
    """The number of the graph's next thread on this branch: nothing of an older one is ever taken up."""
    return int((session.get("epoch") or {"count": 0})["count"]) + 1


def reopen(session: SessionStore, epoch: int) -> None:
    """Let the next run go on from what the store says now."""
    session.put("epoch", {"count": epoch})
    for prefix in UNFINISHED:
        session.drop_results(prefix)
    session.drop_findings("last")  # no step answers those: they only say what was left at the end
    session.set_status("stopped")


def fresh(session: SessionStore, plan: Plan) -> Plan:
    """The plan with new attempts at steps whose last one was answered but not acted on: it is asked about anew."""
    answered = {item["id"] for item in session.decisions()}
    for step in plan.pending:
        if f"change:{step.id}:{step.attempt}" in answered:
            plan = plan.put(step.model_copy(update={"attempt": step.attempt + 1}))
    return plan


def applied_or_refused(plan: Plan, step: str) -> None:
    """Make sure that a step was applied.

    Raises:
        PlanError: It was not.
    """
    if step not in {done.id for done in plan.applied}:
        raise PlanError(f"{step} is not an applied step.", fix="Choose one that was done.", code="not-applied")


def named(plan: Plan, step: str) -> str:
    """A step in words."""
    return f"{step} ({title(plan.get(step).tool)})"


def begin_undo(context: RunContext, values: OneStep) -> dict[str, Any]:
    """What undoing needs to know."""
    applied_or_refused(current_plan(context.session), values.step)
    return {"epoch": next_epoch(context.session)}


def carry_undo(context: RunContext, values: OneStep, state: dict[str, Any]) -> str:
    """Data, plan and findings return to what they were before the step, which is not done again."""
    session = context.session
    session.drop_results(REPLAY)
    reason = f"{values.step} was undone by the expert; later steps are pending again."
    _without(context, values.step, f"{values.step} was undone.", "Undone by the expert.", reason, ())
    reopen(session, state["epoch"])
    return f"{named(current_plan(session), values.step)} is undone. Later steps are to do again."


def _without(context: RunContext, step: str, back: str, why: str, revision: str, first: tuple[str, ...]) -> None:
    """Go back before a step and reject it, in one revision of the plan; nothing where that was done already."""
    session = context.session
    if step not in {done.id for done in current_plan(session).applied}:
        return
    session.drop_findings("last")
    plan = rewind(context, step, back).with_status(step, "rejected", why)
    if plan.get(step).tool == "split_data":
        session.put("unsplit", {"reason": why})
    save_plan(session, _first(fresh(session, plan), first), revision)


def _first(plan: Plan, ids: tuple[str, ...]) -> Plan:
    """The plan with these pending steps before all others that are pending, in this order."""
    pending = {step.id: step for step in plan.pending}
    done = [step for step in plan.steps if step.id not in pending]
    ahead = [pending.pop(name) for name in ids if name in pending]
    return Plan(steps=(*done, *ahead, *pending.values()))


def begin_drop(context: RunContext, values: OneStep) -> dict[str, Any]:
    """The later steps, each as it was approved."""
    session = context.session
    applied_or_refused(current_plan(session), values.step)
    return {"epoch": next_epoch(session), "later": approved_from(session, values.step)[1:]}


def carry_drop(context: RunContext, values: OneStep, state: dict[str, Any]) -> str:
    """Go back before the step; the later ones are the next to be done, with the approvals they have."""
    session = context.session
    later = tuple(item["id"] for item in state["later"])
    if values.step in {done.id for done in current_plan(session).applied}:
        add_replay(session, state["later"], without=values.step)
    reason = f"{values.step} was taken out by the expert; later steps are done again without it."
    _without(context, values.step, f"Done again without {values.step}.", "Taken out by the expert.", reason, later)
    reopen(session, state["epoch"])
    return f"{named(current_plan(session), values.step)} is taken out. " + (
        f"{', '.join(later)} {'are' if len(later) > 1 else 'is'} done again without it." if later else ""
    )
