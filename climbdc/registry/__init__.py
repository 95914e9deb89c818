"""Which tools there are."""

from climbdc.registry._registry import GROUP, RegisteredTool, Registry, foreign_entry_points, registry
from climbdc.registry._sentences import sentence
from climbdc.registry._titles import doing, title

__all__ = ["GROUP", "RegisteredTool", "Registry", "doing", "foreign_entry_points", "registry", "sentence", "title"]
