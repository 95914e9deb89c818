"""The rules policy: no key, no network, the same decisions every time."""

from climbdc.models.rules._policy import RulesPolicy

__all__ = ["RulesPolicy"]
