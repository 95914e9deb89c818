"""Which findings a step answers: a model says it of its own step, and is believed as far as tool and columns go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from climbdc.plan import PlannedStep, columns_in
from climbdc.registry import Registry

__all__ = ["believed", "truly_answered"]


def truly_answered(step: PlannedStep, findings: Iterable[Mapping[str, Any]], tools: Registry) -> PlannedStep:
    """The step as it is to run, with no more answers than are to be believed.

    Args:
        step: With the tool and the params that are used: an alternative, other params or an expert's edit may be for
            other columns than the step was proposed for.
        findings: All that are known.
        tools: What there is to work with.
    """
    if step.origin != "model":
        return step
    return step.model_copy(update={"answers": believed(step, findings, tools)})


def believed(step: PlannedStep, findings: Iterable[Mapping[str, Any]], tools: Registry) -> tuple[str, ...]:
    """Those of the findings that a model says its step answers which are of what the step and its tool treat.

    All columns of such a finding are among those that the step is done to. A finding of the whole table is answered by
    no word of a model, and no more are the others: they are once a fresh screening shows them no longer.
    """
    spec = tools[step.tool].spec
    named = {*columns_in(spec.schema, step.params)}
    answerable = {
        finding["id"]
        for finding in findings
        if finding["challenge"] == step.challenge
        and step.challenge in spec.addresses
        and finding["columns"]
        and named.issuperset(finding["columns"])
    }
    return tuple(name for name in step.answers if name in answerable)
