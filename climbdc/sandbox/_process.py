"""The host's end of a zygote and of the processes it forks."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._handover import receive_with_files, send_with_files
from climbdc.sandbox._job import JobLimits
from climbdc.sandbox._paths import worker_paths
from climbdc.sandbox._wire import ChildStatus, load_json
from climbdc.sandbox._zygote import ForkOrder, ZygoteConfig

__all__ = ["Worker", "Zygote", "ZygoteGone", "ZygoteSettings"]

_START_SECONDS = 120
_FORK_SECONDS = 30
_END_SECONDS = 5
_BOOTSTRAP = "import sys; sys.path[:0] = sys.argv[2:]; from climbdc.sandbox._zygote import main; main(sys.argv[1])"
_KEPT_SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "CLIMBDC_KNOWLEDGE_DIR")


class ZygoteGone(ConnectionError):
    """The zygote ended before it could start the job."""


@dataclass(frozen=True)
class ZygoteSettings:
    """What a zygote is started with.

    Args:
        handler: Dotted `package.module:function`.
        preload: Modules to import before the first job.
        readable: Folders and files its jobs may read; folders are on its `sys.path`.
        lock: Whether jobs are confined.
    """

    handler: str
    preload: tuple[str, ...]
    readable: tuple[Path, ...]
    lock: bool


def _figure_cache() -> Path | None:
    """Where matplotlib keeps its list of fonts, so that it is made once and not by every zygote; None if nowhere."""
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("climbdc") / "matplotlib"
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _environment(figures: Path | None) -> dict[str, str]:
    """The whole environment of a zygote: one thread a job, the same order of sets in each, no secret."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    settings = {f"{library}_NUM_THREADS": "1" for library in threads}
    settings |= {
        # mimalloc and glibc reserve far more address space than they use, and address space is what is limited.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
        "HOME": "/nonexistent",
        # jemalloc, which comes with Arrow, would start a thread, and the zygote must have one.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "JOBLIB_MULTIPROCESSING": "0",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "PATH": "/usr/bin:/bin",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
    }
    if figures is not None:
        settings["MPLCONFIGDIR"] = str(figures)
    return settings | {name: os.environ[name] for name in _KEPT_SETTINGS if name in os.environ}


class Worker:
    """One job's process, seen from the host. Used by one thread."""

    def __init__(self, pid: int, handle: int | None, work: socket.socket, status: socket.socket) -> None:
        self.pid = pid
        self.work = work
        self._handle = handle
        self._status = status

    def kill(self) -> None:
        """End the process at once; nothing happens when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds: float = _END_SECONDS) -> ChildStatus | None:
        """How the process ended, or None when that cannot be learned in time."""
        self._status.settimeout(seconds)
        try:
            body, _ = receive_with_files(self._status)
            return ChildStatus.model_validate(load_json(body))
        except (EOFError, OSError, ValueError):
            return None

    def close(self) -> None:
        """Let go of the sockets and the handle."""
        self.work.close()
        self._status.close()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class Zygote:
    """A running zygote. Orders may come from several threads.

    Raises:
        SandboxUnavailable: It did not start; the message says what it said.
    """

    def __init__(self, settings: ZygoteSettings) -> None:
        self._order_lock = threading.Lock()
        self._gone = False
        self._control, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as errors:
            self._process = _start(settings, theirs, errors)
            try:
                self._await_ready(errors)
            except BaseException:
                self.close()
                raise

    def _await_ready(self, errors: IO[bytes]) -> None:
        self._control.settimeout(_START_SECONDS)
        try:
            body, _ = receive_with_files(self._control)
            answer = load_json(body)
        except (EOFError, OSError):
            errors.seek(0)
            said = errors.read(4000).decode("utf-8", "replace").strip().rpartition("\n")[2]
            answer = {"error": said or "it ended without a word"}
        if "error" in answer:
            raise SandboxUnavailable(
                f"The sandbox's worker did not start: {answer['error']}.",
                fix="Check that the tools and their packages can be imported.",
                code="no-worker",
            )
        if answer["threads"] != 1:
            raise SandboxUnavailable(
                f"The sandbox's worker has {answer['threads']} threads after its imports; it must have one to be safe.",
                fix="Do not preload the module that starts threads.",
                code="no-worker",
            )

    @property
    def alive(self) -> bool:
        """Whether it still runs; one that is dying is as good as dead."""
        return not self._gone and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process number."""
        return self._process.pid

    def fork(self, names: Sequence[str], files: Sequence[int], limits: JobLimits) -> Worker:
        """Start the process of one job.

        Args:
            names: Names of the frames.
            files: Their open files, in the same order.
            limits: What the job may use.

        Raises:
            ZygoteGone: There is no zygote any more.
            OSError: The system could not start a process.
        """
        work, their_work = socket.socketpair()
        status, their_status = socket.socketpair()
        order = ForkOrder(frames=tuple(names), limits=limits).model_dump_json().encode()
        try:
            with their_work, their_status, self._order_lock:
                send_with_files(self._control, order, [their_work.fileno(), their_status.fileno(), *files])
            status.settimeout(_FORK_SECONDS)
            body, handles = receive_with_files(status)
            begun = ChildStatus.model_validate(load_json(body))
        except BaseException as error:
            work.close()
            status.close()
            if isinstance(error, (EOFError, OSError, ValidationError)):
                self._gone = True
                raise ZygoteGone("the worker process has ended") from error
            raise
        worker = Worker(begun.pid, handles[0] if handles else None, work, status)
        if begun.error:
            worker.close()
            raise OSError(begun.error)
        return worker

    def close(self) -> None:
        """End it, and its jobs with it."""
        self._control.close()
        try:
            # It ends its jobs and itself when the control socket closes.
            self._process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _start(settings: ZygoteSettings, control: socket.socket, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    figures = _figure_cache()
    paths = worker_paths((settings.handler.partition(":")[0], *settings.preload), settings.readable)
    config = ZygoteConfig(
        control=control.fileno(),
        parent=os.getpid(),
        handler=settings.handler,
        preload=settings.preload,
        readable=(*paths.readable, *([figures] if figures else [])),
        lock=settings.lock,
    )
    # Not -I: that would ignore PYTHONHASHSEED. The environment is ours alone, so -P and -s give the same isolation.
    command = [sys.executable, "-P", "-s", "-c", _BOOTSTRAP, config.model_dump_json(), *map(str, paths.modules)]
    return subprocess.Popen(
        command,
        cwd="/",
        env=_environment(figures),
        pass_fds=[control.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        # Ctrl-C in a terminal is for the host to handle.
        start_new_session=True,
    )
