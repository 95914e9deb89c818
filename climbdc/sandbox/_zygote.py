"""The zygote: imports once, then forks one process a job. Started by the host, and it ends with it.

It has one thread, runs no tool itself and reads nothing that a tool wrote. It does not use the parent-death signal:
that is sent when the *thread* that started it ends, which may be long before the host does. It watches the control
socket, which the kernel closes with the host, and its parent's number.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

from pydantic import BaseModel

from climbdc.sandbox._child import ChildTask, run_child
from climbdc.sandbox._handover import receive_with_files, send_with_files
from climbdc.sandbox._job import Handler, JobLimits
from climbdc.sandbox._lockdown import prepare
from climbdc.sandbox._wire import ChildStatus

__all__ = ["ForkOrder", "ZygoteConfig", "main"]

_WATCH_SECONDS = 1.0
_SPARE_TASKS = 512
_TASKS_OF_ROOT = 1024
# Kilobytes on Linux, bytes in macOS.
_RSS_PER_MB = (1 << 20) if sys.platform == "darwin" else (1 << 10)


class ZygoteConfig(BaseModel, frozen=True):
    """How a zygote is set up, handed over on its command line; it holds no secret."""

    control: int
    parent: int
    handler: str
    preload: tuple[str, ...]
    readable: tuple[Path, ...]
    lock: bool


class ForkOrder(BaseModel, frozen=True):
    """One job for the zygote; the work socket, the status socket and the frames come with it in this order."""

    frames: tuple[str, ...]
    limits: JobLimits


def _load_handler(name: str) -> Handler:
    module, _, function = name.partition(":")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler


def _thread_count() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()


def _tasks_of_user() -> int:
    """Threads of all processes of this user; the kernel counts these against the limit."""
    if os.getuid() == 0:
        return _TASKS_OF_ROOT - _SPARE_TASKS
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                count += len(os.listdir(folder / "task"))
    return count


class _Zygote:
    def __init__(self, config: ZygoteConfig) -> None:
        self._config = config
        self._control = socket.socket(fileno=config.control)
        self._handler = _load_handler(config.handler)
        self._children: dict[int, socket.socket] = {}
        self._max_tasks = _tasks_of_user() + _SPARE_TASKS
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

    def report_ready(self) -> None:
        send_with_files(self._control, json.dumps({"threads": _thread_count()}).encode())

    def serve(self) -> NoReturn:
        while True:
            ready, _, _ = select.select([self._control.fileno(), self._wake_read], [], [], _WATCH_SECONDS)
            if self._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
            self._reap()
            if os.getppid() != self._config.parent:
                self._end()
            if self._control.fileno() in ready:
                self._take_order()

    def _take_order(self) -> None:
        try:
            body, files = receive_with_files(self._control)
        except (EOFError, OSError):
            self._end()
        order = ForkOrder.model_validate_json(body)
        work, status, *frames = files
        task = ChildTask(
            work=work,
            frames=dict(zip(order.frames, frames, strict=True)),
            limits=order.limits,
            readable=self._config.readable,
            handler=self._handler,
            lock=self._config.lock,
            parent=os.getpid(),
            max_tasks=self._max_tasks,
        )
        self._fork(task, socket.socket(fileno=status))
        for file in (work, *frames):
            os.close(file)

    def _fork(self, task: ChildTask, status: socket.socket) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            self._tell(status, ChildStatus(error=f"No process could be started: {error.strerror}."))
            status.close()
            return
        if pid == 0:
            self._control.detach()
            status.detach()
            for other in self._children.values():
                other.detach()
            run_child(task)
        self._children[pid] = status
        # The child cannot be reaped before this, so its number cannot have been used again.
        handles = [os.pidfd_open(pid)] if sys.platform == "linux" else []
        self._tell(status, ChildStatus(pid=pid), handles)
        for handle in handles:
            os.close(handle)

    def _reap(self) -> None:
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            channel = self._children.pop(pid)
            self._tell(channel, _ending(pid, status, usage))
            channel.close()

    @staticmethod
    def _tell(channel: socket.socket, status: ChildStatus, files: list[int] | None = None) -> None:
        # The host may have given up on this job.
        with contextlib.suppress(OSError):
            send_with_files(channel, status.model_dump_json().encode(), files or [])

    def _end(self) -> NoReturn:
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)


def _ending(pid: int, status: int, usage: resource.struct_rusage) -> ChildStatus:
    return ChildStatus(
        pid=pid,
        exit_code=os.waitstatus_to_exitcode(status),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 3),
        peak_mb=round(usage.ru_maxrss / _RSS_PER_MB, 1),
    )


def main(text: str) -> NoReturn:
    """Run a zygote until the host goes away.

    Args:
        text: A `ZygoteConfig` as JSON.
    """
    config = ZygoteConfig.model_validate_json(text)
    try:
        for module in config.preload:
            importlib.import_module(module)
        if config.lock:
            prepare()
        zygote = _Zygote(config)
    except Exception as error:
        control = socket.socket(fileno=config.control)
        message = f"{type(error).__name__}: {error}"[:2000]
        send_with_files(control, json.dumps({"error": message}).encode())
        os._exit(1)
    # What is there now stays for ever: forks need not copy it to count references.
    gc.collect()
    gc.freeze()
    zygote.report_ready()
    zygote.serve()
