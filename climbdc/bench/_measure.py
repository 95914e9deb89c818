"""Running one command and seeing what it takes."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

import psutil
from pydantic import BaseModel, ConfigDict

__all__ = ["Measured", "measure"]

_EVERY_SECONDS = 0.1
_MB = 1 << 20
_TAIL = 2000


class Measured(BaseModel):
    """What one run of a command took.

    `largest_mb` is counted by the kernel: the largest resident set of any one process. `tree_mb` is the largest sum
    seen over the command and its descendants, memory they share counted once (proportional set size, Linux) or once
    each where that is unknown; it is looked at ten times a second, so a shorter peak may be missed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wall_seconds: float
    cpu_seconds: float
    """User and system time of the command and of the descendants that were waited for."""
    largest_mb: float
    tree_mb: float
    status: int
    """Exit status; negative for a signal."""
    said: str = ""
    """The end of stderr of a command that failed."""


def measure(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end and measure it; what it prints is thrown away.

    Args:
        command: Program and arguments.
        cwd: Where it runs.
        env: Added to this process's environment.
    """
    with TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            env={**os.environ, **(env or {})},
        )  # fmt: skip
        try:
            peak, status, usage = _watch(process.pid)
        except BaseException:
            process.kill()
            raise
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL))
        said = errors.read().decode("utf-8", "replace") if process.returncode else ""
    return Measured(
        wall_seconds=round(wall, 3),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 3),
        largest_mb=round(usage.ru_maxrss / 1024, 1),
        tree_mb=round(peak / _MB, 1),
        status=process.returncode,
        said=said,
    )


def _watch(pid: int) -> tuple[int, int, resource.struct_rusage]:
    """Wait for a process: the most memory of its tree, its status and its usage."""
    known = psutil.Process(pid)
    peak = 0
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return peak, status, usage
        peak = max(peak, _tree_bytes(known))
        time.sleep(_EVERY_SECONDS)


def _tree_bytes(root: psutil.Process) -> int:
    try:
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(map(_bytes, family))


def _bytes(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", 0) or full.rss)
    except psutil.Error:  # it has ended, or does not want to be looked at
        return _resident(process)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
