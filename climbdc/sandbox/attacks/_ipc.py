"""Attacks by queues, segments and semaphores: own ones that would outlive the job, and those of other programs."""

from __future__ import annotations

import ctypes
import os

from climbdc.sandbox.attacks._attempt import Attempts, Inside
from climbdc.sandbox.attacks._files import evidence
from climbdc.sandbox.attacks._syscalls import libc

_BYTES = 256
_IPC_RMID, _IPC_STAT, _GETVAL, _SETVAL = 0, 2, 12, 16
_IPC_NOWAIT, _SHM_RDONLY = 0o4000, 0o10000
_SEMAPHORE_VALUE = 2


class _Message(ctypes.Structure):
    """`struct msgbuf`."""

    _fields_ = [("kind", ctypes.c_long), ("text", ctypes.c_char * _BYTES)]


def _checked(result: int) -> int:
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _ipc(get: str, control: str, *arguments: int) -> str:
    library = libc()
    made = _checked(getattr(library, get)(0, *arguments))
    remove = (made, 0, None) if control != "semctl" else (made, 0, 0)
    getattr(library, control)(*remove)
    return "made"


def _queue(mark: str) -> str:
    name, library = f"/{mark}".encode(), libc()
    _checked(library.mq_open(name, os.O_CREAT | os.O_RDWR, 0o600, None))
    library.mq_unlink(name)
    return "made"


def sysv_ipc(inside: Inside, attempts: Attempts) -> None:
    attempts.do("share memory", lambda: _ipc("shmget", "shmctl", 4096, 0o1600))
    attempts.do("make a semaphore", lambda: _ipc("semget", "semctl", 1, 0o1600))
    attempts.do("make a message queue", lambda: _ipc("msgget", "msgctl", 0o1600))
    attempts.do("make a named queue", lambda: _queue(inside.targets.mark))


def _read_segment(segment: int) -> str:
    library = libc()
    library.shmat.restype = ctypes.c_void_p
    start = library.shmat(segment, None, _SHM_RDONLY)
    if start in (None, ctypes.c_size_t(-1).value):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    try:
        return evidence(ctypes.string_at(start, _BYTES))
    finally:
        library.shmdt(ctypes.c_void_p(start))


def _take_message(queue: int) -> str:
    message = _Message()
    _checked(libc().msgrcv(queue, ctypes.byref(message), ctypes.c_size_t(_BYTES), ctypes.c_long(0), _IPC_NOWAIT))
    return evidence(message.text)


def _put_message(queue: int) -> str:
    message = _Message(1, b"left by an attack")
    _checked(libc().msgsnd(queue, ctypes.byref(message), ctypes.c_size_t(17), _IPC_NOWAIT))
    return "sent"


def _call(name: str, *arguments: object) -> str:
    return f"{_checked(getattr(libc(), name)(*arguments))}"


def sysv_others(inside: Inside, attempts: Attempts) -> None:
    targets, about = inside.targets.ipc, ctypes.create_string_buffer(_BYTES)
    attempts.look("take a message of another program", _take_message, targets.queue)
    attempts.do("send one into its queue", _put_message, targets.queue)
    attempts.do("look at its queue", _call, "msgctl", targets.queue, _IPC_STAT, about)
    attempts.look("read its shared memory", _read_segment, targets.segment)
    attempts.do("look at its shared memory", _call, "shmctl", targets.segment, _IPC_STAT, about)
    attempts.do("read its semaphore", _call, "semctl", targets.semaphore, 0, _GETVAL)
    attempts.do("change its semaphore", _call, "semctl", targets.semaphore, 0, _SETVAL, _SEMAPHORE_VALUE)
    attempts.do("open its named queue", _call, "mq_open", targets.named_queue.encode(), os.O_RDONLY)
    attempts.do("remove its shared memory", _call, "shmctl", targets.segment, _IPC_RMID, None)
    attempts.do("remove its queue", _call, "msgctl", targets.queue, _IPC_RMID, None)
    attempts.do("remove its semaphore", _call, "semctl", targets.semaphore, 0, _IPC_RMID)
    attempts.do("remove its named queue", _call, "mq_unlink", targets.named_queue.encode())
