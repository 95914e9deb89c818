"""Loaded once in the sandbox before any job: what every job would otherwise read anew."""

from climbdc.knowledge import knowledge
from climbdc.registry import registry

__all__: list[str] = []

knowledge()
for tool in registry().values():
    if tool.cls is not None:
        tool.cls.warm()
