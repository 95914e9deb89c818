"""The recipe of the branch's newest version."""

from __future__ import annotations

import base64
from typing import Any

from climbdc._version import __version__
from climbdc.agents._apart import unlisted_columns
from climbdc.agents._context import RunContext
from climbdc.agents._verify import whole_columns
from climbdc.agents._versions import dropped_by, head, raw_rows
from climbdc.data import ReadOptions
from climbdc.recipe import PluginUsed, Recipe, RecipeStep, StepSpec, describe_input

__all__ = ["recipe_of"]


def recipe_of(context: RunContext) -> Recipe:
    """Reading, contract and the fitted steps from the raw file to the newest version."""
    session = context.session
    version = head(session)
    chain = session.lineage(version.id)
    reading = session.need("reading")
    raw = session.objects.frame(reading["frame"])
    split = next((item for item in chain if item[1]["step"] and item[1]["step"]["tool"] == "split_data"), None)
    train = (
        raw if split is None else raw.loc[raw_rows(session, split[0], session.objects.frame(split[1]["frame"]).index)]
    )
    gone = set(raw.columns) - set(version.load().columns)
    dropped = {name for _, body in chain for name in dropped_by(body["step"])}
    optional = [*version.roles.outcomes, *sorted(gone & dropped)]
    unlisted = {*unlisted_columns(session), version.roles.patient, *version.roles.identifiers}
    return Recipe(
        version=__version__,
        reading=ReadOptions.model_validate(reading["options"]),
        roles=version.roles,
        contract=describe_input(train, optional, unlisted),
        steps=tuple(_step(context, body) for _, body in chain if body["step"]),
        seed=context.options.seed,
        whole=tuple(whole_columns(version.dictionary)),
    )


def _step(context: RunContext, body: dict[str, Any]) -> RecipeStep:
    step = StepSpec.model_validate(body["step"])
    objects = context.session.objects
    tables = {name: objects.table(stored) for name, stored in body["state_tables"].items()}
    blobs = {name: base64.b64decode(text) for name, text in body["blobs"].items()}
    plugin = PluginUsed.model_validate(body["plugin"]) if body.get("plugin") else None
    return RecipeStep(step, context.bench.registry[step.tool].spec.rows, body["state"], tables, blobs, plugin)
