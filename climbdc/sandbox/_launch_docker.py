"""A hardened container around the zygote; and a service that runs one for others.

The container gets no network, nothing to write to and no privilege, and one folder: that with the socket over which it
calls its host. Inputs come as open files over that socket. Options and their reasons:
`docs/decisions/0004-backends.md`.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._engine import connect
from climbdc.sandbox._image import IMAGE, image_status
from climbdc.sandbox._launch import ZygoteSettings, zygote_command, zygote_environment
from climbdc.sandbox._sweep import OWNER_LABEL, owner, sweep
from climbdc.sandbox._zygote import ZygoteConfig

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["launch_docker", "launch_service"]

_PYTHON = "/opt/climbdc/bin/python"
_INSIDE = "/run/climbdc-host"
_SOCKET = "host.sock"
_NOBODY = 65532
_CALL_SECONDS = 60
_SERVICE_SECONDS = 30
_END_SECONDS = 5
_TASKS = 256
_GIB = 1 << 30
_MOST_MEMORY = 16 * _GIB
_CORES = 2


def _is_open(control: socket.socket) -> bool:
    """Nothing is ever said on it after the greeting: what can be read is its end."""
    try:
        return not select.select([control], [], [], 0)[0]
    except (OSError, ValueError):
        return False


@dataclass
class _Contained:
    """A zygote in a container of ours."""

    control: socket.socket
    container: Container
    client: DockerClient
    folder: Path

    def alive(self) -> bool:
        return _is_open(self.control)

    def complaint(self) -> str:
        return _state(self.container)

    def end(self) -> None:
        self.control.close()
        _remove(self.container, _END_SECONDS)
        self.client.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class _Service:
    """A zygote that belongs to somebody else."""

    control: socket.socket

    def alive(self) -> bool:
        return _is_open(self.control)

    def complaint(self) -> str:
        return "the service closed the connection"

    def end(self) -> None:
        self.control.close()


def _state(container: Container) -> str:
    from docker.errors import DockerException

    try:
        container.reload()
    except DockerException:
        return "its container is gone"
    state: dict[str, Any] = container.attrs["State"]
    return f"its container ended with code {state.get('ExitCode')} {state.get('Error', '')}".strip()


def _remove(container: Container, patience: float) -> None:
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


def _user() -> tuple[int, int]:
    """Never root; on behalf of a person it is that person, whose socket it must be able to reach."""
    return (_NOBODY, _NOBODY) if os.getuid() == 0 else (os.getuid(), os.getgid())


def _memory() -> int:
    import psutil

    return min(_MOST_MEMORY, int(psutil.virtual_memory().total * 3 // 4))


def _options(folder: Path, mounted: list[Path]) -> dict[str, Any]:
    from docker.types import LogConfig, Ulimit

    memory = _memory()
    return {
        "auto_remove": True,
        "cap_drop": ["ALL"],
        "init": True,
        "ipc_mode": "private",
        "labels": {OWNER_LABEL: owner()},
        "log_config": LogConfig(type="none"),
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": min(_CORES, os.cpu_count() or 1) * 1_000_000_000,
        "network_mode": "none",
        "pids_limit": _TASKS,
        "read_only": True,
        "security_opt": ["no-new-privileges:true"],
        "shm_size": "1m",
        # For what insists on a place for temporary files when it is imported; jobs cannot write there.
        "tmpfs": {"/tmp": "size=1m,noexec,nosuid,nodev"},
        "ulimits": [Ulimit(name="core", soft=0, hard=0)],
        "user": ":".join(map(str, _user())),
        "volumes": {str(folder): {"bind": _INSIDE, "mode": "ro"}}
        | {str(path): {"bind": str(path), "mode": "ro"} for path in mounted},
        "working_dir": "/",
    }


def _mounted(settings: ZygoteSettings) -> list[Path]:
    knowledge = os.environ.get("CLIMBDC_KNOWLEDGE_DIR")
    return [path.resolve() for path in (*settings.readable, *([Path(knowledge)] if knowledge else []))]


def _environment() -> list[str]:
    """The command that forgets what the image sets, and sets what a zygote is to have."""
    given = zygote_environment() | {"MPLCONFIGDIR": "/tmp"}
    return ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in given.items())]


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"climbdc-{owner()}-"))
    if os.getuid() == 0:
        os.chown(folder, *_user())
    return folder


def _await_call(listener: socket.socket, container: Container) -> socket.socket:
    """Wait until the zygote in the container calls.

    Raises:
        SandboxUnavailable: It ended, or never called.
    """
    from docker.errors import DockerException

    listener.settimeout(1)
    deadline = time.monotonic() + _CALL_SECONDS
    while time.monotonic() < deadline:
        try:
            return listener.accept()[0]
        except TimeoutError:
            with contextlib.suppress(DockerException):
                container.reload()
                if container.status in ("created", "running"):
                    continue
            break
    raise SandboxUnavailable(
        f"The sandbox's container did not start: {_state(container)}.",
        fix="Build the image again: climbdc sandbox build",
        code="no-worker",
    )


def launch_docker(settings: ZygoteSettings) -> _Contained:
    """Start a zygote in a container. No image is ever pulled; what a dead host left behind is removed first.

    Raises:
        SandboxUnavailable: There is no engine, no image of this code, or the container does not start.
    """
    from docker.errors import DockerException

    client = connect()
    folder = _folder()
    try:
        status = image_status(client)
        if not status.ok:
            raise SandboxUnavailable(status.detail, fix=status.mend)
        sweep(client)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(folder / _SOCKET))
            os.chown(folder / _SOCKET, *_user())
            listener.listen(1)
            mounted = _mounted(settings)
            config = ZygoteConfig(
                connect=f"{_INSIDE}/{_SOCKET}", handler=settings.handler, preload=settings.preload,
                lock=settings.lock, extra=tuple(mounted), abi=settings.abi,
            )  # fmt: skip
            command = [*_environment(), *zygote_command(_PYTHON, config, [path for path in mounted if path.is_dir()])]
            container = client.containers.create(IMAGE, command, **_options(folder, mounted))
            try:
                container.start()
                control = _await_call(listener, container)
            except BaseException:
                _remove(container, 0)
                raise
        return _Contained(control, container, client, folder)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        client.close()
        if isinstance(error, DockerException):
            raise SandboxUnavailable(
                f"The Docker engine did not start a container: {str(error)[:300]}",
                fix="See `docker info` and the log of the engine.",
            ) from error
        raise


def launch_service(settings: ZygoteSettings, path: Path) -> _Service:
    """Reach a sandbox that runs as a service of its own.

    Args:
        settings: What it must be running; it cannot be given other folders to read.
        path: Its socket.

    Raises:
        SandboxUnavailable: It does not answer, or folders are asked for.
    """
    if settings.readable:
        raise SandboxUnavailable(
            "The sandbox service reads its own image only, and other folders were asked for.",
            fix="Put the tools into the image of the service.",
        )
    deadline = time.monotonic() + _SERVICE_SECONDS
    while True:
        control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            control.connect(str(path))
        except OSError as error:
            control.close()
            # Whoever starts both at once may be here first.
            if isinstance(error, (FileNotFoundError, ConnectionRefusedError)) and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise SandboxUnavailable(
                f"The sandbox service does not answer at {path}: {error.strerror}.",
                fix="Start it: docker compose up sandbox, or climbdc sandbox serve --socket PATH",
            ) from error
        return _Service(control)
