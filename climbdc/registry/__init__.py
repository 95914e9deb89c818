"""Which tools there are."""

from climbdc.plugins import GROUP, foreign_entry_points
from climbdc.registry._finding import built_in, clashes, forget, inside, registry, usable, with_plugins
from climbdc.registry._registry import BrokenPlugin, RegisteredTool, Registry
from climbdc.registry._sentences import sentence
from climbdc.registry._titles import doing, title

__all__ = [
    "GROUP",
    "BrokenPlugin",
    "RegisteredTool",
    "Registry",
    "built_in",
    "clashes",
    "doing",
    "foreign_entry_points",
    "forget",
    "inside",
    "registry",
    "sentence",
    "title",
    "usable",
    "with_plugins",
]
