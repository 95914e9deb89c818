"""What makes a plan valid: known tools, fitting params, the order the taxonomy asks for."""

from __future__ import annotations

from collections.abc import Sequence

from climbdc.errors import PlanError
from climbdc.plan._plan import Plan, PlannedStep
from climbdc.registry import Registry
from climbdc_taxonomy import Taxonomy

__all__ = ["ordered", "validate"]


def _rank(step: PlannedStep, order: dict[str, int]) -> int:
    return order.get(step.challenge, len(order))


def ordered(plan: Plan, taxonomy: Taxonomy, arranged: Sequence[str] = ()) -> Plan:
    """The plan with its pending steps in the taxonomy's order; what is done stays where it was done.

    Args:
        plan: The plan.
        taxonomy: Says what comes first, and what must.
        arranged: Ids in an order that a person chose; it holds wherever the taxonomy does not forbid it.
    """
    order = {challenge: number for number, challenge in enumerate(taxonomy.order)}
    done = [step for step in plan.steps if step.status != "pending"]
    pending = sorted(plan.pending, key=lambda step: (_rank(step, order), step.id))
    return Plan(steps=(*done, *(_arranged(pending, arranged, taxonomy) if arranged else pending)))


def _arranged(steps: list[PlannedStep], arranged: Sequence[str], taxonomy: Taxonomy) -> list[PlannedStep]:
    """One by one the first step for which none has to wait that is left: by the taxonomy, then by choice."""
    place = {name: number for number, name in enumerate(arranged)}

    def chosen_first(one: PlannedStep, other: PlannedStep) -> bool:
        return one.id in place and other.id in place and place[other.id] < place[one.id]

    left, result = list(steps), list[PlannedStep]()
    while left:
        allowed = [
            one for one in left if not any(taxonomy.must_follow(one.challenge, other.challenge) for other in left)
        ] or left
        free = [one for one in allowed if not any(chosen_first(one, other) for other in left)] or allowed
        left.remove(free[0])
        result.append(free[0])
    return result


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
