"""Handing open files from one process to another over a socket (SCM_RIGHTS)."""

from __future__ import annotations

import array
import os
import socket
import struct
from collections.abc import Sequence

__all__ = ["MAX_FILES", "receive_with_files", "send_with_files"]

MAX_FILES = 250
"""The kernel passes 253 in one message."""
_LENGTH = struct.Struct("!I")
_MAX_BODY = 1 << 20


def send_with_files(sock: socket.socket, body: bytes, files: Sequence[int] = ()) -> None:
    """Send a short message and duplicates of these file descriptors.

    Raises:
        OSError: The other side is gone.
    """
    message = _LENGTH.pack(len(body)) + body
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
    sent = sock.sendmsg([message], rights)
    # Even nothing would be sent, and refused by a receiver that has all it wants and has closed.
    if sent < len(message):
        sock.sendall(message[sent:])


def receive_with_files(sock: socket.socket) -> tuple[bytes, list[int]]:
    """Receive a message and its file descriptors, which the caller must close.

    Raises:
        EOFError: The other side closed, or the message is broken.
        TimeoutError: The socket's timeout passed.
    """
    files = array.array("i")
    # MSG_CMSG_CLOEXEC is missing in macOS, where Python sets the flag afterwards anyway.
    flags = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
    first, rights, _, _ = sock.recvmsg(_LENGTH.size, socket.CMSG_SPACE(MAX_FILES * files.itemsize), flags)
    for level, kind, data in rights:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            files.frombytes(data[: len(data) - len(data) % files.itemsize])
    try:
        length = _LENGTH.unpack(first + _exactly(sock, _LENGTH.size - len(first)))[0]
        if length > _MAX_BODY:
            raise EOFError("a broken message")
        return _exactly(sock, length), list(files)
    except BaseException:
        for file in files:
            os.close(file)
        raise


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        if not piece:
            raise EOFError("the other side closed")
        data += piece
    return data
