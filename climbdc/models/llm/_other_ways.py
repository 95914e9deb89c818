"""Trials that a model wants: other ways for applied steps, put to the data and not to an argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from climbdc.errors import PlanError
from climbdc.models._policy import Situation, Trial
from climbdc.models._reach import OPEN_TO_TRIAL
from climbdc.models.llm._forms import Form, choice, form, items, text
from climbdc.models.llm._params import columns_in, params_form, params_of, seed_params
from climbdc.models.llm._view import View
from climbdc.plan import PlannedStep

__all__ = ["other_way", "triable", "trial_form", "wanted_trials", "way_form", "with_params"]

MOST = 2
WHY = 140
CONFIDENCE = 0.5


def triable(situation: Situation) -> list[PlannedStep]:
    """Applied steps for which another way may be measured."""
    tools = situation.tools
    return [
        step for step in situation.plan.applied
        if step.challenge.startswith(OPEN_TO_TRIAL) and step.tool in tools and tools[step.tool].spec.rows == "keep"
    ]  # fmt: skip


def trial_form(view: View, steps: Sequence[PlannedStep]) -> type[Form]:
    """Which step, with which tool instead; its params are asked for one trial at a time."""
    wanted = form(
        "OtherWay",
        {
            "step": choice("AppliedStep", [step.id for step in steps]), "why": text(WHY),
            "tool": choice("OtherTool", [*view.offers.tools]),
        },
    )  # fmt: skip
    return form("TrialsReply", {"trials": items(wanted, MOST)})


def wanted_trials(reply: Form, view: View, steps: Sequence[PlannedStep]) -> list[tuple[PlannedStep, str]]:
    """Each trial's step with the other tool for the same columns, its other params still to be chosen, and why.

    Raises:
        PlanError: It names a step or tool that is not there.
    """
    known = {step.id: step for step in steps}
    found: list[tuple[PlannedStep, str]] = []
    for item in reply.model_dump()["trials"]:
        step, tool = known.get(item["step"]), item["tool"]
        if step is None or tool not in view.offers.tools:
            raise PlanError(
                f"A trial names step {item['step'][:30]!r} and tool {tool[:40]!r}.",
                fix=f"The steps are {', '.join(known)}; the tools {', '.join(view.offers.tools)}.",
                code="bad-answer",
            )
        if step.challenge in view.offers.tools[tool]:
            found.append((_with_tool(step, tool, view), item["why"]))
    return found


def _with_tool(step: PlannedStep, tool: str, view: View) -> PlannedStep:
    tools = view.situation.tools
    columns = columns_in(tools[step.tool].spec.schema, step.params)
    return step.model_copy(
        update={
            "tool": tool, "params": seed_params(tools[tool].spec.schema, columns), "origin": "model",
            "confidence": CONFIDENCE, "backed_by": "", "settled": (), "alternatives": (),
        }
    )  # fmt: skip


def way_form(step: PlannedStep, view: View) -> type[Form] | None:
    """The form for the params of another way; None where there is nothing left to choose."""
    asked = params_form(view.situation.tools[step.tool].spec.schema, view.shown(view.offers.columns), fixed=True)
    return asked if asked.model_fields else None


def with_params(step: PlannedStep, reply: Form, view: View) -> PlannedStep:
    """The other way with the params that were chosen.

    Raises:
        PlanError: They do not fit.
    """
    schema = view.situation.tools[step.tool].spec.schema
    params = {**params_of(schema, reply.model_dump(), view.column_of), **step.params}
    return step.model_copy(update={"params": view.situation.tools.check(step.tool, params)})


def other_way(trial: Mapping[str, Any]) -> Trial:
    """A trial as it was kept in the store."""
    return Trial(trial["step"], PlannedStep.model_validate(trial["instead"]), trial["why"])
