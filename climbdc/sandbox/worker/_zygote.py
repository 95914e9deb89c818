"""The zygote: imports once, then keeps forked processes ready for one job each. It ends with its host.

It has one thread, runs no tool itself and reads nothing that a tool wrote. It does not use the parent-death signal:
that is sent when the *thread* that started it ends, which may be long before the host does. It watches the control
socket, which the kernel closes with the host, and its parent's number.

It is the same program in every backend. A host on this computer hands it a control socket; in a container it connects
to the host's; as a service it listens, and every connection is a host.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel

from climbdc.sandbox._job import Handler
from climbdc.sandbox.wire._handover import receive_with_files, send_with_files
from climbdc.sandbox.wire._wire import ChildStatus
from climbdc.sandbox.worker._child import ChildSettings, ForkOrder, run_child
from climbdc.sandbox.worker._lockdown import prepare
from climbdc.sandbox.worker._paths import worker_paths
from climbdc.sandbox.worker._pool import Pool

__all__ = ["ZygoteConfig", "main"]

_WATCH_SECONDS = 1.0
_READY = 3
_REFILL_SECONDS = 0.03
_ORDER_SECONDS = 2.0
_MOST_HOSTS = 64
_FIRST_SECONDS = 60
# Kilobytes on Linux, bytes in macOS.
_RSS_PER_MB = (1 << 20) if sys.platform == "darwin" else (1 << 10)


class ZygoteConfig(BaseModel, frozen=True):
    """How a zygote is set up, handed over on its command line; it holds no secret.

    Args:
        handler: Dotted `package.module:function`.
        preload: Modules to import first.
        lock: Whether jobs are confined.
        control: Number of an open control socket.
        connect: Path of a host's socket to connect to.
        listen: Path at which to listen for hosts.
        lifeline: Whether one that listens ends with its first connection.
        parent: Number of the process to end with; 0 watches none.
        readable: What jobs may read; None works it out here, which a container needs.
        extra: What else they may read where it is worked out here.
        max_tasks: Tasks of this user at which no thread may start; None where a container counts them.
        abi: Use no later Landlock than this; None uses the kernel's.
    """

    handler: str
    preload: tuple[str, ...]
    lock: bool
    control: int | None = None
    connect: str | None = None
    listen: str | None = None
    lifeline: bool = False
    parent: int = 0
    readable: tuple[Path, ...] | None = None
    extra: tuple[Path, ...] = ()
    max_tasks: int | None = None
    abi: int | None = None


def _load_handler(name: str) -> Handler:
    module, _, function = name.partition(":")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler


def _thread_count() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()


class _Zygote:
    def __init__(self, config: ZygoteConfig) -> None:
        for module in config.preload:
            importlib.import_module(module)
        if config.lock:
            prepare()
        readable = config.readable
        if readable is None:
            readable = tuple(worker_paths((config.handler.partition(":")[0], *config.preload), config.extra).readable)
        self._config = config
        self._child = ChildSettings(
            handler=_load_handler(config.handler),
            readable=readable,
            lock=config.lock,
            parent=os.getpid(),
            max_tasks=config.max_tasks,
            abi=config.abi,
        )
        self._pool = Pool(_READY, lambda orders: run_child(self._child, orders))
        self._selector = selectors.DefaultSelector()
        self._hello = b""
        self._hosts = 0
        self._first: socket.socket | None = None
        """The host with which to end."""
        self._jobs: dict[int, tuple[socket.socket, socket.socket]] = {}
        """By process: the socket that tells how it ended, and the host it belongs to."""

    def begin(self) -> None:
        """Catch the ends of children, freeze what is loaded, and meet the first host."""
        wake_read, wake_write = os.pipe()
        for end in (wake_read, wake_write):
            os.set_blocking(end, False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self._selector.register(wake_read, selectors.EVENT_READ, self._woken)
        from climbdc.sandbox.worker._warm import warm

        warm()
        # What is there now stays for ever: forks need not copy it to count references.
        gc.freeze()
        gc.enable()
        self._hello = _hello(self._config)
        if self._config.listen is None:
            self._first = _control(self._config)
            self._greet(self._first)
            return
        listener = _listen(self._config.listen)
        if self._config.lifeline:
            self._first = _first(listener)
            self._greet(self._first)
        else:
            self._end_when_told(self._config.listen)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)

    def _end_when_told(self, path: str) -> None:
        """A service belongs to whoever started it: by Ctrl-C or SIGTERM it ends, and its socket with it."""

        def stop(number: int, frame: object) -> None:
            with contextlib.suppress(OSError):
                os.unlink(path)
            self._end()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        print(f"Listening at {path}.", file=sys.stderr, flush=True)

    def _greet(self, host: socket.socket) -> None:
        host.settimeout(_ORDER_SECONDS)
        send_with_files(host, self._hello)
        self._hosts += 1
        self._selector.register(host, selectors.EVENT_READ, self._take_order)

    def serve(self) -> NoReturn:
        while True:
            events = self._selector.select(self._patience())
            for key, _ in events:
                key.data(key.fileobj)
            self._reap()
            if self._config.parent and os.getppid() != self._config.parent:
                self._end()
            if not events and not self._settled():
                # A lack of processes is told to whoever asks for one.
                with contextlib.suppress(OSError):
                    self._pool.add()

    def _settled(self) -> bool:
        """Whether the pool is to be left as it is: forking takes time from a job that runs, and delays its end."""
        return self._pool.full or bool(self._jobs and self._pool)

    def _patience(self) -> float:
        if self._settled():
            return _WATCH_SECONDS
        return _REFILL_SECONDS if self._jobs else 0

    def _woken(self, pipe: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(pipe, 4096)

    def _accept(self, listener: socket.socket) -> None:
        try:
            host, _ = listener.accept()
        except OSError:
            # Too many files are open, and the listener stays ready: let some be closed.
            time.sleep(_REFILL_SECONDS)
            return
        if self._hosts >= _MOST_HOSTS:
            host.close()
            return
        with contextlib.suppress(OSError):
            self._greet(host)

    def _take_order(self, host: socket.socket) -> None:
        """Take one order. A host that is slow, silent or talks nonsense is let go: others wait."""
        files: list[int] = []
        try:
            host.settimeout(_ORDER_SECONDS)
            body, files = receive_with_files(host)
            order = ForkOrder.model_validate_json(body)
            work, status, *frames = files
            if len(frames) != len(order.frames):
                raise ValueError("an order with other files than it names")
            # What is not a socket makes no channel.
            channel = socket.socket(fileno=os.dup(status))
        except (EOFError, OSError, ValueError):
            self._lose(host)
        else:
            channel.setblocking(False)
            self._start(host, body, channel, [work, *frames])
        finally:
            for file in files:
                os.close(file)

    def _start(self, host: socket.socket, order: bytes, channel: socket.socket, files: list[int]) -> None:
        try:
            pid = self._pool.give(order, files)
        except OSError as error:
            _tell(channel, ChildStatus(error=f"No process could be started: {error.strerror}."))
            channel.close()
            return
        self._jobs[pid] = (channel, host)
        self._selector.register(channel, selectors.EVENT_READ, lambda _: self._stop(pid))

    def _stop(self, pid: int) -> None:
        """The host hung up on a job: end it. It is reaped, and told of, like any other."""
        self._selector.unregister(self._jobs[pid][0])
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _lose(self, host: socket.socket) -> None:
        """A host is gone, and its jobs with it."""
        if host is self._first:
            self._end()
        self._selector.unregister(host)
        self._hosts -= 1
        host.close()
        for pid in [pid for pid, (_, owner) in self._jobs.items() if owner is host]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid not in self._jobs:
                self._pool.forget(pid)
                continue
            channel, _ = self._jobs.pop(pid)
            with contextlib.suppress(KeyError):
                self._selector.unregister(channel)
            _tell(channel, _ending(pid, status, usage))
            channel.close()

    def _end(self) -> NoReturn:
        self._pool.end()
        for pid in self._jobs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)


def _tell(channel: socket.socket, status: ChildStatus) -> None:
    # The host may have given up on this job.
    with contextlib.suppress(OSError):
        send_with_files(channel, status.model_dump_json().encode())


def _ending(pid: int, status: int, usage: resource.struct_rusage) -> ChildStatus:
    return ChildStatus(
        pid=pid,
        exit_code=os.waitstatus_to_exitcode(status),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 3),
        peak_mb=round(usage.ru_maxrss / _RSS_PER_MB, 1),
    )


def _hello(config: ZygoteConfig) -> bytes:
    hello: dict[str, Any] = {"threads": _thread_count(), "handler": config.handler}
    if config.control is None:
        from climbdc.sandbox._code import code_hash

        hello["code"] = code_hash()
    return json.dumps(hello).encode()


def _control(config: ZygoteConfig) -> socket.socket:
    if config.control is not None:
        return socket.socket(fileno=config.control)
    if config.listen is not None:
        return _first(_listen(config.listen))
    assert config.connect is not None, "a zygote needs a host"
    host = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    host.connect(config.connect)
    return host


def _listen(path: str) -> socket.socket:
    """Listen at a path; what an earlier service left there is replaced, and only this user may connect."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen()
    return listener


def _first(listener: socket.socket) -> socket.socket:
    """Wait for the first host, but not for one that died before it could come.

    Raises:
        TimeoutError: None came.
    """
    listener.settimeout(_FIRST_SECONDS)
    host, _ = listener.accept()
    listener.settimeout(None)
    return host


def main(text: str) -> NoReturn:
    """Run a zygote until its host goes away, or, where it listens, for ever. What goes wrong at first is told.

    Args:
        text: A `ZygoteConfig` as JSON.
    """
    config = ZygoteConfig.model_validate_json(text)
    try:
        zygote = _Zygote(config)
        zygote.begin()
    except Exception as error:
        message = f"{type(error).__name__}: {error}"[:2000]
        if config.listen is not None and not config.lifeline:
            sys.exit(f"The sandbox service did not start: {message}")
        send_with_files(_control(config), json.dumps({"error": message}).encode())
        os._exit(1)
    zygote.serve()
