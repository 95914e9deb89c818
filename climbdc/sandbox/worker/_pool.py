"""Processes that wait, forked and with everything imported, for one job each.

They are forked from a process that never met a job, so nothing can cross from one job to the next. Each has a socket of
its own, over which it gets its one order.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from climbdc.sandbox.wire._handover import send_with_files

__all__ = ["Pool"]


@dataclass(frozen=True)
class _Waiting:
    pid: int
    orders: socket.socket


class Pool:
    """Forked processes that wait for their order.

    Args:
        size: How many to keep waiting.
        run: What a fork does with its end of the socket; it never returns.
    """

    def __init__(self, size: int, run: Callable[[int], NoReturn]) -> None:
        self._size = size
        self._run = run
        self._waiting: deque[_Waiting] = deque()

    @property
    def full(self) -> bool:
        """Whether enough processes wait."""
        return len(self._waiting) >= self._size

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def add(self) -> None:
        """Fork one more.

        Raises:
            OSError: The system gives no process.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = os.fork()
            except OSError:
                ours.close()
                raise
            if pid == 0:
                self._run(theirs.detach())
        self._waiting.append(_Waiting(pid, ours))

    def give(self, order: bytes, files: Sequence[int]) -> int:
        """Hand an order to a waiting process, or to a new one where none waits.

        Returns:
            Number of the process, which is the caller's from now on.

        Raises:
            OSError: The system gives no process.
        """
        while True:
            if not self._waiting:
                self.add()
            chosen = self._waiting.popleft()
            with chosen.orders, contextlib.suppress(ConnectionError):
                send_with_files(chosen.orders, order, files)
                return chosen.pid

    def forget(self, pid: int) -> None:
        """Take note that a process has ended while it waited."""
        for waiting in [item for item in self._waiting if item.pid == pid]:
            self._waiting.remove(waiting)
            waiting.orders.close()

    def end(self) -> None:
        """Kill all that wait."""
        for waiting in self._waiting:
            with contextlib.suppress(ProcessLookupError):
                os.kill(waiting.pid, signal.SIGKILL)
