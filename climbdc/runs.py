"""The one place from which tools run: foreign code is refused where nothing contains it, and each run is recorded."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from climbdc.jobs import PRELOAD, tools_of
from climbdc.registry import Registry, registry
from climbdc.replies import BadReply, read_reply
from climbdc.sandbox import (
    Cancelled,
    Job,
    LimitHit,
    NotApplicable,
    Ok,
    Outcome,
    Progress,
    Sandbox,
    SandboxFailed,
    SandboxUnavailable,
    ToolFailed,
    open_sandbox,
    run_record,
)  # fmt: skip

if TYPE_CHECKING:
    from climbdc.sandbox import Cancellation
    from climbdc.shared import SharedSandbox

__all__ = [
    "ENDED_WELL",
    "LOOK_SECONDS",
    "Record",
    "RecordedSandbox",
    "audit",
    "explain",
    "open_recorded",
    "write_audit",
]

Record = Callable[[dict[str, Any]], None]
"""Told of each run once it has ended; see `RecordedSandbox`."""

_UNPROTECTED = "none"
"""Name of the backend that contains nothing."""
LOOK_SECONDS = 60
"""Longest that an inspection of a plug-in may look: it is asked again after each step."""
ENDED_WELL = ("ok", "not-applicable")
"""Outcomes that are no failure."""


def open_recorded(
    backend: str, record: Record, *, unsafe: bool = False, tools: Registry | None = None,
    shared: SharedSandbox | None = None,
) -> Sandbox:  # fmt: skip
    """Open a sandbox that runs tools.

    Args:
        backend: `auto` or the name of one.
        record: Told of each run.
        unsafe: Run built-in tools without a sandbox.
        tools: Those of the entry points when None.
        shared: Take a seat in this one, where it is of the same backend and containment is wanted.

    Raises:
        SandboxUnavailable: None that holds can be had and `unsafe` was not said.
    """
    if shared is not None and shared.backend == backend and not unsafe:
        opened = shared.seat()
    else:
        opened = open_sandbox(backend, handler="climbdc.jobs:handle", preload=PRELOAD, unsafe=unsafe)
    return RecordedSandbox(opened, record, registry() if tools is None else tools)


class RecordedSandbox:
    """A `Sandbox` for the jobs of `climbdc.jobs`.

    Without containment it runs built-in tools only, whatever was said. An answer that does not have the form of the
    job's is `SandboxFailed`. `record` is told of each run: `start` (seconds since opening), `verb`, `tool`, `backend`,
    `outcome`, `limit`, `limits`, `exit`, `code` (SHA-256 of the source of the tools), `wall` and `cpu` (seconds) and
    `peak_mb` (MiB); one time per run, in whatever thread ran it.

    Args:
        inner: Does the work; closed with this one.
        record: Where the account is kept.
        tools: Which tools are known, and where each comes from.
    """

    def __init__(self, inner: Sandbox, record: Record, tools: Registry) -> None:
        self._inner = inner
        self._record = record
        self._tools = tools
        self._opened = time.monotonic()
        self._recording = threading.Lock()
        self._late: set[str] = set()
        """Inspections of plug-ins that took too long once: a session that asks after each step would never end."""

    @property
    def name(self) -> str:
        """Name of the backend."""
        return self._inner.name

    def run(self, job: Job, progress: Progress | None = None, cancel: Cancellation | None = None) -> Outcome:
        """Run one job and record it; see `Sandbox.run`.

        Raises:
            SandboxUnavailable: It is not of built-in tools alone and nothing would contain it; code `foreign-tool`.
        """
        names = tools_of(job.verb, job.payload)
        self._refuse(names)
        job = replace(job, tool=job.tool or _label(names), code=self._tools.code_hash(names))
        job = self._with_plugins(job, names)
        if job.verb == "look" and names[0] in self._late:
            return LimitHit("time", "It was too slow before, so it is not asked again.")
        start = time.monotonic()
        outcome: Outcome = Cancelled("The job was ended by the host.")
        try:
            outcome = self._judged(job, self._inner.run(job, progress, cancel))
        finally:
            self._tell(job, outcome, start)
        if "plugins" in job.payload and isinstance(outcome, LimitHit) and outcome.limit == "time":
            self._late.update(names[:1])
        return outcome

    def _refuse(self, names: Sequence[str]) -> None:
        if self.name != _UNPROTECTED:
            return
        foreign = [name for name in names if name not in self._tools or self._tools[name].origin != "built-in"]
        if foreign:
            raise SandboxUnavailable(
                f"{foreign[0]!r} is not built in, and without a sandbox only built-in tools may run.",
                fix="Leave --unsafe-no-sandbox out; `climbdc doctor` says which sandbox can be had here.",
                code="foreign-tool",
            )

    def _with_plugins(self, job: Job, names: Sequence[str]) -> Job:
        """The code of plug-ins travels with the job: what runs is what was hashed. One that only looks is not long."""
        codes = self._tools.plugins_of(names)
        if not codes:
            return job
        limits = job.limits
        if job.verb == "look":
            limits = limits.model_copy(update={"wall_seconds": min(limits.wall_seconds, LOOK_SECONDS)})
        return replace(job, payload={**job.payload, "plugins": [code.to_json() for code in codes]}, limits=limits)

    def _judged(self, job: Job, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Ok):
            return outcome
        try:
            answer = read_reply(job.verb, outcome)
            self._check_challenges(job, answer)
            return answer
        except BadReply as error:
            return SandboxFailed(f"The answer of the tool cannot be trusted: {error}.", outcome.usage)
        # Whatever a hostile answer makes our own code trip over ends this job, and not the session.
        except Exception as error:
            said = f"Its answer could not be handled ({type(error).__name__})."
            return SandboxFailed(said, outcome.usage)

    def _check_challenges(self, job: Job, answer: Ok) -> None:
        """A tool finds what it says that it looks for, and nothing that nobody knows."""
        if job.verb != "look" or job.payload["tool"] not in self._tools:
            return
        known = self._tools[job.payload["tool"]].spec.addresses
        if not all(finding["challenge"] in known for finding in answer.payload["findings"]):
            raise BadReply("it is about a challenge that the tool does not address")

    def _tell(self, job: Job, outcome: Outcome, start: float) -> None:
        told = {"start": round(start - self._opened, 4), **run_record(self.name, job, outcome)}
        with self._recording:
            self._record(told)

    def close(self) -> None:
        """End every process of this sandbox."""
        self._inner.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def _label(names: Sequence[str]) -> str:
    """The name of the tool; of several the first and how many more.

    >>> _label(["impute"]), _label(["impute", "fix_types", "impute"])
    ('impute', 'impute and 2 more')
    """
    return " and ".join([*names[:1], *([f"{len(names) - 1} more"] if len(names) > 1 else [])])


def audit(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Sum up runs and tell each, as `audit.json` holds them; nothing of the data is in it.

    >>> audit([{"outcome": "limit-hit", "limit": "time", "backend": "landlock", "cpu": 2.5}])["failed"]
    1
    """
    return {
        "backends": sorted({run["backend"] for run in runs}),
        "contained": all(run["backend"] != _UNPROTECTED for run in runs),
        "jobs": len(runs),
        "failed": sum(run["outcome"] not in ENDED_WELL for run in runs),
        "limits_hit": sum(run["outcome"] == "limit-hit" for run in runs),
        "cpu_seconds": round(sum(run.get("cpu", 0.0) for run in runs), 2),
        "largest_mb": max((run.get("peak_mb", 0.0) for run in runs), default=0.0),
        "runs": [dict(run) for run in runs],
    }


def write_audit(runs: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write `audit` of these runs; times and memory in it differ from run to run, so nothing else is read from it."""
    path.write_text(json.dumps(audit(runs), indent=1, ensure_ascii=False) + "\n", "utf-8")


def explain(outcome: Outcome) -> str:
    """An outcome that is not Ok in one sentence."""
    match outcome:
        case NotApplicable(reason):
            return reason
        case ToolFailed(code="tool-bug"):
            return f"The tool has a fault and changed nothing. Its author can use this: {outcome.message}"
        case ToolFailed():
            return f"{outcome.message} {outcome.fix}".strip()
        case LimitHit(limit, detail):
            return f"It used more {limit} than allowed. {detail}".strip()
        case Cancelled(detail):
            return detail
        case SandboxFailed(detail):
            return f"The sandbox failed: {detail}"
    return "done"
