"""The end: a last screening, honest numbers before and after, and the expert's word that it is done."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import pandas as pd
from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._closing import close, plain, spoken, told_in_metrics
from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._effect import base_version, compared, measured_each, steps_since
from climbdc.agents._findings import open_findings, reconcile
from climbdc.agents._pause import Checkpoint, answer_of, count, options, wait_for
from climbdc.agents._plans import current_plan
from climbdc.agents._postponed import postponed_in_words, take_up
from climbdc.agents._recipe import recipe_of
from climbdc.agents._screening import look_at, record_looks
from climbdc.agents._versions import Version, head, raw_rows
from climbdc.errors import ToolError
from climbdc.recipe import Recipe, StepSpec, run_steps_in
from climbdc.registry import sentence
from climbdc.store import SessionStore

__all__ = ["ask_finish", "finish", "held_out", "sealed_part", "settle_finish"]

FULL: dict[str, Any] = {"keep_predictions": True}


def ask_finish(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["pause"]]:
    """Say what is left open and ask whether to finish."""
    context = runtime.context
    session = context.session
    plan = current_plan(session)
    left = [f for f in open_findings(session) if f["severity"] in {"major", "critical"}]
    waiting = postponed_in_words(context, plan)
    again = waiting[0]["done_again"] if waiting else 0
    steps = f" {again} {'step that builds' if again == 1 else 'steps that build'} on it"
    done_again = f"{steps} will be done again; you are asked only where they would do something else." if again else ""
    ways = [("take-up", "Decide them now", f"What you left for later is shown to you again.{done_again}")]
    checkpoint = Checkpoint(
        kind="finish",
        title=f"Finish, or decide {count(waiting, 'step')} left for later?" if waiting else "Finish?",
        text=f"{count(plan.applied, 'step')} applied; "
        f"{count(left, 'serious finding')} left open and named in the report.",
        why="At the end everything is looked at once more, and what the work changed is measured.",
        options=options(
            *(ways if waiting else []),
            ("finish", "Finish", "Results and the report are written."),
            ("stop", "Not yet", "Nothing is lost; you can go on another day."),
        ),
        default="take-up" if waiting else "finish",
        detail={
            "open": [{"id": f["id"], "sentence": sentence(f, context.bench.registry)} for f in left],
            "postponed": waiting,
        },
    )
    revision = len(session.plans())
    return wait_for(session, f"finish:{revision}", checkpoint, "settle_finish")


def settle_finish(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["assess", "finish"]]:
    """Take up what was left for later, or finish."""
    context = runtime.context
    if answer_of(context.session, state["checkpoint"]).choice != "take-up":
        return Command(goto="finish")
    take_up(context)
    return Command(goto="assess")


def finish(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["__end__"]]:
    """Screen once more, measure before and after on the same folds and rows, treat and evaluate the sealed part."""
    context = runtime.context
    session = context.session
    version = head(session)
    if (session.get("finished") or {}).get("version") != version.id:
        looks = look_at(context, version, "train", cheap=False)
        reconcile(session, looks, step=None, screening="last")
        recipe = recipe_of(context)
        session.put("test", _test_part(context, recipe))
        metrics = _metrics(context)
        closings = close(context)
        record_looks(session, [*looks, *spoken(closings)], "last")
        session.put("metrics", {**metrics, "evaluations": told_in_metrics(closings)})
        session.put("finished", {"version": version.id})
        session.say("finished", {"version": version.id})
    session.set_status("finished")
    return Command(goto="__end__")


def held_out(session: SessionStore) -> pd.DataFrame | None:
    """The sealed rows as they were read, every visit where visits were merged; None where nothing is sealed."""
    reading = session.need("reading")
    part = sealed_part(session)
    if part is None or reading["test"] is not None:
        return part
    before = next(
        str(body["parent"]) for _, body in session.lineage(head(session).id)
        if body["step"] and body["step"]["tool"] == "split_data"
    )  # fmt: skip
    return session.objects.frame(reading["frame"]).loc[raw_rows(session, before, part.index)]


def sealed_part(session: SessionStore) -> pd.DataFrame | None:
    """The sealed rows as they stood when they were set aside, or as the test file has them; None where nothing is."""
    given = session.need("reading")["test"]
    if given is not None:
        return session.objects.frame(given["frame"])
    for (_, before), (_, after) in pairwise(session.lineage(head(session).id)):
        if after["step"]["tool"] == "split_data":
            whole = session.objects.frame(before["frame"])
            part = whole.loc[whole.index.difference(session.objects.frame(after["frame"]).index)]
            return part if len(part) else None
    return None


def _test_part(context: RunContext, recipe: Recipe) -> dict[str, Any]:
    """The sealed part after the recipe, stored as a frame."""
    session = context.session
    raw = held_out(session)
    if raw is None:
        return {"frame": None, "rows": 0, "failed": []}
    fitted, _ = recipe.contract.fit_frame(raw, partial=True)
    treated, failed = run_steps_in(context.bench.sandbox, recipe.steps, fitted, recipe.roles, "new", partial=True)
    return {"frame": session.objects.put_frame(treated), "rows": len(treated), "failed": failed}


def _metrics(context: RunContext) -> dict[str, Any]:
    session = context.session
    version = head(session)
    if version.roles.kind == "none":
        return _no_metrics("Nothing is to be predicted.")
    base = base_version(context)
    steps = steps_since(context, base, version)
    scored = {**FULL, "score_rows": _scored_rows(base, version)}
    leaks = [step for step in steps if step.tool == "drop_columns" and _is_leak(session, step)]
    asked = [(steps, FULL), ([], scored), *([(leaks, scored)] if leaks else [])]
    after, before, *rest = measured_each(context, base, asked)
    if not after:
        return _no_metrics("The quick models could not be fitted on this data.")
    honest = rest[0] if rest else before
    return {
        "before": plain(before),
        "before_without_leaks": plain(honest),
        "after": plain(after),
        "differences": [vars(d) for d in compared(context, honest, after)],
        "test": _test_metrics(context, steps, base),
        "audit_looks": session.looks("audit"),
        "trials": (session.get("trials/done") or {"results": []})["results"],
        "note": "Before and after are cross-validated on the same rows and folds, the whole recipe refitted in each.",
    }


def _scored_rows(base: Version, version: Version) -> list[int]:
    """Where rows were merged, only those that are left are scored before as well."""
    left = version.load().index
    return [] if len(left) == len(base.load()) else [int(row) for row in left]


def _is_leak(session: SessionStore, step: StepSpec) -> bool:
    return any(item.id == step.id and item.challenge.startswith("leakage/") for item in current_plan(session).applied)


def _no_metrics(note: str) -> dict[str, Any]:
    empty: dict[str, Any] = {name: [] for name in ("before", "before_without_leaks", "after", "differences", "trials")}
    return {**empty, "test": None, "audit_looks": 0, "note": note}


def _test_metrics(context: RunContext, steps: list[StepSpec], base: Version) -> dict[str, Any] | None:
    """One look at the sealed part, counted: fitted on the treated train rows, scored on the treated test rows."""
    session = context.session
    raw = held_out(session)
    if raw is None:
        return None
    looks = session.count_look("test", head(session).id)
    stored = session.need("test")
    path = session.objects.path(stored["frame"])
    try:
        metrics = context.bench.measure("quick_models", {}, head(session), [], test=path)
    except ToolError as error:
        return {"rows": stored["rows"], "metrics": [], "looks": looks, "failed": str(error)}
    return {"rows": stored["rows"], "metrics": plain(metrics), "looks": looks, "failed": ""}
