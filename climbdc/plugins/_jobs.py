"""What jobs about plug-ins do inside the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from climbdc.errors import ToolError
from climbdc.plugins._code import PluginCode
from climbdc.plugins._loading import load_tools
from climbdc.plugins._manifest import MOST_CHARACTERS, Manifest
from climbdc.sdk import Evaluation, Inspection, Tool, Transform

__all__ = ["describe_job", "shipped_tools"]


def shipped_tools(payload: Mapping[str, Any]) -> list[type[Tool[Any]]]:
    """The tools of the plug-ins whose code came with a job.

    Raises:
        ToolError: One cannot be imported.
    """
    return [tool for body in payload.get("plugins", ()) for tool in load_tools(PluginCode.from_json(body))]


def describe_job(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the tools that came with a job say of themselves.

    Raises:
        ToolError: One says something that no declaration may.
    """
    told = []
    for tool in shipped_tools(payload):
        _check_kind(tool)
        try:
            told.append(Manifest.of(tool.spec))
        except (TypeError, ValueError) as error:
            raise ToolError(
                f"The declaration of {tool.__name__} is not JSON: {error}.",
                fix="Mend it.",
                code="bad-declaration",
            ) from error
    if len(json.dumps(told)) > MOST_CHARACTERS:
        raise ToolError("It says far too much of itself.", fix="Shorten docstrings and params.", code="too-long")
    return {"tools": told}


def _check_kind(tool: type[Tool[Any]]) -> None:
    """Its decorator and its base class are of one kind.

    Raises:
        ToolError: They are not.
    """
    base = {"inspect": Inspection, "transform": Transform, "evaluate": Evaluation}[tool.spec.kind]
    if not issubclass(tool, base):
        raise ToolError(
            f"{tool.__name__} is declared with @{tool.spec.kind} and is no {base.__name__}.",
            fix=f"Derive it from {base.__name__}, or take the other decorator.",
            code="other-kind",
        )
