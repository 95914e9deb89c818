"""Consent to show a model the values of a column."""

from __future__ import annotations

from typing import Any

from langgraph.types import Command

from climbdc.agents._context import RunContext
from climbdc.plan import Assessment

__all__ = ["ask_reveals"]


def ask_reveals(context: RunContext, assessment: Assessment) -> Command[Any] | None:
    """Put the first column that was not asked about to the expert; None where there is none."""
    return None
