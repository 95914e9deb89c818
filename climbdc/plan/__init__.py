"""Plans: typed steps, one assessment a turn, ordering rules from the taxonomy."""

from climbdc.plan._assessment import Assessment, Backtrack, Doubt, Reveal, Verdict, enforce
from climbdc.plan._leave_out import Grain, columns_in, grain, without
from climbdc.plan._plan import Alternative, Plan, PlannedStep, StepStatus
from climbdc.plan._rules import ordered, validate

__all__ = [
    "Alternative",
    "Assessment",
    "Backtrack",
    "Doubt",
    "Grain",
    "Plan",
    "PlannedStep",
    "Reveal",
    "StepStatus",
    "Verdict",
    "columns_in",
    "enforce",
    "grain",
    "ordered",
    "validate",
    "without",
]
