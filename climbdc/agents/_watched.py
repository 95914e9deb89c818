"""A sandbox whose jobs can be followed and stopped from outside."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from climbdc.errors import Stopped
from climbdc.jobs import tools_of
from climbdc.sandbox import Cancellation, Cancelled, Job, Outcome, Progress, Sandbox

__all__ = ["ToolProgress", "WatchedSandbox", "stop_if_wanted"]

ToolProgress = Callable[[str, float, str], None]
"""Told which tool runs, how much of its work is done (0 to 1) and what it says; from several threads at once."""


def stop_if_wanted(cancel: Cancellation | None) -> None:
    """End what is being done.

    Raises:
        Stopped: Somebody wants it.
    """
    if cancel is not None and cancel.wanted:
        raise Stopped("Stopped as you asked.", fix="Nothing is lost; the session goes on from here another time.")


class WatchedSandbox:
    """A `Sandbox` that tells what its jobs do.

    A job that was stopped from outside raises `Stopped`: the tool did not fail, and is run again another time.

    Args:
        inner: Runs the jobs.
        progress: Told of each job as it begins, as its tool reports, and as it ends.
        cancel: Ends the jobs that run, and all later ones.
    """

    def __init__(self, inner: Sandbox, progress: ToolProgress | None, cancel: Cancellation | None) -> None:
        self._inner = inner
        self._progress = progress
        self._cancel = cancel

    @property
    def name(self) -> str:
        """Name of the backend."""
        return self._inner.name

    def run(self, job: Job, progress: Progress | None = None, cancel: Cancellation | None = None) -> Outcome:
        """Run one job; see `Sandbox.run`.

        Raises:
            Stopped: It was stopped from outside.
        """
        tool = tools_of(job.verb, job.payload)[0] if self._progress else ""

        def told(fraction: float, text: str) -> None:
            if self._progress is not None:
                self._progress(tool, fraction, text)
            if progress is not None:
                progress(fraction, text)

        stop_if_wanted(self._cancel)
        told(0.0, "")
        outcome = self._inner.run(job, told, cancel or self._cancel)
        if isinstance(outcome, Cancelled):
            stop_if_wanted(self._cancel)
        told(1.0, "")
        return outcome

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
