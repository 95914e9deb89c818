"""What stands beside the chat, in the order of the tabs."""

from __future__ import annotations

from typing import Final

from climbdc_ui._acts import Panel

__all__ = ["PANELS"]

PANELS: Final[tuple[Panel, ...]] = (Panel("plan", "Plan", lambda seat, state: "<h2>Plan</h2>"),)
