"""Which steps the open findings ask for: one a challenge, tool and degree of sureness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from climbdc.models._policy import Situation
from climbdc.models.rules._features import LEARNS, OFFERED, encoding_steps, narrowed_features
from climbdc.models.rules._params import is_empty, merge, narrow
from climbdc.plan import Alternative, PlannedStep
from climbdc.registry import sentence

__all__ = ["SURE", "StepKey", "key_of", "wanted_steps"]

SURE = 0.9
"""Above this confidence a suggestion counts as sure."""

GROUNDS = ("knowledge", "dictionary")
VALUES_ONLY = (
    "fix_types",
    "mark_missing",
    "harmonise_categories",
    "correct_implausible",
    "repair_values",
    "convert_units",
)
"""Tools that may run when nothing but the values is to be made right (`--task none`)."""
REPORTED = ("leakage/split-overlap",)
"""Told and left to a person: the split stands, and rows are not dropped unasked."""
PERSONAL = "privacy/personal-data"
JUDGED_BY_TRIAL = ("completeness/informative-missingness",)
"""Their suggestion is an alternative that a measurement decides, not a step of its own."""


class StepKey(NamedTuple):
    """Two steps of one key are the same work."""

    challenge: str
    tool: str
    sure: bool


def key_of(step: PlannedStep) -> StepKey:
    """The key of a planned step."""
    return StepKey(step.challenge, step.tool, is_sure(step.confidence, step.backed_by))


def is_sure(confidence: float, backed_by: str) -> bool:
    """Whether a suggestion may be taken as certain."""
    return confidence >= SURE or backed_by in GROUNDS


def wanted_steps(situation: Situation) -> dict[StepKey, PlannedStep]:
    """The steps that open findings ask for now, with params narrowed to the columns that are there."""
    steps: dict[StepKey, PlannedStep] = {}
    tried = _tried(situation)
    for finding in situation.findings:
        if finding["status"] != "open" or not finding["suggestions"]:
            continue
        if finding["severity"] == "info" and finding["kind"] not in OFFERED:
            continue
        if finding["challenge"] in (*JUDGED_BY_TRIAL, *REPORTED):
            continue
        step = _step_for(finding, situation)
        if step is None:
            continue
        key = key_of(step)
        if finding["id"] in tried.get(key, ()):
            continue
        steps[key] = step if key not in steps else _joined(steps[key], step)
    for step in _standing(situation, list(steps.values())):
        if key_of(step) not in tried:
            steps.setdefault(key_of(step), step)
    return steps


def _tried(situation: Situation) -> dict[StepKey, set[str]]:
    """Per key, the findings a finished step has already tried to answer: no step is proposed twice for one."""
    tried: dict[StepKey, set[str]] = {}
    for step in situation.plan.steps:
        if step.status in {"applied", "rejected", "failed", "not-applicable", "undone", "postponed"}:
            tried.setdefault(key_of(step), set()).update(step.answers)
    return tried


def _step_for(finding: Mapping[str, Any], situation: Situation) -> PlannedStep | None:
    first, *others = finding["suggestions"]
    if situation.roles.kind == "none" and first["tool"] not in VALUES_ONLY:
        return None
    if first["tool"] not in situation.tools:
        return None
    if situation.stage == "rows" and first["tool"] in LEARNS:
        return None
    if situation.stage == "rows" and situation.tools[first["tool"]].spec.rows == "all":
        return None  # rows are merged on each side of the split apart, so that nothing is learnt from sealed patients
    protected = {*situation.roles.outcomes, situation.roles.patient, situation.roles.visit_time}
    columns = set(situation.columns)
    if finding["challenge"] != PERSONAL:
        columns -= set(situation.roles.ignored)  # left as they came
    removable = columns - protected if first["tool"] == "drop_columns" else columns
    params = narrowed_features(narrow(first["params"], removable), columns)
    if is_empty(params, first["params"]):
        return None
    serious = finding["challenge"].startswith("leakage/") and finding["severity"] in {"major", "critical"}
    return PlannedStep(
        id="S00",
        challenge=finding["challenge"],
        tool=first["tool"],
        params=params,
        why=first["why"] or sentence(finding, situation.tools),
        answers=(finding["id"],),
        confidence=max(first["confidence"], SURE) if serious else first["confidence"],
        backed_by=first["backed_by"],
        alternatives=tuple(
            Alternative(tool=other["tool"], params=narrow(other["params"], columns), why=other["why"])
            for other in others
            if other["tool"] in situation.tools
        ),
    )


def _joined(one: PlannedStep, other: PlannedStep) -> PlannedStep:
    why = one.why if other.why in one.why else f"{one.why} {other.why}"
    return one.model_copy(
        update={
            "params": merge(one.params, other.params),
            "why": why,
            "answers": (*one.answers, *other.answers),
            "confidence": min(one.confidence, other.confidence),
            "backed_by": one.backed_by if one.backed_by == other.backed_by or is_sure_by(one, other) else "",
            "alternatives": (),
        }
    )


def is_sure_by(one: PlannedStep, other: PlannedStep) -> bool:
    """Whether both steps rest on some ground."""
    return one.backed_by in GROUNDS and other.backed_by in GROUNDS


def _standing(situation: Situation, wanted: list[PlannedStep]) -> list[PlannedStep]:
    """Steps that no finding asks for but every study needs: a hold-out, and features that are numbers."""
    if situation.roles.kind == "none":
        return []
    if situation.stage == "rows":
        return [] if situation.test_given else [_split(situation)]
    return encoding_steps(situation, wanted)


def _split(situation: Situation) -> PlannedStep:
    return PlannedStep(
        id="S00",
        challenge="evaluation/split",
        tool="split_data",
        params={},
        why="A part is sealed before anything is learnt, so that the result can be checked on rows never seen.",
        backed_by="rule",
    )
