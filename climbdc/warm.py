"""Loaded once in the sandbox before any job: what every job would otherwise read anew."""

from climbdc.knowledge import knowledge
from climbdc.registry import built_in

__all__: list[str] = []

knowledge()
for tool in built_in().values():
    if tool.cls is not None:
        tool.cls.warm()
