"""What a model may propose in a turn: tools, what they are for, and columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from climbdc.models._policy import Situation
from climbdc.models._reach import CLOSED_TOOLS

__all__ = ["Offers", "offers"]

SPLIT = "evaluation/split"
Finding = Mapping[str, Any]


class Offers(NamedTuple):
    """What a model may propose."""

    tools: Mapping[str, Sequence[str]]
    """Tool -> the challenges it may be proposed for."""
    columns: Sequence[str]
    """Columns that a step may touch."""
    answers: Sequence[str]
    """Findings that it may answer."""


def offers(situation: Situation, shown: Collection[str], findings: Sequence[Finding], *, free: bool) -> Offers:
    """Tools that keep every row, with the challenges whose turn has come, and columns that say nothing of outcomes.

    Args:
        situation: The situation, its plan with what the rules add in this turn.
        shown: Columns that the prompt names.
        findings: Those that the prompt tells of.
        free: Whether a step may be proposed for what nothing was found of. Where not, it is offered only for findings
            that no step answers, and for their columns: a weak model names whatever it can name.
    """
    found = findings if free else untreated(situation, findings)
    tools = _tools(situation, None if free else {str(finding["challenge"]) for finding in found})
    roles = situation.roles
    protected = {*roles.outcomes, *filter(None, (roles.patient, roles.visit_time, roles.group, roles.index_date))}
    about = {str(name) for finding in found for name in finding["columns"]}
    columns = [
        name for name in situation.columns if name not in protected and name in shown and (free or name in about)
    ]
    return Offers(tools, columns if tools else (), [str(finding["id"]) for finding in found])


def _tools(situation: Situation, only: Collection[str] | None) -> dict[str, list[str]]:
    if situation.roles.kind == "none":
        return {}
    order = {name: place for place, name in enumerate(situation.taxonomy.order)}
    last = order[SPLIT] if situation.stage == "rows" else len(order)
    tools: dict[str, list[str]] = {}
    for tool in situation.tools.of_kind("transform"):
        for_now = [name for name in tool.spec.addresses if order.get(name, len(order)) < last]
        for_now = [name for name in for_now if only is None or name in only]
        if tool.spec.rows == "keep" and tool.spec.name not in CLOSED_TOOLS and for_now:
            tools[tool.spec.name] = for_now
    return tools


def untreated(situation: Situation, findings: Sequence[Finding]) -> list[Finding]:
    """Findings that no step answers, be it done, planned or decided against."""
    treated = {name for step in situation.plan.steps for name in step.answers}
    return [finding for finding in findings if finding["id"] not in treated]
