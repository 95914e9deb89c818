"""The backends, best first: what each needs, whether that is here, and how its zygote is started."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from climbdc.sandbox._base import BackendStatus, SandboxUnavailable
from climbdc.sandbox.worker._landlock import landlock_abi, landlock_losses
from climbdc.sandbox.worker._seccomp import machine_supported

if TYPE_CHECKING:
    from climbdc.sandbox.backends._launch import Launcher

__all__ = ["AUTO", "BACKENDS", "WAY_OUT", "available_backends", "backend_status", "launcher", "service_socket"]

BACKENDS = ("docker", "bubblewrap", "landlock")
AUTO = ("bubblewrap", "landlock", "docker")
"""What `auto` tries in turn. Docker last, though it isolates no worse: it needs an engine and an image to begin with.
Where a service is named, that alone is tried."""
_LINUX = (
    "Install bubblewrap (apt-get install bubblewrap), or Docker and then `climbdc sandbox build`, or use Linux 5.13 or "
    "later with Landlock on. Built-in tools alone also run without one, unprotected, with `--unsafe-no-sandbox`."
)
_MACOS = "Install Docker Desktop, and then `climbdc sandbox build`; docs/docker.md says how."
_START_SERVICE = "Start it: docker compose up sandbox, or climbdc sandbox serve --socket PATH"
_OTHER = "Install Docker Desktop and use climbdc in WSL 2 or through Docker Compose; docs/docker.md says how."
WAY_OUT = {"linux": _LINUX, "darwin": _MACOS}.get(sys.platform, _OTHER)


@dataclass(frozen=True)
class _NotHere(Exception):
    detail: str
    mend: str = WAY_OUT


def service_socket() -> Path | None:
    """The socket of a sandbox service, where one is named in the settings."""
    from climbdc.settings import Settings

    return Settings().sandbox_socket


def _need_linux_lock() -> str:
    """What the lock on each job needs.

    Returns:
        What it is made of here, and what an older kernel leaves out.

    Raises:
        _NotHere: It cannot be had.
    """
    if sys.platform != "linux":
        raise _NotHere(f"It needs Linux, and this is {sys.platform}.")
    if not machine_supported():
        raise _NotHere(f"System calls are not known for the processor {os.uname().machine}.")
    abi = landlock_abi()
    if abi < 1:
        raise _NotHere("The kernel has no Landlock, or it is switched off.")
    losses = "; ".join(landlock_losses(abi))
    return f"Landlock ABI {abi} with seccomp" + (f"; {losses}." if losses else "")


def _landlock() -> str:
    return _need_linux_lock()


def _bubblewrap() -> str:
    lock = _need_linux_lock()
    from climbdc.sandbox.backends._launch_bubblewrap import bubblewrap_problem

    problem = bubblewrap_problem()
    if problem:
        installed = "" if "not installed" in problem else "Use `landlock`, which needs no rights over namespaces."
        raise _NotHere(problem, installed or "apt-get install bubblewrap, or your system's equal.")
    return f"Namespaces by bubblewrap, and inside {lock}"


def _service(path: Path) -> str:
    if path.exists() and not path.is_socket():
        raise _NotHere(f"{path} is no socket.", "Name the socket of a sandbox service in CLIMBDC_SANDBOX_SOCKET.")
    if not path.parent.is_dir():
        raise _NotHere(f"There is no folder {path.parent} for the socket of a sandbox service.", _START_SERVICE)
    return f"A sandbox service, to be reached at {path}."


def _docker() -> str:
    socket = service_socket()
    if socket is not None:
        return _service(socket)
    from climbdc.sandbox._image import image_status
    from climbdc.sandbox.backends._engine import connect, shares_kernel

    try:
        client = connect(timeout=5)
    except SandboxUnavailable as error:
        raise _NotHere(error.message, error.fix) from error
    try:
        status = image_status(client)
        version = client.version().get("Version", "of unknown version")
        apart = "" if shares_kernel(client) else " It is not on this kernel: what jobs read is copied to it."
    finally:
        client.close()
    if not status.ok:
        raise _NotHere(status.detail, status.mend)
    return f"Docker engine {version} and the image of this version.{apart}"


_FOUND = {"docker": _docker, "bubblewrap": _bubblewrap, "landlock": _landlock}


def backend_status(name: str) -> BackendStatus:
    """Whether what a backend needs is here.

    Args:
        name: One of `BACKENDS`.
    """
    try:
        return BackendStatus(name, True, _FOUND[name]())
    except _NotHere as reason:
        return BackendStatus(name, False, reason.detail, reason.mend)


def available_backends() -> list[BackendStatus]:
    """What is there for each backend, best first. Only opening one shows that it holds."""
    return [backend_status(name) for name in BACKENDS]


def launcher(name: str) -> Launcher:
    """How the zygote of a backend is started.

    Raises:
        SandboxUnavailable: That cannot be told, because no engine answers.
    """
    if name == "bubblewrap":
        from climbdc.sandbox.backends._launch_bubblewrap import launch_bubblewrap

        return launch_bubblewrap
    if name == "docker":
        return _docker_launcher()
    from climbdc.sandbox.backends._launch import launch_process

    return launch_process


def _docker_launcher() -> Launcher:
    from climbdc.sandbox.backends._engine import connect, shares_kernel
    from climbdc.sandbox.backends._launch_docker import launch_docker, launch_service
    from climbdc.sandbox.backends._launch_relay import launch_relay

    socket = service_socket()
    if socket is not None:
        return partial(launch_service, path=socket)
    with closing(connect()) as client:
        return launch_docker if shares_kernel(client) else launch_relay
