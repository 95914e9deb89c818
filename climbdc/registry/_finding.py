"""Which tools this computer has: those that are built in, and those of plug-ins, described in the sandbox."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Literal, cast

from climbdc.plugins import (
    GROUP,
    Checked,
    Described,
    Manifest,
    PluginCode,
    RuleSeen,
    Source,
    describe_all,
    describe_code,
    sources,
    tools_folder,
)  # fmt: skip
from climbdc.registry._registry import BrokenPlugin, RegisteredTool, Registry
from climbdc.sandbox import Sandbox
from climbdc.sdk import Tool

__all__ = ["built_in", "clashes", "forget", "inside", "registry", "usable", "with_plugins"]

log = logging.getLogger("climbdc.plugins")

OWN_DISTRIBUTION = "climbdc"


@cache
def built_in() -> Registry:
    """The tools that come with climbdc."""
    tools: list[RegisteredTool] = []
    for point in entry_points(group=GROUP):
        if point.dist and point.dist.name == OWN_DISTRIBUTION:
            found = cast("list[type[Tool[Any]]]", point.load().tools())
            tools += [RegisteredTool(tool.spec, "built-in", tool) for tool in found]
    return Registry(tools)


@cache
def registry() -> Registry:
    """All tools: built-in ones, and those of plug-ins. A plug-in that is broken is told of and passed over.

    Found once a process; `forget` has it look again. Never called in the sandbox: see `inside`.
    """
    found = sources()
    if not found:
        return built_in()
    told = describe_all(found, tools_folder().parent / "plugins")
    together = with_plugins(list(zip(found, told, strict=True)))
    for broken in together.broken:
        log.warning("%s", broken)
    return together


def usable(*, unsafe: bool) -> Registry:
    """The tools that may run; without a sandbox those of plug-ins may not, which is told."""
    everything = registry()
    if not unsafe or everything is built_in():
        return everything
    _tell_left_out(tuple(name for name, tool in everything.items() if tool.origin != "built-in"))
    return built_in()


@cache
def _tell_left_out(names: tuple[str, ...]) -> None:
    """Once a process."""
    if names:
        log.warning("Without a sandbox no plug-in runs: %s left out.", ", ".join(names))


def inside(tools: list[type[Tool[Any]]]) -> Registry:
    """For the inside of the sandbox: built-in tools, and those whose code came with a job. A built-in name wins."""
    if not tools:
        return built_in()
    foreign = [RegisteredTool(tool.spec, "package", tool) for tool in tools if tool.spec.name not in built_in()]
    return Registry([*built_in().values(), *foreign])


def forget() -> None:
    """Look for plug-ins again when the registry is next asked for."""
    registry.cache_clear()
    _tell_left_out.cache_clear()


def with_plugins(found: list[tuple[Source, Described]]) -> Registry:
    """Built-in tools and those plug-ins' whose names are free and whose challenges are known."""
    tools = dict(built_in())
    broken: list[BrokenPlugin] = []
    for source, told in found:
        if told.reason:
            broken.append(BrokenPlugin(source.name, source.origin, source.where, told.reason))
        for manifest in told.tools:
            reason = _clash(manifest, tools)
            if reason:
                broken.append(BrokenPlugin(manifest.name, source.origin, source.where, reason))
            else:
                spec = manifest.spec()
                tools[manifest.name] = RegisteredTool(spec, source.origin, code=source.code, source=source.where)
    return Registry(list(tools.values()), broken)


def clashes(sandbox: Sandbox, code: PluginCode, *, adding: bool) -> list[Checked]:
    """The tools of a plug-in whose names are taken or whose challenges nobody knows; empty where all is well.

    Args:
        sandbox: An open one.
        code: The plug-in.
        adding: Whether it is to be added as a file: then names of other plug-ins are taken, too.
    """
    told = describe_code(sandbox, code)
    there = registry() if adding else built_in()
    others = {name: tool for name, tool in there.items() if tool.origin != "file" or tool.source not in code.files}
    found = [(manifest.name, _clash(manifest, others)) for manifest in told.tools]
    return [
        Checked(tool=name, checks=(RuleSeen(name="name", ok=False, detail=reason),)) for name, reason in found if reason
    ]


def _clash(manifest: Manifest, tools: dict[str, RegisteredTool]) -> str:
    """Why a tool cannot join those there are; empty where it can."""
    known = tools.get(manifest.name)
    if known is not None:
        whose: Literal["a built-in tool", "a tool"] = "a built-in tool" if known.origin == "built-in" else "a tool"
        of = f" of {known.source}" if known.source else ""
        return f"There is {whose} of this name{of}; rename the class."
    import climbdc_taxonomy
    from climbdc.settings import Settings

    Settings().export()
    strange = [name for name in manifest.addresses if name not in climbdc_taxonomy.load()]
    if strange:
        return (
            f"It addresses {strange[0]!r}, which is no challenge here; `climbdc taxonomy` lists them, and "
            "docs/adding-a-challenge.md says how to add one."
        )
    return ""
