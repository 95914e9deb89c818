"""The expert's own changes of the plan: another order, steps less or more, other params."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from climbdc.agents._context import RunContext
from climbdc.agents._findings import open_findings
from climbdc.agents._plans import ARRANGED, EXPERT, current_plan, in_order, save_plan
from climbdc.agents._timeline_steps import fresh, named, next_epoch, reopen
from climbdc.errors import InputError, PlanError
from climbdc.plan import Plan, PlannedStep, ordered, validate
from climbdc_taxonomy import Taxonomy

__all__ = ["AddedStep", "PlanEdit", "begin_plan", "carry_plan"]


class AddedStep(BaseModel):
    """A step that the expert wants; it is tried and shown like any other."""

    model_config = ConfigDict(extra="forbid")

    tool: str
    challenge: str = ""
    """The tool's first where it is empty."""
    params: dict[str, Any] = Field(default_factory=dict)
    why: str = ""
    before: str = ""
    """A pending step; where the taxonomy puts it when empty."""


class PlanEdit(BaseModel):
    """Changes of what is still to be done; any of them may be left out."""

    model_config = ConfigDict(extra="forbid")

    order: list[str] = Field(default_factory=list)
    """Ids of pending steps, in the order wanted."""
    remove: list[str] = Field(default_factory=list)
    add: AddedStep | None = None
    params: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Step -> the params that are to be otherwise."""


def begin_plan(context: RunContext, values: PlanEdit) -> dict[str, Any]:
    """The plan as it will be.

    Raises:
        InputError: Nothing is to be changed.
        PlanError: A step is not pending, a tool or its params do not fit, or an order the taxonomy forbids.
    """
    session = context.session
    if session.get("head") is None:
        raise PlanError("There is no plan yet.", fix="Answer the first questions.", code="no-plan")
    plan = fresh(session, current_plan(session))
    told: list[str] = []
    for name in values.remove:
        _pending(plan, name)
        told.append(f"{named(plan, name)} is taken off the plan.")
        plan = plan.with_status(name, "rejected", "Taken off the plan by the expert.")
    for name, params in values.params.items():
        plan = plan.put(_with_params(context, _pending(plan, name), params))
        told.append(f"{named(plan, name)} has other values.")
    arranged = (session.get(ARRANGED) or {"order": []})["order"]
    if values.add is not None:
        new = _added(context, plan, values.add)
        plan, arranged = _with(context, plan, new, values.add.before, arranged)
        told.append(f"{named(plan, new.id)} is added.")
    if values.order:
        arranged = _merged(plan, values.order)
        told.append("The order is changed.")
    if not told:
        raise InputError("Nothing is to be changed.", fix="Name a step.", code="empty-edit")
    plan = _in_that_order(plan, arranged, context.taxonomy)
    validate(plan, context.bench.registry, context.taxonomy)
    return {
        "epoch": next_epoch(session), "plan": plan.model_dump(mode="json"), "arranged": arranged,
        "told": " ".join(told), "unsplit": any(plan.get(name).tool == "split_data" for name in values.remove),
    }  # fmt: skip


def carry_plan(context: RunContext, values: PlanEdit, state: dict[str, Any]) -> str:
    """Store the revision, once."""
    session = context.session
    session.put(ARRANGED, {"order": state["arranged"]})
    if state["unsplit"]:
        session.put("unsplit", {"reason": "Taken off the plan by the expert."})
    plan = Plan.model_validate(state["plan"])
    if current_plan(session) != plan:
        save_plan(session, plan, f"{state['told']} Changed by the expert.")
    reopen(session, state["epoch"])
    return str(state["told"])


def _pending(plan: Plan, name: str) -> PlannedStep:
    step = next((step for step in plan.pending if step.id == name), None)
    if step is None:
        raise PlanError(f"{name} is not a step that is still to be done.", fix="Look at the plan.", code="not-pending")
    return step


def _with_params(context: RunContext, step: PlannedStep, params: dict[str, Any]) -> PlannedStep:
    """The step as the expert wants it; what was chosen outlives a revision of the plan."""
    changed = {**step.params, **params}
    context.bench.registry.check(step.tool, changed)
    settled = tuple(dict.fromkeys([*step.settled, *params]))
    return step.model_copy(update={"params": changed, "attempt": step.attempt + 1, "settled": settled})


def _added(context: RunContext, plan: Plan, wanted: AddedStep) -> PlannedStep:
    spec = context.bench.registry[wanted.tool].spec
    challenge = wanted.challenge or spec.addresses[0]
    context.bench.registry.check(wanted.tool, wanted.params)
    told = str(wanted.params)
    answers = tuple(
        finding["id"] for finding in open_findings(context.session)
        if finding["challenge"] == challenge and any(item["tool"] == wanted.tool for item in finding["suggestions"])
        and (not wanted.params or any(repr(name) in told for name in finding["columns"]))
    )  # fmt: skip
    return PlannedStep(
        id=plan.next_id(), challenge=challenge, tool=wanted.tool, params=wanted.params, answers=answers,
        why=wanted.why or "The expert wants it.", backed_by=EXPERT, settled=tuple(wanted.params),
    )  # fmt: skip


def _with(
    context: RunContext, plan: Plan, new: PlannedStep, before: str, arranged: list[str]
) -> tuple[Plan, list[str]]:
    if not before:
        return ordered(plan.append(new), context.taxonomy, arranged), arranged
    _pending(plan, before)
    plan = in_order(context.session, plan, context.taxonomy).insert_before(before, new)
    return plan, [step.id for step in plan.pending]


def _merged(plan: Plan, order: list[str]) -> list[str]:
    """All pending ids: those named in their order, in the places that they have between them."""
    for name in order:
        _pending(plan, name)
    if len(set(order)) < len(order):
        raise PlanError("A step is named twice.", fix="Name each once.", code="step-twice")
    left = iter(order)
    return [next(left) if step.id in order else step.id for step in plan.pending]


def _in_that_order(plan: Plan, arranged: list[str], taxonomy: Taxonomy) -> Plan:
    """The plan in the order wanted.

    Raises:
        PlanError: The taxonomy forbids it; the message names the two steps.
    """
    place = {name: number for number, name in enumerate(arranged)}
    named_ones = sorted((step for step in plan.pending if step.id in place), key=lambda step: place[step.id])
    for number, later in enumerate(named_ones):
        for earlier in named_ones[:number]:
            if taxonomy.must_follow(earlier.challenge, later.challenge):
                raise PlanError(
                    f"{named(plan, earlier.id)} has to wait for {named(plan, later.id)}.",
                    fix=f"It builds on it: {taxonomy[later.challenge].title} comes first.",
                    code="wrong-order",
                )
    return ordered(plan, taxonomy, arranged)
