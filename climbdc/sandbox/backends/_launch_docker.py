"""A hardened container around the zygote; and a service that runs one for others.

The container gets no network, nothing to write to and no privilege, and one folder: that with the socket over which it
calls its host. Inputs come as open files over that socket. Options and their reasons:
`docs/decisions/0004-backends.md`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._image import IMAGE
from climbdc.sandbox.backends._container import (
    container_command,
    container_options,
    container_state,
    control_is_open,
    mounted_paths,
    remove_container,
    usable_engine,
)
from climbdc.sandbox.backends._engine import container_user
from climbdc.sandbox.backends._launch import ZygoteSettings
from climbdc.sandbox.backends._sweep import temporary_folder
from climbdc.sandbox.worker._zygote import ZygoteConfig

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["launch_docker", "launch_service"]

_INSIDE = "/run/climbdc-host"
_SOCKET = "host.sock"
_CALL_SECONDS = 60
_SERVICE_SECONDS = 30
_END_SECONDS = 5


@dataclass
class _Contained:
    """A zygote in a container of ours."""

    control: socket.socket
    container: Container
    client: DockerClient
    folder: Path

    def alive(self) -> bool:
        return control_is_open(self.control)

    def complaint(self) -> str:
        return container_state(self.container)

    def end(self) -> None:
        self.control.close()
        remove_container(self.container, _END_SECONDS)
        self.client.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class _Service:
    """A zygote that belongs to somebody else."""

    control: socket.socket

    def alive(self) -> bool:
        return control_is_open(self.control)

    def complaint(self) -> str:
        return "the service closed the connection"

    def end(self) -> None:
        self.control.close()


def _folder() -> Path:
    folder = temporary_folder("socket")
    if os.getuid() == 0:
        os.chown(folder, *container_user())
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
        f"The sandbox's container did not start: {container_state(container)}.",
        fix="Build the image again: climbdc sandbox build",
        code="no-worker",
    )


def launch_docker(settings: ZygoteSettings) -> _Contained:
    """Start a zygote in a container. No image is ever pulled; what a dead host left behind is removed first.

    Raises:
        SandboxUnavailable: There is no engine, no image of this code, or the container does not start.
    """
    folder = _folder()
    try:
        with usable_engine() as client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(folder / _SOCKET))
            os.chown(folder / _SOCKET, *container_user())
            listener.listen(1)
            mounted = mounted_paths(settings)
            config = ZygoteConfig(
                connect=f"{_INSIDE}/{_SOCKET}", handler=settings.handler, preload=settings.preload,
                lock=settings.lock, extra=tuple(mounted), abi=settings.abi,
            )  # fmt: skip
            options = container_options(client, mounted)
            options["volumes"][str(folder)] = {"bind": _INSIDE, "mode": "ro"}
            container = client.containers.create(IMAGE, container_command(config, mounted), **options)
            try:
                container.start()
                control = _await_call(listener, container)
            except BaseException:
                remove_container(container, 0)
                raise
            return _Contained(control, container, client, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
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
