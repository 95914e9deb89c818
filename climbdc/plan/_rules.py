"""What makes a plan valid: known tools, fitting params, the order the taxonomy asks for."""

from __future__ import annotations

from climbdc.errors import PlanError
from climbdc.plan._plan import Plan, PlannedStep
from climbdc.registry import Registry
from climbdc_taxonomy import Taxonomy

__all__ = ["ordered", "validate"]


def _rank(step: PlannedStep, order: dict[str, int]) -> int:
    return order.get(step.challenge, len(order))


def ordered(plan: Plan, taxonomy: Taxonomy) -> Plan:
    """The plan with its pending steps in the taxonomy's order; what is done stays where it was done."""
    order = {challenge: number for number, challenge in enumerate(taxonomy.order)}
    done = [step for step in plan.steps if step.status != "pending"]
    pending = sorted(plan.pending, key=lambda step: (_rank(step, order), step.id))
    return Plan(steps=(*done, *pending))


def validate(plan: Plan, registry: Registry, taxonomy: Taxonomy) -> None:
    """Check a plan before it is adopted.

    Raises:
        PlanError: An unknown tool or challenge, params that do not fit, two steps of one id, or an order the taxonomy
            forbids.
    """
    seen: set[str] = set()
    for step in plan.steps:
        if step.id in seen:
            raise PlanError(f"Two steps are called {step.id}.", code="step-twice")
        seen.add(step.id)
    for step in plan.pending:
        if step.challenge not in {challenge.id for challenge in taxonomy}:
            raise PlanError(f"Step {step.id} names an unknown challenge, {step.challenge!r}.", code="unknown-challenge")
        if registry[step.tool].spec.kind != "transform":
            raise PlanError(f"Step {step.id} uses {step.tool!r}, which changes nothing.", code="not-a-transform")
        registry.check(step.tool, step.params)
    pending = plan.pending
    for number, later in enumerate(pending):
        for earlier in pending[:number]:
            if taxonomy.must_follow(earlier.challenge, later.challenge):
                raise PlanError(
                    f"Step {earlier.id} ({earlier.challenge}) comes before {later.id} ({later.challenge}), "
                    "but must follow it.",
                    fix="Swap them.",
                    code="wrong-order",
                )
