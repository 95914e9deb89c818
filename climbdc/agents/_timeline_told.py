"""What the expert says of columns, cells and rows without being asked: recorded steps, done at once."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from climbdc.agents._context import RunContext
from climbdc.agents._meanings import TOLD, with_told
from climbdc.agents._plans import EXPERT, current_plan, save_plan
from climbdc.agents._replay import add_replay, replaying
from climbdc.agents._timeline_steps import fresh, next_epoch, reopen
from climbdc.agents._versions import head
from climbdc.errors import InputError, PlanError
from climbdc.plan import Plan, PlannedStep
from climbdc.store import SessionStore

__all__ = ["DictionaryEdit", "Review", "begin_dictionary", "begin_review", "carry_dictionary", "carry_review"]


class DictionaryEdit(BaseModel):
    """Column -> its fields that are to be otherwise: meaning, unit, type, known_at, missing_codes."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[str, dict[str, Any]] = Field(min_length=1)


class Decision(BaseModel):
    """What is to be done with a cell or a row that the expert looked at."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["correct", "drop", "keep"]
    row: int
    column: str = ""
    value: str | int | float | None = None
    why: str = "The expert looked at it."
    about: str = ""


class Review(BaseModel):
    """Decisions on cells and rows."""

    model_config = ConfigDict(extra="forbid")

    decisions: list[Decision] = Field(min_length=1)
    answers: list[str] = Field(default_factory=list)
    """Ids of the findings that they are about."""


def begin_dictionary(context: RunContext, values: DictionaryEdit) -> dict[str, Any]:
    """The step that does it; none where the first version is not made yet.

    Raises:
        InputError: There is no such column, or nothing is read yet.
        PlanError: A field or its value is not one of a dictionary.
    """
    session = context.session
    reading = session.get("reading")
    if reading is None:
        raise InputError("The file is not read yet.", fix="Wait a moment.", code="not-read")
    context.bench.registry.check("edit_dictionary", {"columns": values.columns})
    begun = session.get("head") is not None
    _known(values.columns, head(session).dictionary if begun else reading["columns"])
    names = _list(list(values.columns))
    if not begun:
        return {"epoch": next_epoch(session), "step": None, "told": f"What you said of {names} is noted."}
    why = f"The expert described {names} anew."
    step = _step(context, "edit_dictionary", {"columns": values.columns}, why, ())
    told = f"What you said of {names} is put into the dictionary next, as {step.id}."
    return {"epoch": next_epoch(session), "step": step.model_dump(mode="json"), "told": told}


def carry_dictionary(context: RunContext, values: DictionaryEdit, state: dict[str, Any]) -> str:
    """Plan the step as the next, or change the reading's dictionary."""
    session = context.session
    if state["step"] is None:
        known = (session.get(TOLD) or {"columns": {}})["columns"]
        columns = {name: {**known.get(name, {}), **fields} for name, fields in values.columns.items()}
        session.put(TOLD, {"columns": {**known, **columns}})
        reading = session.need("reading")
        session.put("reading", {**reading, "dictionary": with_told(session, reading).to_json()})
    else:
        _do_next(session, PlannedStep.model_validate(state["step"]))
    reopen(session, state["epoch"])
    return str(state["told"])


def begin_review(context: RunContext, values: Review) -> dict[str, Any]:
    """The step that does it.

    Raises:
        InputError: There is no such column, row or finding.
        PlanError: Nothing is to be reviewed yet, or the decisions contradict each other.
    """
    session = context.session
    if session.get("head") is None:
        raise PlanError("Nothing is to be reviewed yet.", fix="Answer the first questions.", code="no-plan")
    params: dict[str, Any] = {
        name: [item.model_dump(mode="json", include=fields) for item in values.decisions if item.do == do]
        for name, do, fields in (
            ("cells", "correct", {"row", "column", "value", "why", "about"}),
            ("drop", "drop", {"row", "why", "about"}),
            ("kept", "keep", {"row", "why", "about"}),
        )
    }
    context.bench.registry.check("apply_review", params)
    table = session.objects.table(head(session).frame)
    asked = np.array([item.row for item in values.decisions])
    _known([item.column for item in values.decisions if item.do == "correct"], table.schema.names)
    absent = asked[~np.isin(asked, table["_row"].to_numpy())]
    if len(absent):
        raise InputError(f"There is no row {absent[0]} in the data any more.", fix="Leave it out.", code="no-such-row")
    findings = {finding["id"] for finding in session.findings()}
    unknown = [name for name in values.answers if name not in findings]
    if unknown:
        raise InputError(f"There is no finding {unknown[0]}.", fix="Reload the list.", code="no-such-finding")
    count = len(values.decisions)
    step = _step(context, "apply_review", params, "The expert looked at each of them.", tuple(values.answers))
    told = f"Your {count:,} decision{'' if count == 1 else 's'} of the review: next, as {step.id}."
    return {"epoch": next_epoch(session), "step": step.model_dump(mode="json"), "told": told}


def carry_review(context: RunContext, values: Review, state: dict[str, Any]) -> str:
    """Plan the step as the next."""
    _do_next(context.session, PlannedStep.model_validate(state["step"]))
    reopen(context.session, state["epoch"])
    return str(state["told"])


def _step(context: RunContext, tool: str, params: dict[str, Any], why: str, answers: tuple[str, ...]) -> PlannedStep:
    registered = context.bench.registry[tool]
    return PlannedStep(
        id=current_plan(context.session).next_id(), challenge=registered.spec.addresses[0], tool=tool, params=params,
        why=why, answers=answers, backed_by=EXPERT, settled=tuple(params),
    )  # fmt: skip


def _do_next(session: SessionStore, step: PlannedStep) -> None:
    """Put an approved step before all that is pending, but for those that came so before it; once."""
    plan = current_plan(session)
    if step.id in {known.id for known in plan.steps}:
        return
    add_replay(session, [{"id": step.id, "tool": step.tool, "params": step.params, "wanted": True}])
    plan = fresh(session, plan)
    before = set(replaying(session, plan))
    wanted = [known for known in plan.pending if known.backed_by == EXPERT and known.id in before]
    rest = [known for known in plan.pending if known not in wanted]
    done = [known for known in plan.steps if known.status != "pending"]
    save_plan(
        session, Plan(steps=(*done, *wanted, step, *rest)), f"{step.why} Done as {step.id}, before what was planned."
    )


def _known(columns: Collection[str], there: Collection[str]) -> None:
    for name in columns:
        if name not in there:
            near = difflib.get_close_matches(name, list(there), 1)
            fix = f"Did you mean {near[0]!r}?" if near else "Look at the list of columns."
            raise InputError(f"There is no column {name!r}.", fix=fix, code="no-such-column")


def _list(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
