"""What every node is given (frozen) and what the graph remembers (small and JSON)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from climbdc.agents._workbench import Workbench
from climbdc.models import Policy
from climbdc.options import RunOptions
from climbdc.store import SessionStore
from climbdc_taxonomy import Taxonomy

__all__ = ["GraphState", "RunContext"]


class GraphState(TypedDict, total=False):
    """The cursor of one thread: all else is in the store."""

    checkpoint: str
    """The pause that is waited for."""
    after: str
    """The node that reads the answer."""


@dataclass(frozen=True)
class RunContext:
    """The services of a run."""

    session: SessionStore
    bench: Workbench
    policy: Policy
    taxonomy: Taxonomy
    options: RunOptions
