"""What a mind behind coordinator and worker is given, and what it must answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from climbdc.plan import Assessment, Plan, PlannedStep
from climbdc.registry import Registry
from climbdc.sdk import Dictionary, Roles
from climbdc_taxonomy import Taxonomy

__all__ = ["Ask", "GiveBack", "Policy", "Situation", "Trial", "TrialResult"]


@dataclass(frozen=True)
class Trial:
    """A question to the data: would the result be better with another step in place of this one, or without it?"""

    step: str
    instead: PlannedStep | None
    why: str
    tries: int = 1
    """How many were proposed together: the best of several has to help more."""


@dataclass(frozen=True)
class TrialResult:
    """What a trial measured: the paired gain of the other way over what was done, with its 95 % interval."""

    trial: Trial
    metric: str
    gain: float
    low: float
    high: float


@dataclass(frozen=True)
class Situation:
    """Everything one turn may know: names, counts and stored findings, never a row."""

    plan: Plan
    findings: Sequence[Mapping[str, Any]]
    columns: Sequence[str]
    """Columns of the newest version."""
    roles: Roles
    dictionary: Dictionary
    taxonomy: Taxonomy
    tools: Registry
    stage: Literal["rows", "train"]
    rows: int
    test_given: bool = False
    trials: Sequence[TrialResult] = ()
    unusable: Mapping[str, str] = field(default_factory=dict)
    """Text and date feature columns -> why a model cannot use them as they are."""
    known_before: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Applied step -> ids of the findings that were known when it was applied."""
    look_ahead: int = 3
    refused: Sequence[str] = ()
    """Why earlier answers of this very turn were not adopted, the first first."""
    told: Sequence[tuple[str, str]] = ()
    """Questions of the worker about the present step and what the expert answered."""


@dataclass(frozen=True)
class GiveBack:
    """The worker returns the step undone, with a reason."""

    reason: str


@dataclass(frozen=True)
class Ask:
    """The worker needs to know something of the expert before it runs the step."""

    question: str
    why: str = ""


class Policy(Protocol):
    """Plays both roles. Whatever it answers is validated and its verdicts are applied by code."""

    @property
    def name(self) -> str:
        """As recorded with every assessment."""
        ...

    def assess(self, situation: Situation) -> Assessment:
        """One coordinator turn: observe, go back if need be, judge the next steps, revise."""
        ...

    def work(self, situation: Situation, step: PlannedStep) -> PlannedStep | GiveBack | Ask:
        """One worker turn: the step as it is to run, given back, or a question to the expert."""
        ...

    def trials(self, situation: Situation) -> Sequence[Trial]:
        """What to try out before finishing."""
        ...
