"""What is to be predicted, and which columns have a part to play beside the features."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["Goal", "Roles", "Target", "Task"]

Task = Literal["classification", "regression", "survival", "none"]
"""What a person asks for."""

Target = Literal["binary", "multiclass", "numeric", "survival", "none"]
"""What the target turns out to be."""


class Goal(BaseModel):
    """What a person wants to predict, as far as they said; what is left out is proposed and asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str | None = None
    task: Task | None = None
    time: str | None = None
    """Column with the duration of follow-up."""
    event: str | None = None
    visit_time: str | None = None
    id: str | None = None
    """Column that names the patient."""
    group: str | None = None
    notes: str = ""


class Roles(BaseModel):
    """The part each special column plays, settled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Target = "none"
    target: str | None = None
    """The column to predict; the event column in a survival study."""
    duration: str | None = None
    event: str | None = None
    patient: str | None = None
    visit_time: str | None = None
    index_date: str | None = None
    group: str | None = None
    site: str | None = None
    identifiers: tuple[str, ...] = ()
    """Row numbers and other ids that are never features."""
    ignored: tuple[str, ...] = ()
    reasons: dict[str, str] = {}
    """Role -> why this column was proposed for it."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The columns that say what happened: target, duration and event."""
        named = (self.target, self.duration, self.event)
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def reserved(self) -> tuple[str, ...]:
        """Every column that is not a feature."""
        named = (*self.outcomes, self.patient, self.visit_time, self.group, *self.identifiers, *self.ignored)
        return tuple(dict.fromkeys(name for name in named if name))

    def features(self, columns: list[str]) -> list[str]:
        """Those of `columns` that a model may use.

        >>> Roles(kind="binary", target="died", patient="id").features(["id", "age", "died"])
        ['age']
        """
        reserved = set(self.reserved)
        return [name for name in columns if name not in reserved]
