"""The applied steps with their fitted state: what treats new data alike."""

from climbdc.recipe._contract import Contract, ContractColumn, describe_input
from climbdc.recipe._engine import Fitted, Part, StepSpec, apply_step, fit_step, refit
from climbdc.recipe._plugins import PluginUsed, check_plugin, plugin_of
from climbdc.recipe._recipe import Applied, Recipe, RecipeStep
from climbdc.recipe._run import run_steps_in
from climbdc.recipe._state import PackedState, canonical_json, pack, unpack

__all__ = [
    "Applied",
    "Contract",
    "ContractColumn",
    "Fitted",
    "PackedState",
    "Part",
    "PluginUsed",
    "Recipe",
    "RecipeStep",
    "StepSpec",
    "apply_step",
    "canonical_json",
    "check_plugin",
    "describe_input",
    "fit_step",
    "pack",
    "plugin_of",
    "refit",
    "run_steps_in",
    "unpack",
]
