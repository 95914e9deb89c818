"""Which tools there are."""

from climbdc.registry._registry import GROUP, RegisteredTool, Registry, foreign_entry_points, registry

__all__ = ["GROUP", "RegisteredTool", "Registry", "foreign_entry_points", "registry"]
