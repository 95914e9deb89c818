"""The minds behind coordinator and worker."""

from climbdc.models._policy import GiveBack, Policy, Situation, Trial, TrialResult
from climbdc.models.rules import RulesPolicy

__all__ = ["GiveBack", "Policy", "RulesPolicy", "Situation", "Trial", "TrialResult"]
