"""What a person may do to the plan: another order, a step less, a step more; the taxonomy's order holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from climbdc.errors import InputError
from climbdc.registry import title
from climbdc_ui.panels._offers import offers
from climbdc_ui.panels._words import challenge_of, first_sentence, taxonomy

if TYPE_CHECKING:
    from climbdc.plan import PlannedStep
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["add", "check_order", "move", "place_for", "remove"]

LONGEST_WHY = 500


def check_order(steps: Sequence[PlannedStep]) -> None:
    """Refuse an order that the taxonomy forbids, with its reason.

    Args:
        steps: Those still to do, in the order wanted.

    Raises:
        InputError: A step comes before one that it must follow.
    """
    known = [step for step in steps if challenge_of(step.challenge) is not None]
    for number, later in enumerate(known):
        for earlier in known[:number]:
            if taxonomy().must_follow(earlier.challenge, later.challenge):
                raise InputError(_refusal(earlier, later), fix=_because(later), code="wrong-order")


def _refusal(earlier: PlannedStep, later: PlannedStep) -> str:
    return f"{_named(earlier)} has to wait for {_named(later)}."


def _named(step: PlannedStep) -> str:
    return f"{step.id} (“{title(step.tool)}”)"


def _because(step: PlannedStep) -> str:
    """Why a step has to come first: what is still wrong until it is done."""
    challenge = taxonomy()[step.challenge]
    return f"Until then this may still be so: “{challenge.title}”. {first_sentence(challenge.why)}"


def move(seat: Seat, state: State, values: Values) -> State:
    """Move a step up or down by one.

    Raises:
        InputError: It is not to do any more, or the order is not possible.
    """
    steps = list(seat.session.plan.pending)
    at = _place(steps, values.get("step"))
    to = at + (-1 if values.get("to") == "up" else 1)
    if not 0 <= to < len(steps):
        raise InputError("This step is at the end of the list already.", fix="", code="bad-move")
    steps.insert(to, steps.pop(at))
    check_order(steps)
    seat.change("plan", order=[step.id for step in steps])
    return {**state, "step": values["step"]}


def remove(seat: Seat, state: State, values: Values) -> State:
    """Take a step out of the plan.

    Raises:
        InputError: It is not to do any more.
    """
    steps = seat.session.plan.pending
    step = steps[_place(steps, values.get("step"))]
    seat.change("plan", remove=[step.id])
    return {**state, "step": ""}


def add(seat: Seat, state: State, values: Values) -> State:
    """Put one of the steps that are offered into the plan.

    Raises:
        InputError: It is not offered any more, or cannot come before the step that was chosen.
    """
    wanted = str(state.get("for") or "")
    offer = next((item for item in offers(seat, None, wanted) if item.key == values.get("offer")), None)
    if offer is None:
        raise InputError("This step is not on offer any more.", fix="Choose another.", code="no-offer")
    steps = list(seat.session.plan.pending)
    before = str(values.get("before") or "")
    new = offer.step
    at = _place(steps, before) if before else place_for(steps, new)
    check_order([*steps[:at], new, *steps[at:]])
    why = str(values.get("why") or "").strip()[:LONGEST_WHY] or new.why
    told = {"challenge": new.challenge, "tool": new.tool, "params": new.params, "why": why}
    seat.change("plan", add={**told, "before": steps[at].id if at < len(steps) else ""})
    return {name: value for name, value in state.items() if name != "for"}


def place_for(steps: Sequence[PlannedStep], new: PlannedStep) -> int:
    """The earliest place at the end of the list that the taxonomy allows: before the first step that must follow."""
    rule = taxonomy().must_follow
    if challenge_of(new.challenge) is None:
        return len(steps)
    follow = [
        number
        for number, step in enumerate(steps)
        if challenge_of(step.challenge) is not None and rule(step.challenge, new.challenge)
    ]
    return min(follow, default=len(steps))


def _place(steps: Sequence[PlannedStep], step_id: object) -> int:
    ids = [step.id for step in steps]
    if step_id not in ids:
        raise InputError(
            "This step is not to do any more.", fix="Look at the plan as it stands now.", code="not-pending"
        )
    return ids.index(str(step_id))
