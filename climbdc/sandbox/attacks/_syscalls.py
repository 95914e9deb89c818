"""System calls by their number, past whatever the C library would say first."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from typing import Any

from climbdc.sandbox.worker._seccomp import syscall_numbers

__all__ = ["call_number", "libc", "reach", "syscall"]

_REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)


def libc() -> ctypes.CDLL:
    """The C library."""
    return ctypes.CDLL(None, use_errno=True)


def _number(name: str) -> int:
    numbers = {call: number for group in syscall_numbers(platform.machine()).values() for call, number in group.items()}
    return numbers[name]


def call_number(number: int, *arguments: Any) -> int:
    """Make a system call that no table of ours names.

    Raises:
        OSError: It failed.
    """
    library = libc()
    library.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = int(library.syscall(ctypes.c_long(number), *given))
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def syscall(name: str, *arguments: Any) -> int:
    """Make a system call.

    Raises:
        OSError: It failed.
        KeyError: This processor has no such call.
    """
    return call_number(_number(name), *arguments)


def reach(name: str, *arguments: Any) -> str:
    """Make a system call with arguments that can do no harm, to learn whether the kernel looks at them.

    Raises:
        OSError: It was refused unseen, or for lack of rights.
    """
    try:
        return f"worked: {syscall(name, *arguments)}"
    except OSError as error:
        if error.errno in _REFUSALS:
            raise
        return f"reached the kernel: {error.strerror}"
