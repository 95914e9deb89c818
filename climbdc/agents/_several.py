"""The best of several tries: how much it has to help before it counts."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist

from climbdc.plan import Plan, PlannedStep

__all__ = ["each_alone", "surely", "tried_at_once"]

MAKES, MADE = "derive_features", "features"
"""The tool that makes new columns, and its param that lists them."""
ALONE = "Each new column is tried alone and stays only if it helps; it was one of {count} proposed together."


def surely(gain: float, low: float, tries: int) -> float:
    """The lower end of a gain's interval when it is one of several that were tried.

    Args:
        gain: As measured.
        low: Lower end of its 95 % interval.
        tries: How many there were, this one included (Bonferroni; Dunn, J. Am. Stat. Assoc. 56, 1961).

    >>> surely(0.02, 0.01, 1)
    0.01
    >>> round(surely(0.02, 0.01, 12), 3)
    0.005
    """
    normal = NormalDist()
    return gain - (gain - low) * normal.inv_cdf(1 - 0.025 / max(tries, 1)) / normal.inv_cdf(0.975)


def tried_at_once(steps: Iterable[PlannedStep]) -> int:
    """How many ideas a model's steps try: each new column is one, and every other step.

    >>> step = PlannedStep(id="S01", challenge="features/engineering", tool="derive_features", origin="model")
    >>> tried_at_once([step, step.model_copy(update={"params": {"features": [{}, {}, {}]}})])
    4
    """
    return sum(max(len(_made(step)), 1) for step in steps if step.origin == "model")


def each_alone(plan: Plan, step: PlannedStep, most: int) -> Plan | None:
    """The plan with a model's step that makes several new columns taken apart, so that each is measured and decided.

    Together, one that helps would carry those that do not, and all would count as one try.

    Args:
        plan: In which the step is pending.
        step: As it would run. Where the expert or a measurement chose its columns it stays whole.
        most: Steps that a model may have in a plan; columns beyond them are left out.

    Returns:
        None where there is nothing to take apart.
    """
    made = _made(step)
    if step.origin != "model" or MADE in step.settled or len(made) < 2:
        return None
    room = most - sum(each.origin == "model" for each in plan.steps)
    why = " ".join([step.why, ALONE.format(count=len(made))]).strip()
    told = {"why": why, "settled": (*step.settled, MADE)}
    plan = plan.put(step.model_copy(update={**told, "params": {**step.params, MADE: made[:1]}}))
    later = [pending.id for pending in plan.pending if pending.id != step.id]
    for one in made[1 : 1 + max(room, 0)]:
        other = step.model_copy(
            update={**told, "id": plan.next_id(), "params": {**step.params, MADE: [one]}, "told": "", "attempt": 1}
        )
        plan = plan.insert_before(later[0], other) if later else plan.append(other)
    return plan


def _made(step: PlannedStep) -> list[object]:
    """The new columns that a step is to make."""
    made = step.params.get(MADE) if step.tool == MAKES else None
    return list(made) if isinstance(made, list) else []
