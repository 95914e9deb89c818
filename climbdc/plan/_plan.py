"""The plan: ordered steps with their status."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from climbdc.recipe import StepSpec

__all__ = ["Alternative", "Plan", "PlannedStep", "StepStatus"]

StepStatus = Literal["pending", "applied", "rejected", "removed", "failed", "not-applicable", "undone", "postponed"]


class Alternative(BaseModel):
    """Another way to answer the same findings, tried when the first is rejected or turns out worse."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    params: dict[str, Any] = Field(default_factory=dict)
    why: str = ""
    origin: Literal["rules", "model"] = "rules"


class PlannedStep(BaseModel):
    """One step of the plan: what is to be done, for which challenge, and how sure the tools are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    challenge: str
    tool: str
    params: dict[str, Any] = Field(default_factory=dict)
    why: str = ""
    answers: tuple[str, ...] = ()
    confidence: float = 1.0
    backed_by: str = ""
    status: StepStatus = "pending"
    reason: str = ""
    """Why the status is what it is."""
    attempt: int = 1
    origin: Literal["rules", "model", "person"] = "rules"
    """Who proposed it. What only a model proposes is done when a person approves it or a measurement shows a gain."""
    doubt: str = ""
    """Why a model would not do it, or do it otherwise; for the person to judge."""
    told: str = ""
    """A model's explanation for the person."""
    settled: tuple[str, ...] = ()
    """Params that a measurement or the expert chose; a revision of the plan keeps them."""
    alternatives: tuple[Alternative, ...] = ()

    @property
    def spec(self) -> StepSpec:
        """What the engine runs."""
        return StepSpec(id=self.id, tool=self.tool, params=self.params, why=self.why, answers=self.answers)


class Plan(BaseModel):
    """Steps in order; immutable, every change makes a new revision.

    >>> step = PlannedStep(id="S01", challenge="features/uninformative", tool="drop_columns")
    >>> Plan(steps=(step,)).with_status("S01", "applied").applied[0].id
    'S01'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[PlannedStep, ...] = ()

    @property
    def pending(self) -> tuple[PlannedStep, ...]:
        """Steps still to do, in order."""
        return tuple(step for step in self.steps if step.status == "pending")

    @property
    def applied(self) -> tuple[PlannedStep, ...]:
        """Steps done, in order."""
        return tuple(step for step in self.steps if step.status == "applied")

    def get(self, step_id: str) -> PlannedStep:
        """The step of that id."""
        return next(step for step in self.steps if step.id == step_id)

    def put(self, changed: PlannedStep) -> Plan:
        """The plan with this step in place of the one of the same id."""
        return Plan(steps=tuple(changed if step.id == changed.id else step for step in self.steps))

    def with_status(self, step_id: str, status: StepStatus, reason: str = "") -> Plan:
        """The plan with one step's status changed."""
        return self.put(self.get(step_id).model_copy(update={"status": status, "reason": reason}))

    def insert_before(self, step_id: str, new: PlannedStep) -> Plan:
        """The plan with a new step before the one named."""
        at = next(number for number, step in enumerate(self.steps) if step.id == step_id)
        return Plan(steps=(*self.steps[:at], new, *self.steps[at:]))

    def append(self, new: PlannedStep) -> Plan:
        """The plan with a new step at its end."""
        return Plan(steps=(*self.steps, new))

    def next_id(self) -> str:
        """An id no step has had."""
        used = [int(step.id[1:]) for step in self.steps if step.id[1:].isdigit()]
        return f"S{max(used, default=0) + 1:02d}"
