"""The applied steps with their fitted state: what treats new data alike."""

from climbdc.recipe._engine import Fitted, Part, StepSpec, apply_step, fit_step, refit
from climbdc.recipe._state import PackedState, canonical_json, pack, unpack

__all__ = [
    "Fitted",
    "PackedState",
    "Part",
    "StepSpec",
    "apply_step",
    "canonical_json",
    "fit_step",
    "pack",
    "refit",
    "unpack",
]
