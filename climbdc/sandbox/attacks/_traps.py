"""Listeners of the host that nothing from inside a sandbox should reach."""

from __future__ import annotations

import contextlib
import os
import pty
import secrets
import select
import socket
from collections.abc import Callable
from pathlib import Path

__all__ = ["Traps"]

_LOCAL, _ELSEWHERE = "127.0.0.1", "127.83.71.5"


class Traps:
    """Sockets and a terminal that remember whether anyone came.

    Args:
        folder: Where the socket files go.
    """

    def __init__(self, folder: Path) -> None:
        self._stack = contextlib.ExitStack()
        self.abstract = f"@climbdc-{secrets.token_hex(8)}"
        self.streams = {
            "tcp": self._listen(socket.AF_INET, (_LOCAL, 0)),
            "tcp elsewhere": self._elsewhere(),
            "a socket file": self._listen(socket.AF_UNIX, str(folder / "stream")),
        }
        with contextlib.suppress(OSError):  # only Linux has names without a file
            self.streams["an abstract socket"] = self._listen(socket.AF_UNIX, self.abstract.replace("@", "\0"))
        self.datagrams = {
            "udp": self._bind(socket.AF_INET, socket.SOCK_DGRAM, (_LOCAL, 0)),
            "datagrams to a file": self._bind(socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / "datagrams")),
        }
        self.terminal, self._typed = self._open_terminal()

    def _open_terminal(self) -> tuple[str, int | None]:
        """A terminal of our own, by its name and where it shows what came; none where a container has none."""
        try:
            ours, theirs = pty.openpty()
        except OSError:
            return "/dev/tty", None
        self._stack.callback(os.close, ours)
        self._stack.callback(os.close, theirs)
        return os.ttyname(theirs), ours

    def _bind(self, family: int, kind: int, address: tuple[str, int] | str) -> socket.socket:
        sock = self._stack.enter_context(socket.socket(family, kind))
        sock.setblocking(False)
        sock.bind(address)
        return sock

    def _listen(self, family: int, address: tuple[str, int] | str) -> socket.socket:
        sock = self._bind(family, socket.SOCK_STREAM, address)
        sock.listen()
        return sock

    def _elsewhere(self) -> socket.socket:
        try:
            return self._listen(socket.AF_INET, (_ELSEWHERE, 0))
        except OSError:  # only Linux has the whole of 127.0.0.0/8
            return self._listen(socket.AF_INET, (_LOCAL, 0))

    def caught(self) -> list[str]:
        """Names of the traps that somebody has reached since the last time."""
        names = [name for name, sock in self.streams.items() if _drain(sock.accept)]
        names += [name for name, sock in self.datagrams.items() if _drain(sock.recv, 100)]
        while self._typed is not None and select.select([self._typed], [], [], 0)[0]:
            os.read(self._typed, 100)
            names.append("a terminal")
        return list(dict.fromkeys(names))

    def close(self) -> None:
        """Close everything."""
        self._stack.close()


def _drain(take: Callable[..., object], *arguments: int) -> bool:
    """Take all that came; whether anything did."""
    came = False
    while True:
        try:
            taken = take(*arguments)
        except OSError:
            return came
        came = True
        if isinstance(taken, tuple):
            taken[0].close()
