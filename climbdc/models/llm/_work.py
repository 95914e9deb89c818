"""The worker's reply: its form for one step, and what a filled-in form stands for."""

from __future__ import annotations

from typing import Any

from climbdc.errors import PlanError
from climbdc.models._policy import Ask, GiveBack, Situation
from climbdc.models.llm._forms import Form, choice, form, text, wanted
from climbdc.models.llm._params import columns_in, params_form, params_of
from climbdc.models.llm._said import Says, fresh
from climbdc.models.llm._view import View
from climbdc.plan import PlannedStep

__all__ = ["worked", "worker_form"]

TOLD = 240
RUN, ASK, BACK = "run", "ask", "give_back"


def worker_form(step: PlannedStep, view: View, *, may_ask: bool) -> type[Form]:
    """The form for this step: what is told to the clinician, what is to happen, and of a model's own step the params.

    The params of a step of the rules are theirs and are not asked for.
    """
    ways = [RUN, *([ASK] if may_ask else []), BACK]
    fields: dict[str, Any] = {"action": choice("Action", ways), "told": text(TOLD)}
    if step.origin == "model":
        schema = view.situation.tools[step.tool].spec.schema
        columns = [name for name in columns_in(schema, step.params) if name in view.situation.columns]
        fields["params"] = wanted(params_form(schema, view.shown(columns or view.offers.columns)))
    return form("WorkerReply", fields)


def worked(reply: Form, step: PlannedStep, view: View, says: Says, *, may_ask: bool) -> PlannedStep | GiveBack | Ask:
    """What the reply stands for.

    Raises:
        PlanError: It says nothing that can be done, or its params do not fit the tool; the reason is fit for the model.
    """
    told = reply.model_dump()
    action = told["action"].lower().replace(" ", "_") or RUN
    words = says(told["told"])
    if action == ASK and may_ask and words:
        return Ask(words)
    if action == BACK:
        return GiveBack(words or "No reason was given.")
    if action not in {RUN, ASK}:
        raise PlanError(f"The action is {action[:30]!r}.", fix=f"Say {RUN}, {ASK} or {BACK}.", code="bad-answer")
    does = view.situation.tools[step.tool].spec.doc.strip().split("\n")[0]
    words = fresh(words, [step.why, step.doubt, step.reason, does])
    if step.origin != "model":
        return step.model_copy(update={"told": words})
    if told["params"] is None:
        raise PlanError(
            "The step is to run and has no params.", fix="Fill them in, or give it back.", code="bad-answer"
        )
    params = _params(told["params"], step, view)
    return step.model_copy(update={"told": words, "params": params})


def _params(told: dict[str, Any], step: PlannedStep, view: View) -> dict[str, Any]:
    """The params, checked against the tool's own model and against the columns that the step is for.

    Raises:
        PlanError: They do not fit.
    """
    situation: Situation = view.situation
    schema = situation.tools[step.tool].spec.schema
    params = params_of(schema, told, view.column_of)
    meant = set(columns_in(schema, step.params))
    strange = [name for name in columns_in(schema, params) if meant and name not in meant]
    if strange:
        raise PlanError(
            f"The params name {view.gate.shown(strange[0])!r}, which is not a column of this step.",
            fix=f"Its columns are {', '.join(view.shown(sorted(meant)))}.",
            code="bad-answer",
        )
    if meant and not columns_in(schema, params):
        raise PlanError("The params name no column.", fix="Name one, or give the step back.", code="bad-answer")
    params |= {name: step.params[name] for name in step.settled if name in step.params}
    situation.tools.check(step.tool, params)
    return params
