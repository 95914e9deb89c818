"""Closing evaluations: at the end of a session each tool that measures looks once at what the treatment made.

Each runs over the rows that may be learnt from, with the whole recipe refitted in every fold. Those that are declared
`sealed` run a second time, on the treated sealed rows. All of these and the quick models make one counted look at the
sealed part: no choice is made between them, so the rows tell nothing that a later choice could use.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from climbdc.agents._context import RunContext
from climbdc.agents._effect import TOOL, base_version, steps_since
from climbdc.agents._verify import looks_from_json, looks_to_json
from climbdc.agents._versions import Version, head
from climbdc.agents._workbench import Look
from climbdc.recipe import StepSpec
from climbdc.sdk import ToolSpec

__all__ = ["Closing", "close", "closing_tools", "plain", "spoken", "told_in_metrics"]

Part = Literal["cross-validated", "sealed"]

AT_ONCE = 2
SECONDS = 180.0
"""For one evaluation. It is generous, so that equal runs end equally on slow machines, too."""


@dataclass(frozen=True)
class Closing:
    """What one evaluation said of one part of the rows."""

    part: Part
    look: Look


def closing_tools(context: RunContext, kind: str) -> list[ToolSpec]:
    """The evaluations that run at the end for a kind of target, by name.

    The quick models have run before. An evaluation that challenges name as a treatment only is a step somebody
    chooses, and runs when it is chosen.
    """
    chosen = {name for challenge in context.taxonomy for name in challenge.treat}
    looking = {name for challenge in context.taxonomy for name in (*challenge.screen, *challenge.verify)}
    specs = [tool.spec for tool in context.bench.registry.of_kind("evaluate")]
    return [
        spec
        for spec in specs
        if spec.name != TOOL
        and (spec.name in looking or spec.name not in chosen)
        and ("any" in spec.targets or kind in spec.targets)
    ]


def close(context: RunContext) -> list[Closing]:
    """Run every closing evaluation, two at a time, and store what it concludes as findings of the last screening."""
    version = head(context.session)
    if version.roles.kind == "none" or not context.options.evaluations:
        return []
    base = base_version(context)
    steps = steps_since(context, base, version)
    tools = closing_tools(context, version.roles.kind)
    asked: list[tuple[ToolSpec, Part]] = [(spec, "cross-validated") for spec in tools]
    sealed = context.session.need("test")["frame"]
    if sealed is not None and any(spec.sealed for spec in tools):
        context.session.count_look("test", version.id)
        asked += [(spec, "sealed") for spec in tools if spec.sealed]

    def run(item: tuple[ToolSpec, Part]) -> Closing:
        spec, part = item
        if part == "cross-validated":
            return Closing(part, _looked(context, spec.name, base, steps))
        return Closing(part, _looked(context, spec.name, version, [], sealed))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        closings = list(pool.map(run, asked))
    _store(context, closings)
    return closings


def _looked(
    context: RunContext, tool: str, version: Version, steps: Sequence[StepSpec], sealed: str | None = None
) -> Look:
    """What an evaluation says, measured once for the same work: after a kill what was measured is found again."""
    session = context.session
    key = f"closing/{tool}/{context.bench.key(version, steps, {'sealed': sealed})}"
    stored = session.get(key)
    if stored is None:
        frames: dict[str, Path] = {} if sealed is None else {"test": session.objects.path(sealed)}
        look = context.bench.evaluate(tool, version, steps, SECONDS, **frames)
        stored = {**looks_to_json(session, [look])[0], "metrics": look.metrics}
        session.put(key, stored)
    look = looks_from_json(session, [stored])[0]
    return Look(look.tool, look.found, look.not_applicable, look.failed, stored["metrics"])


def _store(context: RunContext, closings: Sequence[Closing]) -> None:
    """Findings of each evaluation, once; each says on which part of the rows it rests."""
    session = context.session
    known = {(item["tool"], item.get("part")) for item in session.findings() if item["screening"] == "last"}
    for closing in closings:
        if (closing.look.tool, closing.part) in known or not closing.look.found:
            continue
        bodies = [({**body, "part": closing.part}, rows) for body, rows in closing.look.found]
        for finding in session.add_findings(bodies, tool=closing.look.tool, screening="last"):
            session.say("concluded", {"finding": finding["id"]})


def spoken(closings: Sequence[Closing]) -> list[Look]:
    """One look a tool, and those at the sealed rows that failed, for the account of who looked."""
    return [item.look for item in closings if item.part == "cross-validated" or item.look.failed]


def told_in_metrics(closings: Sequence[Closing]) -> list[dict[str, Any]]:
    """What was measured, as `metrics.json` has it."""
    return [
        {
            "tool": closing.look.tool,
            "part": closing.part,
            "metrics": plain(closing.look.metrics),
            "not_applicable": closing.look.not_applicable,
            "failed": closing.look.failed,
        }
        for closing in closings
    ]


def plain(metrics: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Metrics without their details, which are about single rows."""
    return [{key: value for key, value in metric.items() if key != "detail"} for metric in metrics]
