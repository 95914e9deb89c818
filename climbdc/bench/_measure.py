"""Running one command and seeing what it takes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from climbdc.errors import InputError

if TYPE_CHECKING:
    import psutil

__all__ = ["Measured", "measure", "tree_bytes"]

_EVERY_SECONDS = 0.1
_MB = 1 << 20
_TAIL = 2000
_LAUNCH = Path(__file__).with_name("_launch.py")


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

    Raises:
        InputError: There is no such program.
    """
    with TemporaryDirectory(prefix="climbdc-measure-") as folder, TemporaryFile() as errors:
        report = Path(folder) / "usage.json"
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LAUNCH), str(report), *command], cwd=cwd, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=errors, env={**os.environ, **(env or {})}, start_new_session=True,
        )  # fmt: skip
        try:
            peak = _watch(process)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        wall = time.monotonic() - started
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL))
        said = errors.read().decode("utf-8", "replace")
        if not report.exists():
            raise InputError(f"{command[0]!r} could not be started: {said.strip()}", code="not-started")
        used = json.loads(report.read_text(encoding="utf-8"))
    return Measured(
        wall_seconds=round(wall, 3),
        cpu_seconds=round(used["cpu_seconds"], 3),
        largest_mb=round(used["largest_mb"], 1),
        tree_mb=round(peak / _MB, 1),
        status=used["status"],
        said=said if used["status"] else "",
    )


def _watch(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process: the most memory of its descendants, itself left out."""
    import psutil

    known = psutil.Process(process.pid)
    peak = 0
    while process.poll() is None:
        peak = max(peak, tree_bytes(known))
        time.sleep(_EVERY_SECONDS)
    return peak


def tree_bytes(root: psutil.Process, *, itself: bool = False) -> int:
    """Memory of a process's descendants, and its own, in bytes; what they share counts once where that is known."""
    import psutil

    try:
        family = [*root.children(recursive=True), *([root] if itself else [])]
    except psutil.Error:
        return 0
    return sum(map(_bytes, family))


def _bytes(process: psutil.Process) -> int:
    import psutil

    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", 0) or full.rss)
    except psutil.Error:  # it has ended, or does not want to be looked at
        return _resident(process)


def _resident(process: psutil.Process) -> int:
    import psutil

    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
