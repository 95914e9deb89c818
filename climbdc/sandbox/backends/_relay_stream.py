"""The standard streams of a program that a Docker engine started in a container, wherever that engine is."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from climbdc.sandbox.backends._relay import FRAME

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["ExecStream"]

_HEADER = struct.Struct("!BxxxI")
_OUTPUT = 1
_BUFFER = 1 << 18
_MOST = 1 << 20


class _Output(io.RawIOBase):
    """What the program writes, taken out of the pieces in which the engine sends it."""

    def __init__(self, sock: Any) -> None:
        super().__init__()
        self._sock = sock
        self._left = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while self._left == 0:
            header = self._header()
            if header is None:
                return 0
            stream, self._left = header
            if stream != _OUTPUT:
                raise ConnectionError("the engine sent something else than was asked for")
        data = self._sock.recv(min(len(target), self._left))
        target[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def _header(self) -> tuple[int, int] | None:
        data = b""
        while len(data) < _HEADER.size:
            piece = self._sock.recv(_HEADER.size - len(data))
            if not piece:
                return None
            data += piece
        stream, size = _HEADER.unpack(data)
        return stream, size


class ExecStream:
    """A program in a container, seen through the engine. One thread may send while another reads.

    It must not speak before it was spoken to: what comes along with the engine's answer would be lost.

    Args:
        client: The engine.
        container: Where to start it.
        command: The program; it runs as the container's user, with the container's privileges.

    Raises:
        ConnectionError: The engine does not start it.
    """

    def __init__(self, client: DockerClient, container: str, command: list[str]) -> None:
        from docker.errors import DockerException

        try:
            created = client.api.exec_create(container, command, stdin=True, stdout=True, stderr=False)
            self._given: Any = client.api.exec_start(created["Id"], socket=True)
        except (DockerException, OSError, ValueError, HTTPException) as error:
            response = getattr(error, "response", None)
            if response is not None:
                # An answer that was to be streamed keeps its connection.
                response.close()
            raise ConnectionError("the engine starts no program in the container") from error
        # The library gives a file around a socket, a socket or a channel of SSH.
        self._sock: Any = getattr(self._given, "_sock", self._given)
        self._sock.settimeout(None)
        self._reader = io.BufferedReader(_Output(self._sock), _BUFFER)

    def send(self, data: bytes) -> None:
        """Send all of it.

        Raises:
            OSError: The program or the engine is gone.
        """
        self._sock.sendall(data)

    def frame(self) -> tuple[bytes, bytes]:
        """Wait for the next frame: its kind and its body.

        Raises:
            EOFError: The program has ended, or what came is no frame.
            OSError: The engine is gone.
        """
        header = self._reader.read(FRAME.size)
        if len(header) < FRAME.size:
            raise EOFError("the relay has ended")
        kind, size = FRAME.unpack(header)
        if size > _MOST:
            raise EOFError("the relay sent something that is no frame")
        body = self._reader.read(size)
        if len(body) < size:
            raise EOFError("the relay has ended")
        return kind, body

    def hang_up(self) -> None:
        """End the connection, which ends the program too; whoever waits on it is woken. Any thread may."""
        with contextlib.suppress(OSError, EOFError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up and let go of the connection; nobody may be using it."""
        self.hang_up()
        response = getattr(self._given, "_response", None)
        for item in (response, self._reader, self._given, self._sock):
            if item is not None:
                with contextlib.suppress(OSError):
                    item.close()
        # The answer knows the library's pool of connections, which closes those that are idle when nobody knows it.
        with contextlib.suppress(AttributeError):
            del self._given._response
        self._given = None
