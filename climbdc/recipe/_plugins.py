"""Steps of plug-ins in a recipe: of which code they are, and whether that code is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from climbdc.errors import ToolError

if TYPE_CHECKING:
    from climbdc.recipe._recipe import RecipeStep
    from climbdc.registry import RegisteredTool

__all__ = ["PluginUsed", "check_plugin", "plugin_of", "runnable"]

_SHOWN = 12


class PluginUsed(BaseModel):
    """Of which plug-in a step is.

    Args:
        origin: A package, or a file that was added.
        source: Package and version, or the file's name.
        code: SHA-256 of its files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: Literal["package", "file"]
    source: str
    code: str


def plugin_of(tool: RegisteredTool) -> PluginUsed | None:
    """What a recipe keeps of a tool's code; None for a built-in tool, which goes by the version of climbdc."""
    if tool.origin == "built-in":
        return None
    return PluginUsed(origin=tool.origin, source=tool.source, code=tool.code_hash)


def check_plugin(step: str, name: str, used: PluginUsed, tools: Mapping[str, RegisteredTool]) -> None:
    """Whether the very code that a step was made with is here.

    Raises:
        ToolError: The tool is not here (`no-plugin`), or is of other code (`other-plugin`).
    """
    package = used.source.replace(" ", "==", 1)
    get = f"pip install {package}" if used.origin == "package" else f"climbdc tools add {used.source}"
    if name not in tools:
        raise ToolError(
            f"Step {step} needs the tool {name!r} of {used.source}, which is not here.",
            fix=f"Get it by `{get}`, or leave the step out with --partial.",
            code="no-plugin",
        )
    there = tools[name]
    if there.code_hash != used.code:
        raise ToolError(
            f"Step {step} was made with other code of the tool {name!r}: {used.source}, SHA-256 {used.code[:_SHOWN]}; "
            f"here it is {there.source or 'built in'}, {there.code_hash[:_SHOWN]}.",
            fix=f"Get the one that it was made with by `{get}`, or leave the step out with --partial.",
            code="other-plugin",
        )


def runnable(
    steps: Sequence[RecipeStep], part: str, *, partial: bool
) -> tuple[list[RecipeStep], list[dict[str, Any]]]:  # fmt: skip
    """The steps whose code is here, and, where `partial`, those that are left out for want of it.

    Raises:
        ToolError: The code of one is not here, and not `partial`.
    """
    from climbdc.registry import registry

    kept: list[RecipeStep] = []
    failed: list[dict[str, Any]] = []
    for item in steps:
        if item.plugin is not None:
            if part == "new" and item.rows == "train-only":
                continue
            try:
                check_plugin(item.step.id, item.step.tool, item.plugin, registry())
            except ToolError as error:
                if not partial:
                    raise
                failed.append({"step": item.step.id, "tool": item.step.tool, "reason": error.message})
                continue
        kept.append(item)
    return kept, failed
