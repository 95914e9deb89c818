"""Where tools meet data: jobs go to the sandbox from here, and each is recorded."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from climbdc.agents._versions import Version
from climbdc.agents._watched import ToolProgress, WatchedSandbox
from climbdc.errors import ToolError
from climbdc.recipe import StepSpec, canonical_json, plugin_of
from climbdc.registry import Registry, registry
from climbdc.runs import explain, open_recorded
from climbdc.sandbox import Cancellation, Cancelled, Job, JobLimits, NotApplicable, Ok, Outcome, Sandbox
from climbdc.store import SessionStore

if TYPE_CHECKING:
    from climbdc.shared import SharedSandbox

__all__ = ["Look", "Workbench"]

LIMITS = JobLimits(wall_seconds=900)
WORKERS = 2


@dataclass(frozen=True)
class Look:
    """What one inspection or evaluation answered: findings with their rows, or why there are none."""

    tool: str
    found: list[tuple[dict[str, Any], np.ndarray[Any, np.dtype[np.int64]] | None]] = field(default_factory=list)
    not_applicable: str = ""
    failed: str = ""
    metrics: list[dict[str, Any]] = field(default_factory=list)
    """What an evaluation measured."""


class Workbench:
    """Runs tools over versions of a session's data.

    Args:
        session: Where every job is recorded.
        backend: Which sandbox.
        unsafe: Whether built-in tools may run without one.
        seed: Given to every tool.
        tools: Those of the entry points when None.
        closed: Nothing is to be run, so no sandbox is opened.
        shared: A sandbox with other sessions in it, to take a seat in; see `open_recorded`.
        progress: Told what the tools do.
        cancel: Stops them.
    """

    def __init__(
        self, session: SessionStore, *, backend: str = "auto", unsafe: bool = False, seed: int = 0,
        tools: Registry | None = None,
        closed: bool = False, shared: SharedSandbox | None = None,
        progress: ToolProgress | None = None, cancel: Cancellation | None = None,
    ) -> None:  # fmt: skip
        self.session = session
        self.seed = seed
        self.registry = tools if tools is not None else registry()
        self._sandbox: Sandbox | None = None
        if not closed:
            opened = open_recorded(backend, self._record, unsafe=unsafe, tools=self.registry, shared=shared)
            self._sandbox = WatchedSandbox(opened, progress, cancel)

    @property
    def sandbox(self) -> Sandbox:
        """The open sandbox; every run in it is recorded in the session."""
        assert self._sandbox is not None, "this workbench was opened for looking only"
        return self._sandbox

    def _record(self, told: dict[str, Any]) -> None:
        verb, tool, backend, outcome = (told.pop(name) for name in ("verb", "tool", "backend", "outcome"))
        self.session.add_run(verb, tool, backend, outcome, told)

    def run(self, verb: str, payload: dict[str, Any], frames: dict[str, Path]) -> Outcome:
        """Run one job."""
        return self.sandbox.run(Job(verb, payload, frames, LIMITS))

    def look(self, tool: str, version: Version, **frames: Path) -> Look:
        """One inspection over a version; a tool that fails is reported, never fatal."""
        payload = {"tool": tool, "params": {}, "context": {**version.context, "seed": self.seed}}
        outcome = self.run("look", payload, {"train": version.path, **frames})
        if isinstance(outcome, Ok):
            return Look(tool, _found(outcome))
        if isinstance(outcome, NotApplicable):
            return Look(tool, not_applicable=outcome.reason)
        return Look(tool, failed=explain(outcome))

    def look_all(self, tools: Sequence[str], version: Version, **frames: Path) -> list[Look]:
        """Several inspections at once, answers in the order asked."""
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(lambda tool: self.look(tool, version, **frames), tools))

    def fit(self, step: StepSpec, version: Version) -> dict[str, Any]:
        """Fit a step on a version and treat it: the body of a new version.

        Raises:
            ToolError: The step failed; code `not-applicable` where there was nothing to do.
        """
        payload = {"step": step.model_dump(mode="json"), "context": {**version.context, "seed": self.seed}}
        done = self._ok(self.run("fit", payload, {"train": version.path}))
        objects = self.session.objects
        tables = {
            name.removeprefix("state/"): objects.put_table(table)
            for name, table in done.tables.items()
            if name.startswith("state/")
        }
        lineage = done.tables.get("lineage")
        return {
            "state": done.payload["state"],
            "state_tables": tables,
            "blobs": {name: base64.b64encode(blob).decode() for name, blob in done.blobs.items()},
            "frame": objects.put_table(done.tables["train"]),
            "dictionary": done.payload["dictionary"],
            "roles": version.context["roles"],
            "lineage": None if lineage is None else objects.put_table(lineage),
            **self._made_by(step.tool),
        }

    def _made_by(self, tool: str) -> dict[str, Any]:
        """Of a step of a plug-in, what is kept of its code: other code makes another version."""
        plugin = plugin_of(self.registry[tool]) if tool in self.registry else None
        return {} if plugin is None else {"plugin": plugin.model_dump()}

    def measure(
        self, tool: str, params: dict[str, Any], version: Version, steps: Sequence[StepSpec], **frames: Path
    ) -> list[dict[str, Any]]:
        """An evaluation of a recipe over a version; empty where it does not apply. A `test` frame is a look at it.

        Raises:
            ToolError: It failed.
        """
        outcome = self._measured(tool, params, version, steps, LIMITS, frames)
        if isinstance(outcome, NotApplicable):
            return []
        metrics: list[dict[str, Any]] = self._ok(outcome).payload["metrics"]
        return metrics

    def evaluate(self, tool: str, version: Version, steps: Sequence[StepSpec], seconds: float, **frames: Path) -> Look:
        """An evaluation with what it concludes; one that fails or takes longer is reported, never fatal."""
        limits = LIMITS.model_copy(update={"wall_seconds": seconds})
        outcome = self._measured(tool, {}, version, steps, limits, frames)
        if isinstance(outcome, Ok):
            return Look(tool, _found(outcome), metrics=outcome.payload["metrics"])
        if isinstance(outcome, NotApplicable):
            return Look(tool, not_applicable=outcome.reason)
        return Look(tool, failed=explain(outcome))

    def _measured(
        self, tool: str, params: dict[str, Any], version: Version, steps: Sequence[StepSpec], limits: JobLimits,
        frames: dict[str, Path],
    ) -> Outcome:  # fmt: skip
        payload = {
            "tool": tool,
            "params": params,
            "steps": [step.model_dump(mode="json") for step in steps],
            "context": {**version.context, "seed": self.seed},
        }
        return self.sandbox.run(Job("measure", payload, {"train": version.path, **frames}, limits))

    def key(self, base: Version, steps: Sequence[StepSpec], params: dict[str, Any]) -> str:
        """A name for a measurement: the same work has the same name."""
        told = [
            base.id,
            list(base.roles.ignored),
            [step.model_dump(mode="json", exclude={"why", "answers"}) for step in steps],
            params,
            self.seed,
        ]
        return hashlib.sha256(canonical_json(told).encode()).hexdigest()[:40]

    def _ok(self, outcome: Outcome) -> Ok:
        if isinstance(outcome, Ok):
            return outcome
        known = {NotApplicable: "not-applicable", Cancelled: "cancelled"}
        code = known.get(type(outcome), getattr(outcome, "code", "sandbox"))
        raise ToolError(explain(outcome), code=code)

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def _found(outcome: Ok) -> list[tuple[dict[str, Any], np.ndarray[Any, np.dtype[np.int64]] | None]]:
    """The findings of an answer, each with its rows."""
    rows = [outcome.tables.get(f"rows/{number}") for number in range(len(outcome.payload["findings"]))]
    told = zip(outcome.payload["findings"], rows, strict=True)
    return [(body, None if mask is None else mask["_row"].to_numpy()) for body, mask in told]
