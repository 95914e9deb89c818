"""The host's end of a zygote and of the processes it forks."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Sequence

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._code import code_hash
from climbdc.sandbox._job import JobLimits
from climbdc.sandbox.backends._launch import Launcher, ZygoteSettings
from climbdc.sandbox.wire._handover import receive_with_files, send_with_files
from climbdc.sandbox.wire._wire import ChildStatus, load_json
from climbdc.sandbox.worker._child import ForkOrder

__all__ = ["Worker", "Zygote", "ZygoteGone"]

_START_SECONDS = 120
_END_SECONDS = 5
_ORDER_SECONDS = 30


class ZygoteGone(ConnectionError):
    """The zygote ended before it could start the job."""


class Worker:
    """One job's process, seen from the host. Used by one thread, but `kill` by any."""

    def __init__(self, work: socket.socket, status: socket.socket) -> None:
        self.work = work
        self._status = status

    def kill(self) -> None:
        """Hang up: the zygote then ends the process at once. Nothing happens when it has ended."""
        with contextlib.suppress(OSError):
            self._status.shutdown(socket.SHUT_WR)

    def wait(self, seconds: float = _END_SECONDS) -> ChildStatus | None:
        """How the process ended, or None when that cannot be learned in time."""
        self._status.settimeout(seconds)
        try:
            body, _ = receive_with_files(self._status)
            return ChildStatus.model_validate(load_json(body))
        except (EOFError, OSError, ValueError):
            return None

    def close(self) -> None:
        """Let go of the sockets."""
        self.work.close()
        self._status.close()


class Zygote:
    """A running zygote. Orders may come from several threads.

    Args:
        settings: What it is started with.
        launch: How it is started.

    Raises:
        SandboxUnavailable: It did not start; the message says what it said.
    """

    def __init__(self, settings: ZygoteSettings, launch: Launcher) -> None:
        self._order_lock = threading.Lock()
        self._gone = False
        self._launched = launch(settings)
        self._control = self._launched.control
        try:
            self._await_ready(settings)
        except BaseException:
            self.close()
            raise

    def _await_ready(self, settings: ZygoteSettings) -> None:
        self._control.settimeout(_START_SECONDS)
        try:
            body, _ = receive_with_files(self._control)
            hello = load_json(body)
        except (EOFError, OSError):
            hello = {"error": self._launched.complaint() or "it ended without a word"}
        if "error" in hello:
            raise SandboxUnavailable(
                f"The sandbox's worker did not start: {hello['error']}.",
                fix="Check that the tools and their packages can be imported.",
                code="no-worker",
            )
        if hello["threads"] != 1:
            raise SandboxUnavailable(
                f"The sandbox's worker has {hello['threads']} threads after its imports; it must have one to be safe.",
                fix="Do not preload the module that starts threads.",
                code="no-worker",
            )
        if hello["handler"] != settings.handler or ("code" in hello and hello["code"] != code_hash()):
            raise SandboxUnavailable(
                "The sandbox's worker is of another version of climbdc, or for other work.",
                fix="Build the image again: climbdc sandbox build",
                code="other-code",
            )
        self._control.settimeout(_ORDER_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether it still runs; one that is dying is as good as dead."""
        return not self._gone and self._launched.alive()

    def fork(self, names: Sequence[str], files: Sequence[int], limits: JobLimits) -> Worker:
        """Start the process of one job.

        Args:
            names: Names of the frames.
            files: Their open files, in the same order.
            limits: What the job may use.

        Raises:
            ZygoteGone: There is no zygote any more.
        """
        work, their_work = socket.socketpair()
        status, their_status = socket.socketpair()
        order = ForkOrder(frames=tuple(names), limits=limits).model_dump_json().encode()
        try:
            with their_work, their_status, self._order_lock:
                send_with_files(self._control, order, [their_work.fileno(), their_status.fileno(), *files])
        except BaseException as error:
            work.close()
            status.close()
            if isinstance(error, OSError):
                self._gone = True
                raise ZygoteGone("the worker process has ended") from error
            raise
        return Worker(work, status)

    def give_up(self) -> None:
        """Take it for dead, because a job heard no more of it."""
        self._gone = True

    def close(self) -> None:
        """End it, and its jobs with it."""
        # Whoever is in the middle of an order fails now; the number of the socket is free only after that.
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        with self._order_lock:
            self._launched.end()
