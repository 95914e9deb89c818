"""The question about one change: what would be done, to what, why, and what it does."""

from __future__ import annotations

from typing import Any

from climbdc.agents._context import RunContext
from climbdc.agents._pause import Checkpoint, options
from climbdc.agents._plans import current_plan
from climbdc.agents._several import tried_at_once
from climbdc.plan import PlannedStep
from climbdc.registry import sentence, title

__all__ = ["change_question", "in_words"]


WAYS = (
    ("approve", "Approve", "The change becomes part of the dataset and of the recipe."),
    ("change", "Change it", "Say how it is to be done instead; it is tried again and shown to you."),
    ("reject", "Reject", "Nothing changes. What was found stays open and is named in the report."),
    ("later", "Decide later", "Nothing changes for now. Work goes on, and you are asked again before the end."),
    ("stop", "Stop here", "Nothing is lost; you can go on another day."),
)
NAMED = 2
"""Columns in a title, before "and more"."""
NOT_LATER = ("split_data",)
"""What everything after it is built on."""


def change_question(context: RunContext, step: PlannedStep, tried: dict[str, Any]) -> Checkpoint:
    """The card an expert answers before a step counts."""
    checks = tried["checks"]
    findings = {finding["id"]: finding for finding in context.session.findings()}
    answered = [findings[name] for name in step.answers if name in findings]
    challenge = context.taxonomy[step.challenge]
    return Checkpoint(
        kind="change",
        title=f"{title(step.tool)}{_which(step)}: {in_words(checks, step.tool)}",
        text=step.why,
        why=challenge.why,
        options=options(*[way for way in WAYS if way[0] != "later" or step.tool not in NOT_LATER]),
        default="approve",
        detail={
            "step": step.model_dump(mode="json"),
            "challenge": {"id": challenge.id, "title": challenge.title},
            "findings": [
                {
                    "id": f["id"], "severity": f["severity"], "kind": f["kind"], "columns": f["columns"],
                    "challenge": f["challenge"], "sentence": sentence(f, context.bench.registry),
                }
                for f in answered
            ],
            "tries": tried_at_once(current_plan(context.session).steps) or 1,
            **{key: value for key, value in checks.items() if key != "looks"},
        },
    )  # fmt: skip


def _which(step: PlannedStep) -> str:
    """The columns a step names, the first of many: several steps of one tool are told apart by them."""
    columns = step.params.get("columns")
    names = [str(name) for name in columns] if isinstance(columns, list | dict) else []
    if not names:
        return ""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED + 1 else ""
    return f" ({', '.join(names if not more else names[:NAMED])}{more})"


def in_words(checks: dict[str, Any], tool: str = "") -> str:
    """The size of a change.

    >>> in_words({"counts": {"cells": 2, "dropped_rows": 1, "added_rows": 0, "dropped_columns": 0, "added_columns": 0}})
    '2 cells changed, 1 row dropped'
    """
    gone = "set aside" if tool == "split_data" else "dropped"
    nouns = {
        "cells": ("cell", "changed"),
        "dropped_rows": ("row", gone),
        "added_rows": ("row", "added"),
        "dropped_columns": ("column", "dropped"),
        "added_columns": ("column", "added"),
    }
    told = [
        f"{number:,} {nouns[key][0]}{'' if number == 1 else 's'} {nouns[key][1]}"
        for key, number in checks["counts"].items()
        if number
    ]
    return ", ".join(told) or "only how values are stored"
