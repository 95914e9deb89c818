"""Finding a Docker engine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from climbdc.sandbox._base import SandboxUnavailable

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["connect"]

_USUAL = "unix:///var/run/docker.sock"
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
    address = engine or told or _context()
    try:
        if engine or not told:
            client = docker.DockerClient(base_url=address, timeout=timeout)
        else:
            client = docker.from_env(timeout=timeout)
        client.ping()
    # A broken address, a missing socket and a wrong answer raise errors of three libraries.
    except (DockerException, OSError, ValueError) as error:
        raise SandboxUnavailable(f"No Docker engine answers at {address}.", fix=_FIX) from error
    return client


def _context() -> str:
    """The address in the chosen context of the `docker` command; Docker Desktop keeps its socket in a person's home."""
    from docker.context import ContextAPI

    chosen = os.environ.get("DOCKER_CONTEXT")
    found = ContextAPI.get_context(chosen) if chosen else ContextAPI.get_current_context()
    return str(found.Host or _USUAL) if found is not None else _USUAL
