"""The hardened container around a zygote, however it is reached: its options, its command, its end.

It gets no network, nothing to write to that lasts, no privilege and bounded resources. Options and their reasons:
`docs/decisions/0004-backends.md`.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._image import image_status
from climbdc.sandbox.backends._engine import connect, container_user
from climbdc.sandbox.backends._launch import ZygoteSettings, zygote_command, zygote_environment
from climbdc.sandbox.backends._sweep import owner_labels, sweep
from climbdc.sandbox.worker._zygote import ZygoteConfig

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = [
    "PYTHON",
    "container_command",
    "container_options",
    "container_state",
    "control_is_open",
    "mounted_paths",
    "remove_container",
    "usable_engine",
]

PYTHON = "/opt/climbdc/bin/python"
"""The interpreter in the image."""
_TASKS = 256
_GIB = 1 << 30
_MOST_MEMORY = 16 * _GIB
_CORES = 2


def container_options(client: DockerClient, mounted: list[Path]) -> dict[str, Any]:
    """How a container is created.

    Args:
        client: The engine, whose memory and processors may be others than this computer's.
        mounted: Folders and files to mount, for reading only.
    """
    from docker.types import LogConfig, Ulimit

    engine = client.info()
    memory = min(_MOST_MEMORY, int(engine["MemTotal"] * 3 // 4))
    return {
        "auto_remove": True,
        "cap_drop": ["ALL"],
        "init": True,
        "ipc_mode": "private",
        "labels": owner_labels(),
        "log_config": LogConfig(type="none"),
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": min(_CORES, int(engine["NCPU"])) * 1_000_000_000,
        "network_mode": "none",
        "pids_limit": _TASKS,
        "read_only": True,
        "security_opt": ["no-new-privileges:true"],
        "shm_size": "1m",
        # For what insists on a place for temporary files when it is imported; jobs cannot write there.
        "tmpfs": {"/tmp": "size=1m,noexec,nosuid,nodev"},
        "ulimits": [Ulimit(name="core", soft=0, hard=0)],
        "user": ":".join(map(str, container_user())),
        "volumes": {str(path): {"bind": str(path), "mode": "ro"} for path in mounted},
        "working_dir": "/",
    }


def mounted_paths(settings: ZygoteSettings) -> list[Path]:
    """What a zygote with these settings reads beside its image."""
    knowledge = os.environ.get("CLIMBDC_KNOWLEDGE_DIR")
    return [path.resolve() for path in (*settings.readable, *([Path(knowledge)] if knowledge else []))]


def container_command(config: ZygoteConfig, mounted: list[Path]) -> list[str]:
    """The command that forgets what the image sets, sets what a zygote is to have, and runs one."""
    given = zygote_environment() | {"MPLCONFIGDIR": "/tmp"}
    environment = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in given.items())]
    return [*environment, *zygote_command(PYTHON, config, [path for path in mounted if path.is_dir()])]


def container_state(container: Container) -> str:
    """How a container ended, in words."""
    from docker.errors import DockerException

    try:
        container.reload()
    except DockerException:
        return "its container is gone"
    state: dict[str, Any] = container.attrs["State"]
    return f"its container ended with code {state.get('ExitCode')} {state.get('Error', '')}".strip()


def remove_container(container: Container, patience: float) -> None:
    """Wait for a container that ends by itself, and remove it where it does not."""
    from docker.errors import APIError, DockerException

    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            container.reload()
        except DockerException:
            return
        if container.status not in ("created", "running", "removing"):
            break
        time.sleep(0.02)
    with contextlib.suppress(APIError):
        container.remove(force=True)


def control_is_open(control: socket.socket) -> bool:
    """Whether a zygote is still there. Nothing is ever said on it after the greeting: what can be read is its end."""
    poll = select.poll()
    try:
        poll.register(control, select.POLLIN)
        return not poll.poll(0)
    except (OSError, ValueError):
        return False


@contextmanager
def usable_engine() -> Iterator[DockerClient]:
    """An engine with the image of this code, rid of what dead hosts left. No image is ever pulled.

    The client stays open for whoever keeps what the block made; it is closed where the block fails.

    Raises:
        SandboxUnavailable: There is none, or what the block asked of it failed.
    """
    from docker.errors import DockerException

    client = connect()
    try:
        status = image_status(client)
        if not status.ok:
            raise SandboxUnavailable(status.detail, fix=status.mend)
        sweep(client)
        yield client
    except DockerException as error:
        client.close()
        raise SandboxUnavailable(
            f"The Docker engine did not start a container: {str(error)[:300]}",
            fix="See `docker info` and the log of the engine.",
        ) from error
    except BaseException:
        client.close()
        raise
