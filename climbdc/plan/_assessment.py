"""What a coordinator says in one turn: validated as one piece, its verdicts applied by code."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from climbdc.errors import PlanError
from climbdc.plan._plan import Alternative, Plan, PlannedStep, StepStatus

__all__ = ["Assessment", "Backtrack", "Doubt", "Reveal", "Verdict", "enforce"]


class Backtrack(BaseModel):
    """Go back to the state before a step was applied."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before_step: str
    reason: str
    origin: Literal["rules", "model"] = "rules"
    """What a model wants to take back, only the expert takes back."""


class Verdict(BaseModel):
    """What becomes of one pending step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    verdict: Literal["keep", "replace", "remove", "insert_before"]
    reason: str
    new: PlannedStep | None = None
    """The step to put in its place or before it."""

    @model_validator(mode="after")
    def _complete(self) -> Verdict:
        if self.verdict in {"replace", "insert_before"} and self.new is None:
            raise ValueError(f"{self.verdict} needs the new step")
        return self


class Doubt(BaseModel):
    """Why a model would not do a step, or do it otherwise: it stays, and a person judges."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    reason: str
    instead: Alternative | None = None


class Reveal(BaseModel):
    """A column whose values a model would like to see; a person decides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    why: str


class Assessment(BaseModel):
    """One coordinator turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    observations: tuple[str, ...] = ()
    backtrack: Backtrack | None = None
    verdicts: tuple[Verdict, ...] = ()
    """For the next pending steps, in order."""
    added: tuple[PlannedStep, ...] = ()
    """New steps for the end of the plan, before ordering."""
    doubts: tuple[Doubt, ...] = ()
    """About pending steps of the rules."""
    reveal: tuple[Reveal, ...] = ()
    policy: str = "rules"


def enforce(plan: Plan, assessment: Assessment) -> Plan:
    """The plan after the verdicts; code does what was said, no more.

    Raises:
        PlanError: A verdict names a step that is not pending.
    """
    for verdict in assessment.verdicts:
        pending = {step.id for step in plan.pending}
        if verdict.step not in pending:
            raise PlanError(f"A verdict names {verdict.step!r}, which is not a pending step.", code="bad-verdict")
        if verdict.verdict == "remove":
            plan = plan.with_status(verdict.step, _gone(verdict, assessment), verdict.reason)
        elif verdict.verdict == "replace" and verdict.new is not None:
            kept = {name: getattr(plan.get(verdict.step), name) for name in ("doubt", "told")}
            plan = plan.put(verdict.new.model_copy(update={"id": verdict.step, "status": "pending", **kept}))
        elif verdict.verdict == "insert_before" and verdict.new is not None:
            plan = plan.insert_before(verdict.step, verdict.new.model_copy(update={"id": plan.next_id()}))
    for doubt in assessment.doubts:
        plan = plan.put(_doubted(plan.get(doubt.step), doubt))
    for step in assessment.added:
        plan = plan.append(step.model_copy(update={"id": plan.next_id()}))
    return plan


def _doubted(step: PlannedStep, doubt: Doubt) -> PlannedStep:
    """The step with the doubt, and with the other way as its last alternative."""
    known = [(other.tool, other.params) for other in step.alternatives]
    new = doubt.instead
    more = () if new is None or (new.tool, new.params) in known else (new,)
    return step.model_copy(update={"doubt": doubt.reason, "alternatives": (*step.alternatives, *more)})


def _gone(verdict: Verdict, assessment: Assessment) -> StepStatus:
    """A step that was done and taken back is not planned again for the same findings; one not yet done may be."""
    back = assessment.backtrack
    return "undone" if back is not None and back.before_step == verdict.step else "removed"
