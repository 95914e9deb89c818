"""Steps that were left for later: asked about before the end, and taken up where they belong."""

from __future__ import annotations

from typing import Any

from climbdc.agents._context import RunContext
from climbdc.agents._pause import count
from climbdc.agents._plans import current_plan, save_plan
from climbdc.agents._replay import add_replay, approved_from
from climbdc.agents._rewind import rewind
from climbdc.plan import Plan, PlannedStep, ordered
from climbdc.registry import title

__all__ = ["postponed", "postponed_in_words", "take_up"]


def postponed(plan: Plan) -> list[PlannedStep]:
    """The steps that were left for later, in order."""
    return [step for step in plan.steps if step.status == "postponed"]


def _back_to(context: RunContext, plan: Plan, waiting: list[PlannedStep]) -> PlannedStep | None:
    """The first applied step that must come after one of those that wait."""
    for step in plan.applied:
        if any(context.taxonomy.must_follow(step.challenge, other.challenge) for other in waiting):
            return step
    return None


def postponed_in_words(context: RunContext, plan: Plan) -> list[dict[str, Any]]:
    """What waits, and how many applied steps would be done again if it were taken up."""
    waiting = postponed(plan)
    first = _back_to(context, plan, waiting)
    again = 0 if first is None else len(plan.applied) - [step.id for step in plan.applied].index(first.id)
    return [
        {
            "id": step.id, "title": title(step.tool), "challenge": context.taxonomy[step.challenge].title,
            "why": step.why, "done_again": again,
        }
        for step in waiting
    ]  # fmt: skip


def take_up(context: RunContext) -> None:
    """Make the steps that were left for later pending, before those that must follow them; done once after a kill."""
    session = context.session
    plan = current_plan(session)
    waiting = postponed(plan)
    if not waiting:
        return
    names = ", ".join(step.id for step in waiting)
    first = _back_to(context, plan, waiting)
    if first is not None:
        reason = f"{names} had been left for later and must come first."
        add_replay(session, approved_from(session, first.id))
        plan = rewind(context, first.id, reason)
        session.say("backtracked", {"before": first.id, "reason": reason})
    for step in waiting:
        again = {"status": "pending", "reason": "Left for later, taken up now.", "attempt": step.attempt + 1}
        plan = plan.put(step.model_copy(update=again))
    plan = ordered(plan, context.taxonomy)
    reason = f"{count(waiting, 'step')} left for later: {names}."
    save_plan(session, plan, reason)
    session.say("planned", {"pending": len(plan.pending), "reason": reason})
