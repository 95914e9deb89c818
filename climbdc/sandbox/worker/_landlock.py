"""Landlock: a process gives up every file but those it names, for good.

Spoken through the raw system calls, so that nothing but the kernel is needed. Method: Linux
`Documentation/userspace-api/landlock.rst`; the calls have one number on every processor.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

__all__ = ["landlock_abi", "landlock_losses", "restrict_files"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _RULE_PATH_BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_ABI_1_RIGHTS = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_NO_TCP = 0b11
_NO_OUTSIDE_SOCKETS_OR_SIGNALS = 0b11
_READ = _READ_FILE | _READ_DIR
_LOSSES = {
    3: "truncation is refused by the system call filter only",
    4: "TCP is refused by the system call filter only",
    5: "device control is not limited",
    6: "signals and abstract sockets are refused by the system call filter only",
}


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(ctypes.c_long(number), *arguments))


def landlock_abi() -> int:
    """Version of Landlock in the running kernel; 0 where there is none."""
    if os.name != "posix" or os.uname().sysname != "Linux":
        return 0
    return max(0, _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_FLAG)))


def landlock_losses(abi: int) -> list[str]:
    """What an older Landlock leaves to the other layers.

    >>> landlock_losses(5)
    ['signals and abstract sockets are refused by the system call filter only']
    """
    return [loss for since, loss in _LOSSES.items() if abi < since]


def _handled_rights(abi: int) -> int:
    rights = _ABI_1_RIGHTS
    rights |= _REFER if abi >= 2 else 0
    rights |= _TRUNCATE if abi >= 3 else 0
    return rights | (_IOCTL_DEV if abi >= 5 else 0)


def _create_ruleset(abi: int) -> int:
    fields = struct.pack(
        "=QQQ",
        _handled_rights(abi),
        _NO_TCP if abi >= 4 else 0,
        _NO_OUTSIDE_SOCKETS_OR_SIGNALS if abi >= 6 else 0,
    )
    # An older kernel refuses a longer structure than it knows.
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    buffer = ctypes.create_string_buffer(fields[:size], size)
    ruleset = _syscall(_CREATE_RULESET, buffer, ctypes.c_size_t(size), ctypes.c_uint(0))
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "the kernel refused the Landlock ruleset")
    return ruleset


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= ~_READ_DIR
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, handle), 12)
        if _syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH_BENEATH), rule, ctypes.c_uint(0)) < 0:
            raise OSError(ctypes.get_errno(), "the kernel refused a Landlock rule", str(path))
    finally:
        os.close(handle)


def restrict_files(readable: Iterable[Path], writable: Iterable[Path], *, abi: int) -> None:
    """Give up every file of the machine but these, and TCP and signals to others where Landlock knows them.

    A path that does not exist is skipped. Nothing may be executed. `no_new_privs` must be set, and the process must
    have one thread: Landlock binds the calling thread and those it starts later.

    Args:
        readable: Folders and files that may be read.
        writable: Single files that may be read and written too, such as `/dev/null`.
        abi: Version to use, at most `landlock_abi()`.

    Raises:
        OSError: The kernel has no Landlock or refused it.
    """
    if abi < 1:
        raise OSError(errno.ENOSYS, "this kernel has no Landlock")
    ruleset = _create_ruleset(abi)
    try:
        for path in readable:
            _allow(ruleset, path, _READ)
        for path in writable:
            # Opening with O_TRUNC, as `open(path, "w")` does, is a right of its own.
            _allow(ruleset, path, _READ_FILE | _WRITE_FILE | (_TRUNCATE if abi >= 3 else 0))
        if _syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)) != 0:
            raise OSError(ctypes.get_errno(), "the kernel refused to apply Landlock")
    finally:
        os.close(ruleset)
