"""Ending a job from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Cancellation"]


class Cancellation:
    """A wish to end a job, given to `Sandbox.run` and spoken from any thread, before or while it runs.

    >>> wish = Cancellation()
    >>> wish.cancel()
    >>> wish.wanted
    True
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = False
        self._stops: list[Callable[[], None]] = []

    @property
    def wanted(self) -> bool:
        """Whether it was spoken."""
        return self._wanted

    def cancel(self) -> None:
        """End the job now, or at once when it begins."""
        with self._lock:
            self._wanted = True
            for stop in self._stops:
                stop()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have `stop` called when the wish is spoken, at once if it was before."""
        with self._lock:
            self._stops.append(stop)
            if self._wanted:
                stop()
        try:
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)
