"""Edits beside the questions: checked when they are wanted, carried out in order by the next run, each once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from climbdc.agents import _reveal as reveals
from climbdc.agents import _timeline_branches as branches
from climbdc.agents import _timeline_plan as plans
from climbdc.agents import _timeline_steps as steps
from climbdc.agents import _timeline_told as told
from climbdc.agents._context import RunContext
from climbdc.agents._timeline_steps import next_epoch
from climbdc.errors import ClimbdcError, InputError, Stopped

__all__ = ["carry_out", "want"]


@dataclass(frozen=True)
class Kind:
    """One kind of edit.

    Args:
        values: What it is told.
        begin: Checks it against the session as it stands and says all that is to be done, changing nothing.
        carry: Does that; doing it again after a kill changes nothing. Says in plain words what was done.
    """

    values: type[BaseModel]
    begin: Callable[[RunContext, Any], dict[str, Any]]
    carry: Callable[[RunContext, Any, dict[str, Any]], str]


KINDS: Mapping[str, Kind] = {
    "undo": Kind(steps.OneStep, steps.begin_undo, steps.carry_undo),
    "drop-step": Kind(steps.OneStep, steps.begin_drop, steps.carry_drop),
    "branch": Kind(branches.NewBranch, branches.begin_branch, branches.carry_branch),
    "switch": Kind(branches.OtherBranch, branches.begin_switch, branches.carry_switch),
    "plan": Kind(plans.PlanEdit, plans.begin_plan, plans.carry_plan),
    "dictionary": Kind(told.DictionaryEdit, told.begin_dictionary, told.carry_dictionary),
    "review": Kind(told.Review, told.begin_review, told.carry_review),
    "reveal": Kind(reveals.OneColumn, reveals.begin_reveal, reveals.carry_reveal),
    "revoke": Kind(reveals.OneColumn, reveals.begin_revoke, reveals.carry_revoke),
}


def want(context: RunContext, kind: str, values: Mapping[str, Any], person: str | None = None) -> int:
    """Put an edit into the queue; the open question is withdrawn. Returns the edit's key.

    Raises:
        InputError: There is no such edit, or its values do not fit.
        PlanError: It cannot be done as things stand.
    """
    if kind not in KINDS:
        raise InputError(f"There is no edit named {kind!r}.", fix=f"There are {', '.join(KINDS)}.", code="bad-edit")
    parsed = _parsed(kind, values)
    if not context.session.edits("wanted"):  # behind others nobody knows yet how things will stand
        KINDS[kind].begin(context, parsed)
    return context.session.add_edit(kind, parsed.model_dump(mode="json", exclude_unset=True), person)


def _parsed(kind: str, values: Mapping[str, Any]) -> BaseModel:
    try:
        return KINDS[kind].values.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"The edit cannot be read: {where}: {first['msg']}.", fix="Say it anew.", code="bad-edit"
        ) from error


def carry_out(context: RunContext) -> None:
    """Do all that waits, in order; what cannot be done any more is refused, with the reason."""
    session = context.session
    while waiting := session.edits("wanted"):
        edit = waiting[0]
        kind = KINDS[edit["kind"]]
        state = edit["state"]
        try:
            values = _parsed(edit["kind"], edit["values"])
            if not state:
                state = kind.begin(context, values)
                session.set_edit(edit["key"], state)
        except Stopped:
            raise
        except ClimbdcError as error:
            if session.get("finished") is None:
                session.put("epoch", {"count": next_epoch(session)})  # what was withdrawn is asked anew
            session.end_edit(edit["key"], "refused", str(error))
            continue
        session.end_edit(edit["key"], "done", kind.carry(context, values, state))
