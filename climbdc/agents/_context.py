"""What every node is given (frozen) and what the graph remembers (small and JSON)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from climbdc.agents._patience import Patience
from climbdc.agents._workbench import Workbench
from climbdc.models import Mind, Policy
from climbdc.options import RunOptions
from climbdc.store import SessionStore
from climbdc_taxonomy import Taxonomy

if TYPE_CHECKING:
    from climbdc.privacy import Gate

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
    mind: Mind | None = None
    """A language model, where the session has one."""
    gate: Gate | None = None
    """The door to it."""
    patience: Patience = field(default_factory=Patience)
