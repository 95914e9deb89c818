"""Having plug-ins describe themselves in the sandbox, once for each state of their code."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from climbdc._version import __version__
from climbdc.errors import ClimbdcError
from climbdc.plugins._code import PluginCode
from climbdc.plugins._manifest import BadManifest, Manifest, one_line, read_manifests
from climbdc.plugins._sources import Source
from climbdc.replies import BadReply, read_reply
from climbdc.sandbox import (
    Job,
    JobLimits,
    LimitHit,
    NotApplicable,
    Ok,
    Sandbox,
    SandboxUnavailable,
    ToolFailed,
    open_sandbox,
)

__all__ = ["HANDLER", "LIMITS", "Described", "describe_all", "describe_code"]

FORMAT = 1
"""Of what is remembered."""
HANDLER = "climbdc.jobs:handle"
LIMITS = JobLimits(wall_seconds=20, memory_mb=1024, output_mb=4)
"""What importing a plug-in and describing its tools may use."""
Opening = Callable[[], Sandbox]


class Described(NamedTuple):
    """What a plug-in says of itself, or why that cannot be had.

    `lasting`: nothing but other code or other packages will change it.
    """

    tools: list[Manifest]
    reason: str = ""
    lasting: bool = True


def _open() -> Sandbox:
    from climbdc.settings import Settings

    return open_sandbox(Settings().sandbox, handler=HANDLER)


def describe_all(found: Sequence[Source], cache: Path, opening: Opening = _open) -> list[Described]:
    """What each plug-in says of itself, in the order given; a sandbox is opened only where code is new.

    Args:
        found: The plug-ins.
        cache: A folder for answers; one that cannot be written to costs time and nothing else.
        opening: Opens the sandbox.
    """
    known = [_remembered(cache, source) for source in found]
    new = [number for number, item in enumerate(known) if item is None]
    if not new:
        return [item for item in known if item is not None]
    try:
        with opening() as sandbox:
            for number in new:
                known[number] = _ask(sandbox, found[number], cache)
    except SandboxUnavailable as error:
        reason = f"No sandbox holds here, and nothing else may run its code. {error}"
        known = [Described([], reason, lasting=False) if item is None else item for item in known]
    return [item for item in known if item is not None]


def describe_code(sandbox: Sandbox, code: PluginCode) -> Described:
    """Import a plug-in in the sandbox and have it describe its tools."""
    told = _described(sandbox, code)
    return told._replace(reason=one_line(told.reason))


def _described(sandbox: Sandbox, code: PluginCode) -> Described:
    outcome = sandbox.run(Job("describe", {"plugins": [code.to_json()]}, limits=LIMITS, code=code.sha256))
    match outcome:
        case Ok():
            try:
                return Described(read_manifests(read_reply("describe", outcome).payload.get("tools")))
            except (BadManifest, BadReply) as error:
                return Described([], f"{str(error)[:1].upper()}{str(error)[1:]}.")
        case LimitHit(limit, _):
            used = f"{LIMITS.wall_seconds:.0f} seconds" if limit == "time" else f"the {limit} that it may use"
            return Described([], f"Importing it takes more than {used}.")
        case ToolFailed(code="tool-bug"):
            return Described([], f"It cannot be imported: {outcome.message}")
        case ToolFailed():
            return Described([], f"{outcome.message} {outcome.fix}".strip())
        case NotApplicable(reason):
            return Described([], f"It cannot be imported: {reason}")
    return Described([], f"The sandbox failed: {getattr(outcome, 'detail', '')}", lasting=False)


def _ask(sandbox: Sandbox, source: Source, cache: Path) -> Described:
    if source.code is None:
        return Described([], source.reason, lasting=False)
    told = describe_code(sandbox, source.code)
    if told.lasting:
        _remember(cache, source.code, told)
    return told


def _key(code: PluginCode) -> str:
    return hashlib.sha256(f"{FORMAT} {__version__} {sys.version} {code.sha256}".encode()).hexdigest()


def _remembered(cache: Path, source: Source) -> Described | None:
    """What was said before by the same code; of what failed only as long as the same packages are installed."""
    if source.code is None:
        return Described([], source.reason, lasting=False)
    try:
        body = json.loads((cache / f"{_key(source.code)}.json").read_text("utf-8"))
        if body["reason"]:
            return Described([], str(body["reason"])) if body["packages"] == _packages() else None
        return Described(read_manifests(body["tools"]))
    except (OSError, ValueError, KeyError, TypeError, BadManifest):
        return None


def _remember(cache: Path, code: PluginCode, told: Described) -> None:
    tools = [{**item.model_dump(mode="json")} for item in told.tools]
    body: dict[str, Any] = {"tools": tools, "reason": told.reason, "packages": _packages() if told.reason else ""}
    path = cache / f"{_key(code)}.json"
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(body), "utf-8")
        beside.replace(path)


def _packages() -> str:
    """A mark of what is installed, by the names of the folders that say so."""
    names: set[str] = set()
    for place in sys.path:
        with contextlib.suppress(OSError, ClimbdcError):
            names |= {name for name in os.listdir(place or ".") if name.endswith((".dist-info", ".egg-link"))}
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()
