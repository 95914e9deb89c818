"""What the process of one job gives up before it sees a tool: rights and files, then limits, then system calls.

The order matters: each step needs what the next one takes away. The first part needs to know nothing of the job, so it
is done while the process waits for one. Called in a freshly forked process with one thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import platform
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from climbdc.sandbox._job import JobLimits
from climbdc.sandbox.worker._landlock import landlock_abi, restrict_files
from climbdc.sandbox.worker._seccomp import apply_filter, build_filter, syscall_numbers

__all__ = ["NOBODY", "Confinement", "Lock", "ThreadsRunning", "die_with", "prepare"]

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_THP_DISABLE, _SIGKILL = 1, 38, 41, 9
_CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65534
"""The real user of a job of root."""
_WRITABLE = (Path("/dev/null"),)
# Which libraries this process has loaded: threadpoolctl, and so scikit-learn, asks.
_OWN = (Path("/proc/self/maps"),)
_MB = 1 << 20
_CORES_OF_A_JOB = 2
_SPARE_FILES = 128


class ThreadsRunning(RuntimeError):
    """The process has more than one thread, and Landlock would bind only one of them."""


@dataclass(frozen=True)
class Confinement:
    """What one job gets.

    Args:
        limits: Time, memory and output.
        input_bytes: Size of the frames, which are mapped into memory on top of the budget.
        frames: How many frames there are.
        max_tasks: Processes and threads of this user at which no further thread may start; None leaves that to a
            container.
    """

    limits: JobLimits
    input_bytes: int
    frames: int
    max_tasks: int | None


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} was refused")


def die_with(parent: int) -> None:
    """End this process when its parent ends (Linux; elsewhere it does nothing)."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _address_space_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _limit(kind: int, value: int, hard: int | None = None) -> None:
    _, ceiling = resource.getrlimit(kind)
    wanted = value if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        wanted = min(wanted, ceiling)
    resource.setrlimit(kind, (min(value, wanted), wanted))


def _apply_limits(confinement: Confinement, address_space: int) -> None:
    """Bound memory, processor time, files, tasks and dumps of this process, by resource limits.

    Files may not grow at all: results leave through the socket of the job.

    Args:
        confinement: What the job gets.
        address_space: Bytes that the process has before it begins.

    Raises:
        OSError: The system refused a limit that it has.
    """
    limits = confinement.limits
    cpu_seconds = math.ceil(2 * _CORES_OF_A_JOB * limits.wall_seconds)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_NOFILE, _SPARE_FILES + 2 * confinement.frames)
    if confinement.max_tasks is not None:
        _limit(resource.RLIMIT_NPROC, confinement.max_tasks)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, address_space + confinement.input_bytes + limits.memory_mb * _MB)
        _limit(resource.RLIMIT_MSGQUEUE, 0)
        _limit(resource.RLIMIT_MEMLOCK, 0)


def _drop_privileges() -> None:
    """Drop root's powers: no capability, and another real user, because root's own number is not counted for tasks."""
    if os.getuid() == 0:
        with contextlib.suppress(OSError):
            os.setresuid(NOBODY, -1, -1)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capabilities could not be dropped")


def prepare() -> None:
    """Read once, in the zygote, what every job's lock needs."""
    syscall_numbers(platform.machine())


class Lock:
    """The lock on one process. Making it takes away rights and files, closing it limits and system calls.

    Args:
        readable: Folders and files that may still be read.
        files: Whether to take anything away; without, only the limits will apply.
        abi: Use no later Landlock than this; None uses the kernel's.

    Raises:
        ThreadsRunning: The process has more than one thread.
        OSError: The kernel refused a step; the process must not run a job.
    """

    def __init__(self, readable: Sequence[Path], *, files: bool, abi: int | None) -> None:
        self._address_space = _address_space_bytes() if sys.platform == "linux" else 0
        self._program = b""
        if not files:
            return
        if len(os.listdir("/proc/self/task")) != 1:
            raise ThreadsRunning("the worker has more than one thread")
        # When the machine runs dry, the kernel should pick the job and not the session.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
        version = landlock_abi() if abi is None else min(abi, landlock_abi())
        self._program = build_filter(platform.machine(), os.getpid(), forbid_truncate=version < 3)
        _drop_privileges()
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        # Of a huge page one small piece may be kept, and the limit counts that piece only.
        with contextlib.suppress(OSError):
            _prctl(_PR_SET_THP_DISABLE, 1)
        restrict_files([*readable, *_OWN], _WRITABLE, abi=version)

    def close(self, confinement: Confinement) -> None:
        """Take away the rest, for good: no network, no process, no signal to others, and limits on everything.

        Raises:
            OSError: The kernel refused a step; the process must then end.
        """
        _apply_limits(confinement, self._address_space)
        if self._program:
            apply_filter(self._program)
