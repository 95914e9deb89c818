"""The contract every backend keeps."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from climbdc.errors import ClimbdcError
from climbdc.sandbox._cancel import Cancellation
from climbdc.sandbox._job import Job, Progress
from climbdc.sandbox._outcome import Outcome

__all__ = ["BackendStatus", "Sandbox", "SandboxUnavailable"]


class SandboxUnavailable(ClimbdcError):
    """No sandbox that holds can be had on this machine, or not the one that was asked for."""

    default_code = "no-sandbox"


@dataclass(frozen=True)
class BackendStatus:
    """Whether one backend could work here, for `climbdc doctor`.

    Args:
        name: As in `open_sandbox(name, ...)`.
        ok: What it needs is there. Only the self-test at opening shows that it holds.
        detail: What was found.
        mend: What to do when it is not there; empty when it is.
    """

    name: str
    ok: bool
    detail: str
    mend: str = ""


class Sandbox(Protocol):
    """Runs jobs that may be hostile, one process each. Safe to use from several threads at once."""

    @property
    def name(self) -> str:
        """Name of the backend."""
        ...

    def run(self, job: Job, progress: Progress | None = None, cancel: Cancellation | None = None) -> Outcome:
        """Run one job and wait for its outcome.

        Args:
            job: What to do.
            progress: Called in this thread as the tool reports. What it raises ends the job and is raised here.
            cancel: Ends the job from another thread; the outcome is then `Cancelled`.

        Returns:
            How it ended; failures are values.
        """
        ...

    def close(self) -> None:
        """End every process of this sandbox. May be called twice."""
        ...

    def __enter__(self) -> Self:
        """Use as a context manager."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        ...
