"""Going back: data, plan and recipe return together to the state before a step."""

from __future__ import annotations

from climbdc.agents._context import RunContext
from climbdc.agents._findings import reconcile
from climbdc.agents._plans import current_plan
from climbdc.agents._screening import look_at, stage_of
from climbdc.agents._versions import head, set_head
from climbdc.errors import PlanError
from climbdc.plan import Plan, PlannedStep
from climbdc.store import SessionStore

__all__ = ["go_back", "rewind"]


def go_back(session: SessionStore, before_step: str, reason: str) -> Plan:
    """Move the head to the version before a step; that step and all after it are pending again, as new attempts.

    Raises:
        PlanError: The step was not applied.
    """
    plan = current_plan(session)
    if before_step not in {step.id for step in plan.applied}:
        raise PlanError(f"{before_step} is not an applied step.", code="bad-backtrack")
    chain = session.lineage(head(session).id)
    made_by = [body["step"]["id"] if body["step"] else "" for _, body in chain]
    if before_step in made_by:  # after a kill in the middle of going back, the head is there already
        made_by = made_by[: made_by.index(before_step)]
        set_head(session, chain[len(made_by) - 1][0])
    undone = {step.id for step in plan.applied if step.id not in made_by}
    for finding in session.findings():
        if finding["answered_by"] in undone:
            session.set_finding(finding["id"], "open", None)
    return Plan(steps=tuple(_again(step, reason) if step.id in undone else step for step in plan.steps))


def _again(step: PlannedStep, reason: str) -> PlannedStep:
    return step.model_copy(update={"status": "pending", "reason": reason, "attempt": step.attempt + 1})


def rewind(context: RunContext, before_step: str, reason: str) -> Plan:
    """Go back and look again, so that the findings are those of the restored data."""
    session = context.session
    plan = go_back(session, before_step, reason)
    split_undone = any(step.tool == "split_data" and step.status == "pending" for step in plan.steps)
    if split_undone:
        session.drop_results("screened/train")
    reconcile(session, look_at(context, head(session), "rows" if split_undone else stage_of(session)), step=None)
    return plan
