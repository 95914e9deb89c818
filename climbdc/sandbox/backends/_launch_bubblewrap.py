"""Bubblewrap around the zygote: its own view of files, processes and network, before the lock on each job.

Its `--die-with-parent` is not used: that follows the thread that started it. The zygote ends with its control socket.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from climbdc.sandbox.backends._launch import Launched, ZygoteSettings, launch_process
from climbdc.sandbox.worker._paths import WorkerPaths

__all__ = ["bubblewrap_problem", "launch_bubblewrap"]

_TRY_SECONDS = 10
# For what insists on a place for temporary files when it is imported; jobs cannot write there.
_TEMPORARY = ("--perms", "1777", "--size", str(1 << 20), "--tmpfs", "/tmp", "--setenv", "MPLCONFIGDIR", "/tmp")
_MADE_INSIDE = ("/dev", "/proc")


def _isolation() -> list[str]:
    apart = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.getuid() != 0:
        return ["--unshare-user", *apart, "--cap-drop", "ALL"]
    # In a user namespace root would still be root to the kernel, which does not count root's processes: keep what lets
    # each job become another user, and nothing else. The job gives it up.
    return [*apart, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID"]


def _top_links() -> list[str]:
    """Links at the top of the tree, such as /lib, as they are outside."""
    links: list[str] = []
    for path in sorted(Path("/").iterdir()):
        if path.is_symlink() and path.name.startswith(("bin", "lib", "sbin")):
            links += ["--symlink", os.readlink(path), str(path)]
    return links


def _binds(paths: Iterable[Path]) -> list[str]:
    """Each path, read-only, at its own place and, where that leads through a link, at the place that was named too."""
    places = {Path(os.path.realpath(path)): Path(os.path.realpath(path)) for path in paths}
    places |= {path.absolute(): Path(os.path.realpath(path)) for path in paths}
    binds: list[str] = []
    bound = [Path(place) for place in (*_MADE_INSIDE, *_top_links()[2::3])]
    for place, real in sorted(places.items()):
        if real.exists() and not any(place.is_relative_to(other) for other in bound):
            bound.append(place)
            binds += ["--ro-bind", str(real), str(place)]
    return binds


def _python() -> list[str]:
    """The interpreter at its own place, as a file even where it is a link, and what tells it its environment."""
    executable = Path(sys.executable)
    told = ["--ro-bind", os.path.realpath(executable), str(executable)]
    settings = Path(sys.prefix) / "pyvenv.cfg"
    return [*told, *(["--ro-bind", str(settings), str(settings)] if settings.exists() else [])]


def _wrap(paths: WorkerPaths, command: list[str]) -> list[str]:
    program = shutil.which("bwrap")
    assert program is not None, "bubblewrap was there a moment ago"
    tree = [*_top_links(), *_TEMPORARY, *_binds(paths.readable), *_python(), "--proc", "/proc", "--dev", "/dev"]
    return [
        program, *_isolation(), "--new-session", *tree, "--remount-ro", "/", "--chdir", "/",
        "--unsetenv", "PWD", "--", *command,
    ]  # fmt: skip


@cache
def bubblewrap_problem() -> str:
    """Why bubblewrap cannot be used here, found by using it; empty where it can."""
    program = shutil.which("bwrap")
    if program is None:
        return "The program bwrap is not installed."
    command = [program, *_isolation(), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", "/bin/true"]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=_TRY_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap does not run: {type(error).__name__}."
    said = tried.stderr.strip().rpartition("\n")[2]
    return "" if tried.returncode == 0 else f"This system does not let bwrap isolate anything ({said[:200]})."


def launch_bubblewrap(settings: ZygoteSettings) -> Launched:
    """Start a zygote inside bubblewrap.

    Raises:
        OSError: The program is missing.
    """
    return launch_process(settings, _wrap)
