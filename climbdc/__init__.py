"""The engine of climbdc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from climbdc.copilot import Copilot
    from climbdc.sdk import Goal

__all__ = ["Copilot", "Goal"]


def __getattr__(name: str) -> Any:
    """Fetch the two public names when they are asked for: a tool or a sandbox does not need all they load."""
    if name == "Copilot":
        from climbdc.copilot import Copilot

        return Copilot
    if name == "Goal":
        from climbdc.sdk import Goal

        return Goal
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
