"""A queue, a segment, a semaphore and a named queue of the host, which only its user may use, to be stolen from."""

from __future__ import annotations

import ctypes
import os
import secrets
import subprocess
import sys
from collections.abc import Callable

from climbdc.sandbox.attacks._syscalls import libc
from climbdc.sandbox.attacks._targets import Ipc

__all__ = ["PlantedIpc"]

_BYTES = 256
_CREATE, _ONLY_OURS = 0o1000, 0o600
_IPC_STAT, _GETVAL, _SETVAL = 2, 12, 16
_VALUE = 7
# Of `struct msqid64_ds`: how many messages wait.
_WAITING = slice(80, 88)
# What is planted would outlive a host that is killed, so that another process removes it, when its input ends.
_REMOVER = """
import ctypes, sys
sys.stdin.read()
library, (queue, segment, semaphore) = ctypes.CDLL(None), map(int, sys.argv[1:4])
library.msgctl(queue, 0, None)
library.shmctl(segment, 0, None)
library.semctl(semaphore, 0, 0)
library.mq_unlink(sys.argv[4].encode())
"""


class _Message(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_long), ("text", ctypes.c_char * _BYTES)]


class PlantedIpc:
    """What other programs share by numbers and names. Where the system has none of a kind, there is none to steal.

    Args:
        secret: The canary, which the queue and the segment hold.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._name = f"/climbdc-{secrets.token_hex(8)}"
        self._there = sys.platform == "linux"
        self._plant()

    def _plant(self) -> None:
        self._queue = self._segment = self._semaphore = self._named = -1
        if not self._there:
            return
        library = libc()
        self._queue = library.msgget(0, _CREATE | _ONLY_OURS)
        message = _Message(1, self._secret)
        library.msgsnd(self._queue, ctypes.byref(message), ctypes.c_size_t(len(self._secret)), 0)
        self._segment = library.shmget(0, ctypes.c_size_t(_BYTES), _CREATE | _ONLY_OURS)
        library.shmat.restype = ctypes.c_void_p
        start = library.shmat(self._segment, None, 0)
        if start not in (None, ctypes.c_size_t(-1).value):
            ctypes.memmove(start, self._secret, len(self._secret))
            library.shmdt(ctypes.c_void_p(start))
        self._semaphore = library.semget(0, 1, _CREATE | _ONLY_OURS)
        library.semctl(self._semaphore, 0, _SETVAL, _VALUE)
        self._named = library.mq_open(self._name.encode(), os.O_CREAT | os.O_EXCL | os.O_RDWR, _ONLY_OURS, None)
        planted = map(str, (self._queue, self._segment, self._semaphore, self._name))
        command = [sys.executable, "-I", "-S", "-c", _REMOVER, *planted]
        self._remover = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._before = self._state()

    def targets(self) -> Ipc:
        """Numbers and names of what is planted."""
        return Ipc(queue=self._queue, segment=self._segment, semaphore=self._semaphore, named_queue=self._name)

    def _messages(self) -> int:
        about = ctypes.create_string_buffer(_BYTES)
        if libc().msgctl(self._queue, _IPC_STAT, about) == -1:
            return -1
        return int.from_bytes(about.raw[_WAITING], sys.byteorder)

    def _named_is_there(self) -> bool:
        file = libc().mq_open(self._name.encode(), os.O_RDONLY)
        if file != -1:
            os.close(file)
        return bool(file != -1)

    def _state(self) -> dict[str, object]:
        about = ctypes.create_string_buffer(_BYTES)
        looks: dict[str, Callable[[], object]] = {
            "a queue": self._messages,
            "shared memory": lambda: libc().shmctl(self._segment, _IPC_STAT, about),
            "a semaphore": lambda: libc().semctl(self._semaphore, 0, _GETVAL),
            "a named queue": self._named_is_there,
        }
        return {name: look() for name, look in looks.items()}

    def caught(self) -> list[str]:
        """What is not as it was; it is planted anew."""
        if not self._there:
            return []
        now = self._state()
        changed = [f"changed {name}" for name, was in self._before.items() if now[name] != was]
        if changed:
            self.close()
            self._plant()
        return changed

    def close(self) -> None:
        """Remove everything."""
        if not self._there:
            return
        # A number that is not there is -1, which names nothing.
        self._remover.communicate()
        if self._named != -1:
            os.close(self._named)
