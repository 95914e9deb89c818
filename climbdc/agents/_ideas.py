"""Ideas of a language model about columns, spellings and features."""

from __future__ import annotations

from climbdc.agents._context import RunContext
from climbdc.models import Situation
from climbdc.plan import PlannedStep

__all__ = ["idea_steps"]


def idea_steps(context: RunContext, now: Situation) -> list[PlannedStep]:
    """Steps from a model's ideas about spellings and features."""
    return []
