"""One sandbox for many sessions of a process: opened once, in the background, and its processors shared out fairly."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from climbdc.jobs import PRELOAD
from climbdc.sandbox import Cancellation, Cancelled, Sandbox, SandboxFailed, SandboxUnavailable, open_sandbox
from climbdc.turns import Turns

if TYPE_CHECKING:
    from climbdc.sandbox import Job, Outcome, Progress

__all__ = ["SharedSandbox", "cores"]

log = logging.getLogger(__name__)

_NICE = 5


def cores() -> int:
    """Processors that this process may use, two at least, so that a long job never blocks a short one alone."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return max(2, there)


class SharedSandbox:
    """A sandbox that sessions have seats in. A seat is a `Sandbox`: closing it ends its own jobs and nobody else's.

    Every job has a process of its own, as in any sandbox; what is shared is the process they are forked from, and the
    number that run at once. They leave the processor to the process that they work for. A job that waits costs a
    sleeping thread. Where opening fails it is tried again by the next seat; a sandbox whose processes died starts them
    anew with the next job.

    Args:
        backend: `auto` or the name of one.
        at_once: Jobs at the same time; as many as processors when None.
        opening: Opens the sandbox; the one of `climbdc.jobs` when None.
    """

    def __init__(
        self, backend: str = "auto", *, at_once: int | None = None, opening: Callable[[], Sandbox] | None = None
    ) -> None:
        self.backend = backend
        self.turns = Turns(at_once or cores())
        self._open = opening or (lambda: open_sandbox(backend, handler="climbdc.jobs:handle", preload=PRELOAD))
        self._lock = threading.Lock()
        self._opened: Future[Sandbox] | None = None
        self._closed = False

    def warm(self) -> None:
        """Begin to open it, and return at once; what goes wrong is told to the next who wants a seat."""
        self._opening()

    def seat(self) -> Sandbox:
        """A place for one session; waits until the sandbox is open.

        Raises:
            SandboxUnavailable: None that holds can be had, or this one was closed.
        """
        return _Seat(self._opening().result(), self.turns)

    def _opening(self) -> Future[Sandbox]:
        with self._lock:
            if self._closed:
                raise SandboxUnavailable("This sandbox has been closed.", fix="Open a new one.", code="closed")
            failed = self._opened is not None and self._opened.done() and self._opened.exception() is not None
            if self._opened is None or failed:
                self._opened = Future()
                threading.Thread(target=self._fill, args=(self._opened,), name="climbdc-sandbox", daemon=True).start()
            return self._opened

    def _fill(self, opened: Future[Sandbox]) -> None:
        _step_aside()
        try:
            opened.set_result(self._open())
        # Whoever asks for a seat is told, whatever it is.
        except BaseException as error:
            log.debug("The shared sandbox does not open.", exc_info=True)
            opened.set_exception(error)

    def close(self) -> None:
        """End every process of this sandbox, whoever is in it; also one that is still being opened."""
        with self._lock:
            self._closed = True
            opened = self._opened
        if opened is not None and opened.exception() is None:
            opened.result().close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def _step_aside() -> None:
    """Let this thread, and the processes that it starts, leave the processor to whoever answers people."""
    with suppress(AttributeError, OSError):  # where threads have no priority of their own, nothing is changed
        if sys.platform == "linux":
            me = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, me, min(19, os.getpriority(os.PRIO_PROCESS, me) + _NICE))


class _Seat:
    """One session's part of a shared sandbox."""

    def __init__(self, shared: Sandbox, turns: Turns) -> None:
        self._shared = shared
        self._turns = turns
        self._lock = threading.Lock()
        self._jobs: set[Cancellation] = set()
        self._closed = False

    @property
    def name(self) -> str:
        """Name of the backend."""
        return self._shared.name

    def run(self, job: Job, progress: Progress | None = None, cancel: Cancellation | None = None) -> Outcome:
        """Wait for a turn and run one job; see `Sandbox.run`."""
        wish = Cancellation()
        with self._lock:
            if self._closed:
                return SandboxFailed("This sandbox has been closed.")
            self._jobs.add(wish)
        try:
            with (cancel or Cancellation()).stopping(wish.cancel), self._turns.turn(self, wish) as granted:
                return self._shared.run(job, progress, wish) if granted else Cancelled()
        finally:
            with self._lock:
                self._jobs.discard(wish)

    def close(self) -> None:
        """End this session's jobs, those that wait included."""
        with self._lock:
            self._closed = True
            jobs = list(self._jobs)
        for wish in jobs:
            wish.cancel()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
