"""A zygote in a container to which no open file can be passed: Docker Desktop, an engine on another computer.

The container is the same as elsewhere, but nothing of this computer is mounted for reaching it: the zygote listens in
the container's own memory, and what jobs are sent is carried there by programs that the engine starts.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._image import IMAGE
from climbdc.sandbox.backends._container import (
    PYTHON,
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
from climbdc.sandbox.backends._relay_proxy import RelayProxy
from climbdc.sandbox.backends._relay_stream import ExecStream
from climbdc.sandbox.worker._zygote import ZygoteConfig

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["launch_relay"]

_FOLDER = "/run/climbdc"
_SOCKET = f"{_FOLDER}/zygote.sock"
_END_SECONDS = 5
# The packages around the relay take half a second to import, and it needs nothing of them.
_BOOTSTRAP = """
import sys, types
site = sys.executable.rpartition("/bin/")[0] + "/lib/python%d.%d/site-packages/" % sys.version_info[:2]
for name in ("climbdc", "climbdc.sandbox", "climbdc.sandbox.backends", "climbdc.sandbox.wire"):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [site + name.replace(".", "/")]
from climbdc.sandbox.backends._relay import main
main(*sys.argv[1:])
"""


@dataclass
class _Relayed:
    """A zygote in a container of ours, and its stand-in here."""

    control: socket.socket
    proxy: RelayProxy
    container: Container
    client: DockerClient

    def alive(self) -> bool:
        return control_is_open(self.control)

    def complaint(self) -> str:
        return container_state(self.container)

    def end(self) -> None:
        self.proxy.close()
        remove_container(self.container, _END_SECONDS)
        self.client.close()


def _create(client: DockerClient, settings: ZygoteSettings) -> Container:
    mounted = mounted_paths(settings)
    user, group = container_user()
    options = container_options(client, mounted)
    options["tmpfs"][_FOLDER] = f"size=64k,mode=0700,uid={user},gid={group},noexec,nosuid,nodev"
    config = ZygoteConfig(
        listen=_SOCKET, lifeline=True, handler=settings.handler, preload=settings.preload, lock=settings.lock,
        extra=tuple(mounted), abi=settings.abi,
    )  # fmt: skip
    return client.containers.create(IMAGE, container_command(config, mounted), **options)


def launch_relay(settings: ZygoteSettings) -> _Relayed:
    """Start a zygote in a container of any engine that can be reached; see `launch_docker`.

    Raises:
        SandboxUnavailable: There is no engine, no image of this code, or the container does not start.
    """
    with usable_engine() as client:
        container = _create(client, settings)
        try:
            container.start()
            command = [PYTHON, "-P", "-s", "-S", "-E", "-c", _BOOTSTRAP]
            proxy = RelayProxy(lambda what: ExecStream(client, str(container.id), [*command, what, _SOCKET]))
        except ConnectionError as error:
            state = container_state(container)
            remove_container(container, 0)
            raise SandboxUnavailable(
                f"The sandbox's container did not start: {state}.",
                fix="Build the image again: climbdc sandbox build",
                code="no-worker",
            ) from error
        except BaseException:
            remove_container(container, 0)
            raise
        return _Relayed(proxy.control, proxy, container, client)
