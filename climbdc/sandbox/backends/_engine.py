"""Finding a Docker engine."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

from climbdc.sandbox._base import SandboxUnavailable

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["connect", "container_user", "engine_address", "shares_kernel"]

_NOBODY = 65532
_USUAL = "unix:///var/run/docker.sock"
_SECONDS = 5.0
_FIX = (
    "Start Docker, or name its address in DOCKER_HOST; on Linux your account must be in the group `docker`. "
    "`docker version` shows whether it answers."
)


def connect(engine: str = "", timeout: int = 60) -> DockerClient:
    """Reach the Docker engine.

    Args:
        engine: Address such as `unix:///var/run/docker.sock`; empty takes what `DOCKER_HOST` or the chosen context of
            the `docker` command names, as that command does.
        timeout: Seconds to wait for each answer.

    Returns:
        A client whose engine has answered. Close it.

    Raises:
        SandboxUnavailable: No engine answers there.
    """
    import docker
    from docker.errors import DockerException

    told = os.environ.get("DOCKER_HOST", "")
    address = engine or engine_address()
    # A broken address, a missing socket and a wrong answer raise errors of three libraries.
    try:
        _try_socket(address)
        if engine or not told:
            client = docker.DockerClient(base_url=address, timeout=timeout)
        else:
            client = docker.from_env(timeout=timeout)
    except (DockerException, OSError, ValueError) as error:
        raise _silent(address, error) from error
    try:
        client.ping()
    except (DockerException, OSError, ValueError) as error:
        client.close()
        raise _silent(address, error) from error
    return client


def engine_address() -> str:
    """The address that `DOCKER_HOST` or the chosen context of the `docker` command names."""
    return os.environ.get("DOCKER_HOST", "") or _context()


def shares_kernel(client: DockerClient) -> bool:
    """Whether an engine's containers run on this very kernel, so that open files can be handed to them.

    They do not where it is on another computer or in a virtual machine, as Docker Desktop is on every system.

    Args:
        client: What `connect()` gave.
    """
    if sys.platform != "linux" or not engine_address().startswith("unix://"):
        return False
    engine = client.info()
    virtual = str(engine.get("OperatingSystem")) == "Docker Desktop"
    return not virtual and str(engine.get("KernelVersion")) == os.uname().release


def _try_socket(address: str) -> None:
    """Reach a unix socket once: the library leaves one open where that fails.

    Raises:
        OSError: Nobody listens there, or not to this account.
    """
    path = address.removeprefix("unix://")
    if path != address:
        with socket.socket(socket.AF_UNIX) as trial:
            trial.settimeout(_SECONDS)
            trial.connect(path)


def _silent(address: str, error: Exception) -> SandboxUnavailable:
    why = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return SandboxUnavailable(f"No Docker engine answers at {address}{why}.", fix=_FIX)


def _context() -> str:
    """The address in the chosen context of the `docker` command; Docker Desktop keeps its socket in a person's home."""
    from docker.context import ContextAPI

    chosen = os.environ.get("DOCKER_CONTEXT")
    found = ContextAPI.get_context(chosen) if chosen else ContextAPI.get_current_context()
    return str(found.Host or _USUAL) if found is not None else _USUAL


def container_user() -> tuple[int, int]:
    """User and group of the container: never root.

    On behalf of a person it is that person, whose socket and folders it must be able to reach.
    """
    return (_NOBODY, _NOBODY) if os.getuid() == 0 else (os.getuid(), os.getgid())
