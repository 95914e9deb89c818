"""Coordinator, worker, checkpoints and experts on one graph."""

from climbdc.agents._apart import PERSONAL, kept_apart, unlisted_columns
from climbdc.agents._compare import compare_versions
from climbdc.agents._context import RunContext
from climbdc.agents._findings import identity
from climbdc.agents._finish import held_out, sealed_part
from climbdc.agents._graph import build_graph
from climbdc.agents._history import branch_list, version_tree
from climbdc.agents._opening import absolute
from climbdc.agents._pause import Answer, Checkpoint, Choice
from climbdc.agents._plans import current_plan, save_plan
from climbdc.agents._recipe import recipe_of
from climbdc.agents._rewind import rewind
from climbdc.agents._timeline import carry_out, want
from climbdc.agents._verify import whole_columns
from climbdc.agents._versions import Version, head, load_version
from climbdc.agents._watched import ToolProgress, stop_if_wanted
from climbdc.agents._workbench import Workbench

__all__ = [
    "PERSONAL",
    "Answer",
    "Checkpoint",
    "Choice",
    "RunContext",
    "ToolProgress",
    "Version",
    "Workbench",
    "absolute",
    "branch_list",
    "build_graph",
    "carry_out",
    "compare_versions",
    "current_plan",
    "head",
    "held_out",
    "identity",
    "kept_apart",
    "load_version",
    "recipe_of",
    "rewind",
    "save_plan",
    "sealed_part",
    "stop_if_wanted",
    "unlisted_columns",
    "version_tree",
    "want",
    "whole_columns",
]
