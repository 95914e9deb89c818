"""The built-in tools: one file a tool, found through the same entry point as anyone's."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from climbdc.sdk import Tool

__all__ = ["tools"]


def tools() -> list[type[Tool[Any]]]:
    """Every tool of this package, by name.

    >>> all(tool.spec.addresses for tool in tools())
    True
    """
    found: dict[str, type[Tool[Any]]] = {}
    for module in pkgutil.iter_modules(__path__):
        members = vars(importlib.import_module(f"{__name__}.{module.name}")).values()
        for member in members:
            if isinstance(member, type) and issubclass(member, Tool) and "spec" in vars(member):
                found[member.spec.name] = member
    return [found[name] for name in sorted(found)]
