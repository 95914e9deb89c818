"""What a report is made from: stored results in one typed piece, every part of which may be empty."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from climbdc.report._asked import ModelFact
from climbdc.report._parts import (
    DecisionFact,
    Distribution,
    Fact,
    FileFact,
    FindingFact,
    FlowBox,
    GoalFact,
    MetricFacts,
    MissingFact,
    NotDone,
    PersonalFact,
    RevisionFact,
    SandboxFact,
    Screened,
    StepFact,
)
from climbdc.sdk import Column

__all__ = ["Facts"]


class Facts(Fact):
    """Everything a report shows.

    >>> Facts(title="Empty", version="0.1.0").findings
    ()
    """

    title: str
    version: str
    seed: int = 0
    policy: str = ""
    sandbox: SandboxFact = SandboxFact()
    model: ModelFact = ModelFact()
    public: bool = False
    expert: str = ""
    files: tuple[FileFact, ...] = ()
    reading: tuple[str, ...] = ()
    rows: int = 0
    columns: int = 0
    goal: GoalFact = GoalFact()
    roles: dict[str, Any] = Field(default_factory=dict)
    dictionary: tuple[Column, ...] = ()
    flow: tuple[FlowBox, ...] = ()
    missing: MissingFact = MissingFact()
    findings: tuple[FindingFact, ...] = ()
    steps: tuple[StepFact, ...] = ()
    not_done: tuple[NotDone, ...] = ()
    personal: tuple[PersonalFact, ...] = ()
    revisions: tuple[RevisionFact, ...] = ()
    decisions: tuple[DecisionFact, ...] = ()
    metrics: MetricFacts = MetricFacts()
    distributions: tuple[Distribution, ...] = ()
    screened: Screened = Screened()

    @property
    def problems(self) -> tuple[FindingFact, ...]:
        """Findings about the data; those of evaluations say what the data are good for."""
        return tuple(f for f in self.findings if not f.part)

    @property
    def closing(self) -> tuple[FindingFact, ...]:
        """What was measured at the end, the gravest first."""
        told = [f for f in self.findings if f.part]
        return tuple(sorted(told, key=lambda f: ("critical", "major", "minor", "info").index(f.severity)))

    @property
    def leaks(self) -> tuple[FindingFact, ...]:
        """Findings of the dimension leakage that matter."""
        return tuple(f for f in self.findings if f.dimension == "leakage" and f.severity != "info")

    @property
    def left_open(self) -> tuple[FindingFact, ...]:
        """Findings no step answered, the gravest first."""
        serious = ("critical", "major")
        left = [f for f in self.findings if f.status == "open" and (not f.part or f.severity in serious)]
        return tuple(sorted(left, key=lambda f: ("critical", "major", "minor", "info").index(f.severity)))
