"""How a zygote is started and reached. What it does, and the lock on each job, is the same everywhere."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from climbdc.sandbox.worker._lockdown import NOBODY
from climbdc.sandbox.worker._paths import WorkerPaths, worker_paths
from climbdc.sandbox.worker._tasks import tasks_allowed
from climbdc.sandbox.worker._zygote import ZygoteConfig

__all__ = ["Launched", "Launcher", "ZygoteSettings", "launch_process", "zygote_command", "zygote_environment"]

_END_SECONDS = 5
# Importing makes many objects and no garbage: looking for some would take a tenth of the time.
_BOOTSTRAP = (
    "import gc, sys; gc.disable(); sys.path[:0] = sys.argv[2:]; "
    "from climbdc.sandbox.worker._zygote import main; main(sys.argv[1])"
)
# Not -I: that would ignore PYTHONHASHSEED. The environment is ours alone, so -P and -s give the same isolation.
_PYTHON_FLAGS = ("-P", "-s")
_KEPT_SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "CLIMBDC_KNOWLEDGE_DIR")


@dataclass(frozen=True)
class ZygoteSettings:
    """What a zygote is started with.

    Args:
        handler: Dotted `package.module:function`.
        preload: Modules to import before the first job.
        readable: Folders and files its jobs may read; folders are on its `sys.path`.
        lock: Whether jobs are confined.
        abi: Use no later Landlock than this; None uses the kernel's.
    """

    handler: str
    preload: tuple[str, ...]
    readable: tuple[Path, ...]
    lock: bool
    abi: int | None = None


class Launched(Protocol):
    """A zygote that was started, or a service that was reached."""

    control: socket.socket

    def alive(self) -> bool:
        """Whether it still runs, as far as can be seen from here."""
        ...

    def complaint(self) -> str:
        """What it wrote before it ended; may be empty."""
        ...

    def end(self) -> None:
        """End it and its jobs, and wait until it has ended."""
        ...


Launcher = Callable[[ZygoteSettings], Launched]
Wrapper = Callable[[WorkerPaths, list[str]], list[str]]
"""Puts a command into something, given what it must be able to read."""


def _figure_cache() -> Path | None:
    """Where matplotlib keeps its list of fonts; None if nowhere. It is not imported from where it could not write.

    A job of root has another real user, who is asked, and who cannot reach into root's home.
    """
    from platformdirs import user_cache_path

    root = os.getuid() == 0
    folder = (Path("/var/cache") if root else user_cache_path()) / "climbdc" / "matplotlib"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if root:
            os.chown(folder, NOBODY, -1)
    except OSError:
        return None
    return folder


def zygote_environment() -> dict[str, str]:
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
    return settings | {name: os.environ[name] for name in _KEPT_SETTINGS if name in os.environ}


def zygote_command(python: str, config: ZygoteConfig, modules: Sequence[Path]) -> list[str]:
    """The command that runs a zygote.

    Args:
        python: The interpreter.
        config: What it is told.
        modules: Folders for its `sys.path`.
    """
    return [python, *_PYTHON_FLAGS, "-c", _BOOTSTRAP, config.model_dump_json(), *map(str, modules)]


@dataclass
class _Process:
    """A zygote that is a process of this computer."""

    control: socket.socket
    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def alive(self) -> bool:
        return self.process.poll() is None

    def complaint(self) -> str:
        self.errors.seek(0)
        return self.errors.read(4000).decode("utf-8", "replace").strip().rpartition("\n")[2]

    def end(self) -> None:
        self.control.close()
        try:
            # It ends its jobs and itself when the control socket closes.
            self.process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()


def launch_process(settings: ZygoteSettings, wrap: Wrapper | None = None) -> Launched:
    """Start a zygote on this computer.

    Args:
        settings: What to start.
        wrap: Starts it inside something; what is outside then watches over it, so it watches no parent.

    Raises:
        OSError: The program to start is missing.
    """
    figures = _figure_cache()
    environment = zygote_environment()
    paths = worker_paths((settings.handler.partition(":")[0], *settings.preload), settings.readable)
    own_knowledge = environment.get("CLIMBDC_KNOWLEDGE_DIR")
    if own_knowledge:
        paths = paths._replace(readable=[*paths.readable, Path(own_knowledge)])
    if figures is not None:
        environment["MPLCONFIGDIR"] = str(figures)
        paths = paths._replace(readable=[*paths.readable, figures])
    control, theirs = socket.socketpair()
    errors = tempfile.TemporaryFile()
    try:
        with theirs:
            config = ZygoteConfig(
                control=theirs.fileno(), parent=0 if wrap else os.getpid(), handler=settings.handler,
                preload=settings.preload, readable=tuple(paths.readable), lock=settings.lock,
                max_tasks=tasks_allowed(), abi=settings.abi,
            )  # fmt: skip
            command = zygote_command(sys.executable, config, paths.modules)
            process = subprocess.Popen(
                wrap(paths, command) if wrap else command,
                cwd="/",
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # Ctrl-C in a terminal is for the host to handle.
                start_new_session=True,
            )
    except BaseException:
        control.close()
        errors.close()
        raise
    return _Process(control, process, errors)
