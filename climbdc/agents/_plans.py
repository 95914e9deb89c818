"""The branch's plan in the store: every revision is kept."""

from __future__ import annotations

from climbdc.plan import Assessment, Plan
from climbdc.store import SessionStore

__all__ = ["current_plan", "save_plan"]


def current_plan(session: SessionStore) -> Plan:
    """The newest revision; an empty plan before the first."""
    plans = session.plans()
    return Plan.model_validate(plans[-1]["plan"]) if plans else Plan()


def save_plan(session: SessionStore, plan: Plan, reason: str, assessment: Assessment | None = None) -> None:
    """Store a new revision."""
    body = None if assessment is None else assessment.model_dump(mode="json")
    session.put_plan(plan.model_dump(mode="json"), reason, body)
