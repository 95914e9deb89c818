"""Loaded once in the sandbox before any job: what every job would otherwise read anew."""

from climbdc.knowledge import knowledge
from climbdc.registry import registry

__all__: list[str] = []

knowledge()
registry()
