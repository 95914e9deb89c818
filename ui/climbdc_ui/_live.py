"""Tells open tabs that a session changed.

One thread looks into the store, and whoever is at work in this process says so at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from climbdc_ui._desk import Desk

__all__ = ["Watch"]

EVERY = 0.5
"""Seconds between two looks into the store, where another process may have written."""
BREATH = 0.05
"""Seconds between two looks at the least, however often something changes."""
HEARTBEAT = 15.0
"""Seconds of silence after which a sign of life is sent, so that a closed tab is noticed."""


class Watch:
    """Listeners by session.

    Args:
        desk: Where the sessions are.
        marks: For each of some sessions a short text that changes whenever what is shown of it does.
    """

    def __init__(self, desk: Desk, marks: Callable[[Desk, Sequence[str]], Mapping[str, str]]) -> None:
        self.desk = desk
        self.marks = marks
        self._listeners: dict[str, list[_Listener]] = {}
        self._lock = threading.Lock()
        self._poked = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def poke(self) -> None:
        """Look now; something changed."""
        self._poked.set()

    async def changes(self, session: str) -> AsyncIterator[str]:
        """Server-sent events: the session's mark, now and after each change."""
        listener = _Listener(asyncio.get_running_loop())
        with self._lock:
            self._listeners.setdefault(session, []).append(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="climbdc-watch", daemon=True)
                self._thread.start()
        self._poked.set()
        try:
            while not self._closed:
                try:
                    yield f"data: {await asyncio.wait_for(listener.next(), HEARTBEAT)}\n\n"
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            with self._lock:
                self._listeners[session].remove(listener)
                if not self._listeners[session]:
                    del self._listeners[session]

    def close(self) -> None:
        """Look no more."""
        self._closed = True
        self._poked.set()

    def _look(self) -> None:
        while not self._closed:
            self._poked.wait(EVERY)
            self._poked.clear()
            with self._lock:
                watched = {session: list(listeners) for session, listeners in self._listeners.items()}
            # A database that is away for a moment: the next look tells.
            with contextlib.suppress(Exception):
                marks = self.marks(self.desk, list(watched)) if watched else {}
                for session, mark in marks.items():
                    for listener in watched[session]:
                        listener.tell(mark)
            time.sleep(BREATH)


class _Listener:
    """One tab."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._last = ""
        self._fresh = asyncio.Event()

    def tell(self, mark: str) -> None:
        """Called from the thread that looks."""
        if mark != self._last:
            self._last = mark
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self.loop.call_soon_threadsafe(self._fresh.set)

    async def next(self) -> str:
        """The newest mark, once it is new."""
        await self._fresh.wait()
        self._fresh.clear()
        return self._last
