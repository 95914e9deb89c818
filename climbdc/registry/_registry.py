"""Which tools there are: built-in ones are imported, foreign ones only inside the sandbox."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from rapidfuzz import process

from climbdc.errors import PlanError
from climbdc.plugins import PluginCode, complete
from climbdc.sdk import Tool, ToolSpec

__all__ = ["BrokenPlugin", "RegisteredTool", "Registry"]


@dataclass(frozen=True)
class RegisteredTool:
    """A tool by name: what it says of itself, where it comes from and its class where that may be imported.

    Args:
        spec: Its declaration.
        origin: Built in, of a package that is installed, or of a file that was added.
        cls: Its class; None on the host for the tool of a plug-in.
        code: The files of the plug-in; None for a built-in tool.
        source: Package and version, or the file's name; empty for a built-in tool.
    """

    spec: ToolSpec
    origin: Literal["built-in", "package", "file"]
    cls: type[Tool[Any]] | None = None
    code: PluginCode | None = None
    source: str = ""

    @property
    def code_hash(self) -> str:
        """SHA-256 of the source file of its class, or of all files of the plug-in; empty where there is none."""
        if self.code is not None:
            return self.code.sha256
        return "" if self.cls is None else _source_hash(self.cls.__module__)

    def to_json(self) -> dict[str, Any]:
        """As `climbdc tools list --json` shows it."""
        spec = self.spec
        return {
            "name": spec.name,
            "kind": spec.kind,
            "addresses": list(spec.addresses),
            "rows": spec.rows,
            "origin": self.origin,
            "params": spec.schema,
        }


@dataclass(frozen=True)
class BrokenPlugin:
    """A plug-in, or one tool of it, that is passed over, and why."""

    name: str
    origin: Literal["package", "file"]
    source: str
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"The plug-in {self.name!r} ({self.source}) is not used. {self.reason}"


class Registry(Mapping[str, RegisteredTool]):
    """Tools by name, sorted; `broken` names the plug-ins that were passed over."""

    def __init__(self, tools: Sequence[RegisteredTool], broken: Sequence[BrokenPlugin] = ()) -> None:
        self._tools = {tool.spec.name: tool for tool in sorted(tools, key=lambda tool: tool.spec.name)}
        self.broken = tuple(broken)

    def __getitem__(self, name: str) -> RegisteredTool:
        """The tool of that name.

        Raises:
            PlanError: There is none; the message names the nearest.
        """
        if name not in self._tools:
            near = process.extractOne(name, list(self._tools), score_cutoff=60)
            hint = f"Did you mean {near[0]!r}?" if near else "`climbdc tools list` shows what there is."
            raise PlanError(f"There is no tool named {name!r}.", fix=hint, code="unknown-tool")
        return self._tools[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a tool."""
        return name in self._tools

    def __iter__(self) -> Iterator[str]:
        """Names, sorted."""
        return iter(self._tools)

    def __len__(self) -> int:
        """How many tools there are."""
        return len(self._tools)

    def create(self, name: str, params: Mapping[str, Any]) -> Tool[Any]:
        """A tool with validated params; only where its code may be imported.

        Raises:
            PlanError: The params do not fit, or the tool's code must not be imported here.
        """
        tool = self[name]
        if tool.cls is None:
            raise PlanError(f"The code of {name!r} runs in a sandbox only.", code="foreign-tool")
        return tool.cls(self.check(name, params))

    def check(self, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The params, completed by their defaults.

        Raises:
            PlanError: They do not fit the tool's schema.
        """
        tool = self[name]
        if tool.cls is None:
            return complete(name, tool.spec.schema, params)
        try:
            return tool.cls.params_type().model_validate(dict(params)).model_dump(mode="json")
        except ValueError as error:
            raise PlanError(
                f"The params of {name!r} do not fit: {_problems(error)}.",
                fix=f"See `climbdc tools show {name}`.",
                code="bad-params",
            ) from error

    def plugins_of(self, names: Sequence[str]) -> list[PluginCode]:
        """The code of the plug-ins that these tools come from, each once."""
        codes = [tool.code for name in names if (tool := self._tools.get(name)) is not None and tool.code is not None]
        return list({code.sha256: code for code in codes}.values())

    def code_hash(self, names: Sequence[str]) -> str:
        """One SHA-256 for the code of these tools in their order; of one tool its own, empty where one is unknown."""
        hashes = [self._tools[name].code_hash if name in self._tools else "" for name in names]
        if not hashes or not all(hashes):
            return ""
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    def of_kind(self, kind: str) -> list[RegisteredTool]:
        """The tools of one kind, by name."""
        return [tool for tool in self._tools.values() if tool.spec.kind == kind]


def _problems(error: ValueError) -> str:
    """What does not fit, each in one piece."""
    if not isinstance(error, ValidationError):
        return str(error)
    told = [(".".join(str(part) for part in item["loc"]), item["msg"]) for item in error.errors()]
    return "; ".join(f"{where}: {message}" if where else message for where, message in told)


@cache
def _source_hash(module: str) -> str:
    file = getattr(sys.modules.get(module), "__file__", None)
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""
    except OSError:
        return ""
