"""The branch's plan in the store: every revision is kept."""

from __future__ import annotations

from climbdc.plan import Assessment, Plan, ordered
from climbdc.store import SessionStore
from climbdc_taxonomy import Taxonomy

__all__ = ["ARRANGED", "EXPERT", "current_plan", "in_order", "save_plan"]

ARRANGED = "arranged"
"""Result that keeps the order that the expert gave to steps that are to be done."""

EXPERT = "expert"
"""`backed_by` of a step that the expert wanted: the coordinator leaves it in the plan."""


def current_plan(session: SessionStore) -> Plan:
    """The newest revision; an empty plan before the first."""
    newest = session.newest_plan()
    return Plan() if newest is None else Plan.model_validate(newest)


def save_plan(session: SessionStore, plan: Plan, reason: str, assessment: Assessment | None = None) -> None:
    """Store a new revision."""
    body = None if assessment is None else assessment.model_dump(mode="json")
    session.put_plan(plan.model_dump(mode="json"), reason, body)


def in_order(session: SessionStore, plan: Plan, taxonomy: Taxonomy) -> Plan:
    """The plan in the taxonomy's order, and in the expert's where that leaves a choice."""
    return ordered(plan, taxonomy, (session.get(ARRANGED) or {"order": []})["order"])
