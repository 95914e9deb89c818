"""Screening: which inspections run on which rows, and what the coordinator is told of it."""

from __future__ import annotations

from typing import Literal

import pandas as pd
from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._apart import FINDER, keep_apart, naming_columns, nobody_asked
from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._findings import reconcile
from climbdc.agents._plans import current_plan
from climbdc.agents._versions import Version, head, load_version
from climbdc.agents._workbench import Look
from climbdc.models import Situation, TrialResult
from climbdc.sdk import Dictionary, Stage
from climbdc.store import SessionStore

__all__ = ["look_at", "screen", "situation", "stage_of"]


def stage_of(session: SessionStore) -> Stage:
    """All rows before the split, train rows after it; with nothing to predict all rows are train rows."""
    roles = session.need("goal")["roles"]
    done = any(step.tool == "split_data" for step in current_plan(session).applied)
    given = session.need("reading")["test"] is not None
    return "train" if done or given or roles["kind"] == "none" or session.get("unsplit") else "rows"


def screening_tools(context: RunContext, stage: Stage, *, cheap: bool, audit: bool) -> list[str]:
    """Names of the inspections for a stage; where no split is to come, both stages are one."""
    session = context.session
    unsplit = session.need("goal")["roles"]["kind"] == "none" or session.need("reading")["test"] is not None
    both = unsplit or context.options.screen_only
    return [
        tool.spec.name
        for tool in context.bench.registry.of_kind("inspect")
        if (both or tool.spec.stage == stage) and (not cheap or tool.spec.cost == "cheap") and tool.spec.audit == audit
    ]


def look_at(context: RunContext, version: Version, stage: Stage, *, cheap: bool = True) -> list[Look]:
    """Run the inspections of a stage over a version."""
    return context.bench.look_all(screening_tools(context, stage, cheap=cheap, audit=False), version)


def look_at_split(context: RunContext, version: Version) -> list[Look]:
    """Compare train with the features of the sealed part: the only door to it beside evaluation, and counted."""
    session = context.session
    sealed = sealed_features(session, version)
    if sealed is None:
        return []
    session.count_look("audit", version.id)
    path = session.objects.path(session.objects.put_frame(sealed))
    return context.bench.look_all(screening_tools(context, "train", cheap=False, audit=True), version, audit=path)


def sealed_features(session: SessionStore, version: Version) -> pd.DataFrame | None:
    """The sealed rows as they stood at the split, without any outcome; None where nothing is sealed."""
    given = session.need("reading")["test"]
    if given is not None:
        sealed = session.objects.frame(given["frame"])
    elif version.step is not None and version.step.tool == "split_data" and version.parent is not None:
        before = load_version(session, version.parent).load()
        sealed = before.loc[before.index.difference(version.load().index)]
    else:
        return None
    return sealed.drop(columns=[name for name in version.roles.outcomes if name in sealed.columns])


def screen(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["assess", "__end__"]]:
    """Look at the data of the present stage with every tool meant for it; once a stage."""
    context = runtime.context
    session = context.session
    stage = stage_of(session)
    if session.get(f"screened/{stage}") is None:
        version = _without_persons(context, head(session))
        looks = look_at(context, version, stage, cheap=False)
        looks += look_at_split(context, version) if stage == "train" else []
        added = reconcile(session, looks, step=None)
        record_looks(session, looks, stage)
        for name in added:
            session.say("found", {"finding": name})
    return Command(goto="__end__" if context.options.screen_only else "assess")


def _without_persons(context: RunContext, version: Version) -> Version:
    """The version with columns that may name persons kept apart, where nobody is there to be asked about them.

    It comes before all else, so that no finding and no step quotes what is in them.
    """
    session, tools = context.session, context.bench.registry
    if FINDER not in tools or context.options.screen_only or not nobody_asked(session):
        return version
    seen = [body for body, _ in context.bench.look(FINDER, version).found]
    keep_apart(session, naming_columns(seen), session.objects.table(version.frame).schema)
    return load_version(session, version.id)


def record_looks(session: SessionStore, looks: list[Look], name: str) -> None:
    """Keep which tools spoke, which had nothing to look at and which failed."""
    session.put(
        f"screened/{name}",
        {
            "tools": [look.tool for look in looks],
            "not_applicable": {look.tool: look.not_applicable for look in looks if look.not_applicable},
            "failed": {look.tool: look.failed for look in looks if look.failed},
        },
    )


def situation(context: RunContext, trials: list[TrialResult] | None = None) -> Situation:
    """What a policy may know at this moment."""
    session = context.session
    version = head(session)
    schema = session.objects.table(version.frame).schema
    columns = [name for name in schema.names if name != "_row"]
    rows = session.objects.table(version.frame).num_rows
    features = set(version.roles.features(columns))
    unusable = {
        name: f"it is stored as {schema.field(name).type}"
        for name in columns
        if name in features and not _is_number(str(schema.field(name).type))
    }
    return Situation(
        plan=current_plan(session),
        findings=session.findings(),
        columns=columns,
        roles=version.roles,
        dictionary=Dictionary(list(version.dictionary.values())),
        taxonomy=context.taxonomy,
        tools=context.bench.registry,
        stage=stage_of(session),
        rows=rows,
        test_given=session.need("reading")["test"] is not None,
        trials=trials or [],
        unusable=unusable,
        known_before=(session.get("known-before") or {}),
        look_ahead=context.options.look_ahead,
    )


def _is_number(kind: str) -> bool:
    return kind.startswith(("int", "float", "double", "uint"))
