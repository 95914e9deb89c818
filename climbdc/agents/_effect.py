"""What a step does to a quick model: the whole recipe refitted in every fold, with and without the step."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from climbdc.agents._context import RunContext
from climbdc.agents._screening import stage_of
from climbdc.agents._versions import Version, head, load_version
from climbdc.errors import ToolError
from climbdc.plan import PlannedStep
from climbdc.recipe import StepSpec
from climbdc.sdk import Difference, Evaluation

__all__ = ["base_version", "compared", "effect_of", "measured", "measured_each", "steps_since"]

TOOL = "quick_models"
AT_ONCE = 2
QUICK: dict[str, Any] = {"models": ["logistic", "ridge", "cox"], "cap": 2000, "folds": 5, "keep_predictions": True}


def base_version(context: RunContext) -> Version:
    """The version at which the sealed part was set aside, or the first where none was: folds start from here."""
    chain = context.session.lineage(head(context.session).id)
    for name, body in reversed(chain):
        if body["step"] and body["step"]["tool"] == "split_data":
            return load_version(context.session, name)
    return load_version(context.session, chain[0][0])


def steps_since(context: RunContext, base: Version, version: Version) -> list[StepSpec]:
    """The steps that lead from the base to a version."""
    chain = context.session.lineage(version.id)
    ids = [name for name, _ in chain]
    return [StepSpec.model_validate(body["step"]) for _, body in chain[ids.index(base.id) + 1 :]]


def measured(
    context: RunContext, base: Version, steps: Sequence[StepSpec], params: dict[str, Any]
) -> list[dict[str, Any]]:
    """Metrics of a recipe over the base version; measured once for the same steps."""
    session = context.session
    key = "measured/" + context.bench.key(base, steps, params)
    stored = session.get(key)
    if stored is None:
        try:
            stored = {"metrics": context.bench.measure(TOOL, params, base, steps), "failed": ""}
        except ToolError as error:
            stored = {"metrics": [], "failed": str(error)}
        session.put(key, stored)
    metrics: list[dict[str, Any]] = stored["metrics"]
    return metrics


def measured_each(
    context: RunContext, base: Version, asked: Sequence[tuple[Sequence[StepSpec], dict[str, Any]]]
) -> list[list[dict[str, Any]]]:
    """Metrics of several recipes over the base version, two at a time; asked for in one order, answered in the same."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda item: measured(context, base, *item), asked))


def compared(context: RunContext, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Difference]:
    """Paired differences of the first model both have; empty where they share none."""
    tool = context.bench.registry.create(TOOL, {})
    assert isinstance(tool, Evaluation)
    old = next((metric["detail"] for metric in before if metric["detail"]), None)
    new = next((metric["detail"] for metric in after if metric["detail"]), None)
    return [] if old is None or new is None else tool.compare(old, new)


def effect_of(context: RunContext, parent: Version, step: PlannedStep) -> list[dict[str, Any]]:
    """The paired effect of one step; empty before the split and without a target."""
    if parent.roles.kind == "none" or TOOL not in context.bench.registry:
        return []
    if stage_of(context.session) == "rows":
        return []
    base = base_version(context)
    prefix = steps_since(context, base, parent)
    before, after = measured_each(context, base, [(prefix, QUICK), ([*prefix, step.spec], QUICK)])
    return [
        {"metric": d.name, "before": d.before, "after": d.after, "change": d.change, "low": d.low, "high": d.high,
         "rows": d.rows, "better": d.better}
        for d in compared(context, before, after)
    ]  # fmt: skip
