"""What a tool author imports.

    from climbdc.sdk import Dataset, Field, Finding, Inspection, Params, inspect

A tool is a class with one method, a decorator and a docstring; see `docs/adding-a-tool.md`.
"""

from pydantic import Field

from climbdc.errors import ToolError
from climbdc.sdk._check import CheckReport, check_tool
from climbdc.sdk._column import Column, Conversion, Dictionary, KnownAt, Limits, SemanticType
from climbdc.sdk._dataset import Dataset
from climbdc.sdk._finding import Figure, Finding, Severity, Suggestion
from climbdc.sdk._goal import Goal, Roles, Target, Task
from climbdc.sdk._tool import (
    Difference,
    Evaluation,
    Inspection,
    Metric,
    NotApplicable,
    Params,
    Rows,
    Stage,
    State,
    Tool,
    ToolSpec,
    Transform,
    Treat,
    evaluate,
    inspect,
    transform,
)

__all__ = [
    "CheckReport",
    "Column",
    "Conversion",
    "Dataset",
    "Dictionary",
    "Difference",
    "Evaluation",
    "Field",
    "Figure",
    "Finding",
    "Goal",
    "Inspection",
    "KnownAt",
    "Limits",
    "Metric",
    "NotApplicable",
    "Params",
    "Roles",
    "Rows",
    "SemanticType",
    "Severity",
    "Stage",
    "State",
    "Suggestion",
    "Target",
    "Task",
    "Tool",
    "ToolError",
    "ToolSpec",
    "Transform",
    "Treat",
    "check_tool",
    "evaluate",
    "inspect",
    "transform",
]
