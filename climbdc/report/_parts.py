"""The parts of a report's facts, each of which may be empty."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from climbdc.sdk import Figure, Metric, Severity

__all__ = [
    "BacktrackFact", "DecisionFact", "Distribution", "Effect", "EvaluationFact", "Fact", "FileFact", "FindingFact",
    "FlowBox", "GoalFact", "JobFact", "LimitsFact", "Mapping", "MetricFacts", "MissingFact", "NotDone", "PersonalFact",
    "RevisionFact", "SandboxFact", "Screened", "SealedFact", "StepFact", "Touched", "TrialFact", "VerdictFact",
]  # fmt: skip


class Fact(BaseModel):
    """Base of all parts; a newer session may tell more than this page knows."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class FileFact(Fact):
    """A raw file as it was read."""

    name: str
    sha256: str = ""
    rows: int | None = None


class LimitsFact(Fact):
    """What one job was allowed."""

    wall_seconds: float
    memory_mb: int
    output_mb: int


class JobFact(Fact):
    """A job that failed; `limit` says which one it hit."""

    verb: str = ""
    tool: str = ""
    outcome: str = ""
    limit: str = ""


class SandboxFact(Fact):
    """Where the tools ran, and how that ended."""

    backend: str = ""
    unsafe: bool = False
    jobs: int = 0
    limits: tuple[LimitsFact, ...] = ()
    failed: tuple[JobFact, ...] = ()


class GoalFact(Fact):
    """What is to be predicted."""

    target: str | None = None
    kind: Literal["binary", "multiclass", "numeric", "survival", "none"] = "none"
    duration: str | None = None
    event: str | None = None


class FlowBox(Fact):
    """One station of the participants; `reason` says why there are fewer (or more) than before."""

    label: str
    rows: int
    patients: int | None = None
    reason: str = ""


class MissingFact(Fact):
    """Share of missing values (0..1) by column."""

    before: dict[str, float] = {}
    after: dict[str, float] = {}


class FindingFact(Fact):
    """One observed problem with its sentence and pictures."""

    id: str
    challenge: str
    challenge_title: str = ""
    dimension: str = ""
    kind: str = ""
    severity: Severity = "info"
    columns: tuple[str, ...] = ()
    rows: int | None = None
    evidence: dict[str, Any] = {}
    screening: Literal["first", "last"] = "first"
    status: str = "open"
    answered_by: str | None = None
    reason: str = ""
    sentence: str = ""
    figures: tuple[Figure, ...] = ()
    tool: str = ""
    part: Literal["", "cross-validated", "sealed"] = ""
    """The rows that an evaluation rests on; empty where it is no evaluation's."""


class Effect(Fact):
    """A measure before and after on the same rows, and the change with its 95 % interval."""

    metric: str = ""
    name: str = ""
    before: float
    after: float
    change: float
    low: float
    high: float
    rows: int
    better: Literal["higher", "lower"] = "higher"

    @property
    def label(self) -> str:
        """The name of the measure."""
        return self.metric or self.name

    @property
    def verdict(self) -> Literal["better", "worse", "same"]:
        """What the interval allows to say; `same` means that it holds zero."""
        if self.low <= 0 <= self.high:
            return "same"
        return "better" if (self.low > 0) == (self.better == "higher") else "worse"


class Mapping(Fact):
    """How often one value became another in one column."""

    column: str
    before: Any = None
    after: Any = None
    count: int


class Touched(Fact):
    """How far a step touched one subgroup."""

    column: str
    group: str
    rows: int
    dropped: int = 0
    changed: int = 0


class StepFact(Fact):
    """One applied step."""

    id: str
    challenge: str = ""
    challenge_title: str = ""
    tool: str
    params: dict[str, Any] = {}
    why: str = ""
    answers: tuple[str, ...] = ()
    decided_by: str = ""
    rule: str = ""
    note: str = ""
    counts: dict[str, int] = {}
    by_column: dict[str, int] = {}
    dropped_columns: tuple[str, ...] = ()
    added_columns: tuple[str, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    effect: tuple[Effect, ...] = ()
    subgroups: tuple[Touched, ...] = ()


class PersonalFact(Fact):
    """A column of the result that holds, or may hold, what names persons; why it is there."""

    column: str
    sentence: str = ""
    reason: str = ""


class NotDone(Fact):
    """A step that was considered and not applied."""

    id: str
    tool: str
    challenge_title: str = ""
    status: str = ""
    reason: str = ""


class VerdictFact(Fact):
    """What a revision said of one pending step."""

    step: str
    verdict: str
    reason: str = ""


class BacktrackFact(Fact):
    """Going back to the state before a step."""

    before_step: str
    reason: str = ""


class RevisionFact(Fact):
    """One turn of the coordinator."""

    revision: int
    reason: str = ""
    observations: tuple[str, ...] = ()
    verdicts: tuple[VerdictFact, ...] = ()
    backtrack: BacktrackFact | None = None


class DecisionFact(Fact):
    """One answered checkpoint."""

    id: str
    kind: str = ""
    title: str = ""
    choice: str = ""
    expert: str = ""
    rule: str = ""
    note: str = ""
    answered_at: str | None = None


class SealedFact(Fact):
    """What the sealed part said."""

    metrics: tuple[Metric, ...] = ()
    rows: int = 0
    looks: int = 0
    failed: str = ""


class TrialFact(Fact):
    """Another way that was measured; `gain` above zero means that it would have been better."""

    why: str
    metric: str
    gain: float
    low: float
    high: float

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, stored: Any) -> Any:
        """The session keeps what was tried in a part of its own."""
        return {**stored["trial"], **stored} if isinstance(stored, dict) and "trial" in stored else stored


class EvaluationFact(Fact):
    """What one evaluation measured at the end, on which rows, or why it did not."""

    tool: str
    part: Literal["cross-validated", "sealed"] = "cross-validated"
    metrics: tuple[Metric, ...] = ()
    not_applicable: str = ""
    failed: str = ""


class MetricFacts(Fact):
    """Quick models before and after."""

    before: tuple[Metric, ...] = ()
    before_without_leaks: tuple[Metric, ...] = ()
    after: tuple[Metric, ...] = ()
    differences: tuple[Effect, ...] = ()
    test: SealedFact | None = None
    trials: tuple[TrialFact, ...] = ()
    evaluations: tuple[EvaluationFact, ...] = ()
    note: str = ""


class Distribution(Fact):
    """A column's values in bins or levels, before and after."""

    column: str
    before: dict[str, list[Any]] = {}
    after: dict[str, list[Any]] = {}


class Screened(Fact):
    """Which tools looked, and which had nothing to look at or failed, with the reason."""

    tools: tuple[str, ...] = ()
    not_applicable: dict[str, str] = {}
    failed: dict[str, str] = {}

    @property
    def looked(self) -> tuple[str, ...]:
        """The tools that had something to look at and could."""
        return tuple(tool for tool in self.tools if tool not in self.not_applicable and tool not in self.failed)
