"""A sandbox as a service: the zygote listens, and whoever may connect has jobs run."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox.backends._backends import backend_status
from climbdc.sandbox.backends._launch import zygote_command, zygote_environment
from climbdc.sandbox.worker._paths import worker_paths
from climbdc.sandbox.worker._tasks import tasks_allowed
from climbdc.sandbox.worker._zygote import ZygoteConfig

__all__ = ["serve_sandbox"]


_LONGEST = 107
"""Bytes of the path of a unix socket on Linux."""


def _answers(path: Path) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX) as tried:
        try:
            tried.connect(str(path))
        except OSError:
            return False
    return True


def serve_sandbox(place: Path, *, handler: str, preload: Sequence[str]) -> NoReturn:
    """Become the zygote of a sandbox that listens at a socket; this does not return.

    The process begins anew with the few settings that a zygote has, so that nothing of this environment is in it.

    Args:
        place: Path to listen at; an old socket there is replaced.
        handler: `package.module:function` that answers jobs inside.
        preload: Modules to import once.

    Raises:
        SandboxUnavailable: Jobs cannot be locked here, or the folder of the socket is missing or not ours to write in.
    """
    locked = backend_status("landlock")
    if not locked.ok:
        raise SandboxUnavailable(f"Jobs cannot be locked here: {locked.detail}", fix=locked.mend)
    path = place.absolute()
    if _answers(path):
        raise SandboxUnavailable(f"A sandbox service listens at {path} already.", fix="End it, or name another path.")
    if len(os.fsencode(path)) > _LONGEST:
        raise SandboxUnavailable(
            f"The path {path} is too long for a socket.", fix=f"Name one of at most {_LONGEST} characters."
        )
    if path.exists() and not path.is_socket():
        raise SandboxUnavailable(f"{path} is there and is no socket.", fix="Name a path where nothing is.")
    if not os.access(path.parent, os.W_OK):
        raise SandboxUnavailable(
            f"A socket cannot be made at {path}.", fix="Name a path in a folder that this user may write in."
        )
    config = ZygoteConfig(
        handler=handler, preload=tuple(preload), lock=True, listen=str(path), max_tasks=tasks_allowed()
    )
    modules = worker_paths((handler.partition(":")[0], *preload), ()).modules
    kept = {name: os.environ[name] for name in ("MPLCONFIGDIR",) if name in os.environ}
    os.execve(sys.executable, zygote_command(sys.executable, config, modules), zygote_environment() | kept)
