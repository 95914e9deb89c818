"""Attacks on what files carry beside their content: attributes, locks, leases. Where they work they change nothing."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from climbdc.sandbox.attacks._attempt import Attempts, Held, Inside
from climbdc.sandbox.attacks._files import evidence, file_of, regular_files
from climbdc.sandbox.attacks._syscalls import libc
from climbdc.sandbox.attacks._targets import XATTR

# With nowhere to read the value from, the kernel looks at the call and changes nothing.
_CHANGES = {
    "flags": 0x40086602,
    "version": 0x40087602,
    "project": 0x401C5820,
    "verity": 0x40806685,
    "encryption": 0x800C6613,
}
_REFUSED = (errno.EPERM, errno.EACCES, errno.ENOSYS)
_F_OFD_SETLK, _F_SETLEASE, _F_NOTIFY, _F_SET_RW_HINT = 37, 1024, 1026, 1036
_READ_LOCK, _UNLOCK = 0, 2


class _FileLock(ctypes.Structure):
    """`struct flock`."""

    _fields_ = [
        ("kind", ctypes.c_short),
        ("whence", ctypes.c_short),
        ("start", ctypes.c_long),
        ("length", ctypes.c_long),
        ("pid", ctypes.c_int),
    ]


@contextmanager
def _open(path: str) -> Iterator[int]:
    file = os.open(path, os.O_RDONLY)
    try:
        yield file
    finally:
        os.close(file)


def _change(file: int, request: int) -> str:
    """Ask the kernel to change an attribute, with nothing to read it from."""
    if libc().ioctl(file, ctypes.c_ulong(request), None) != -1:
        return "changed"
    error = ctypes.get_errno()
    if error in _REFUSED:
        raise OSError(error, os.strerror(error))
    return f"reached the kernel: {os.strerror(error)}"


def _set(file: int, command: int, value: object) -> None:
    library = libc()
    if library.fcntl(file, command, value) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _lock(command: int) -> Callable[[int], str]:
    """Lock the first byte of a file for reading, which keeps others from changing it, and let go."""

    def lock(file: int) -> str:
        for kind in (_READ_LOCK, _UNLOCK):
            _set(file, command, ctypes.byref(_FileLock(kind, os.SEEK_SET, 0, 1, 0)))
        return "locked"

    return lock


def _lease(file: int) -> str:
    for kind in (_READ_LOCK, _UNLOCK):
        _set(file, _F_SETLEASE, ctypes.c_long(kind))
    return "leased"


def _flock(file: int) -> str:
    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    fcntl.flock(file, fcntl.LOCK_UN)
    return "locked"


def _hint(file: int) -> str:
    _set(file, _F_SET_RW_HINT, ctypes.byref(ctypes.c_uint64(0)))
    return "set"


def _watch(file: int) -> str:
    _set(file, _F_NOTIFY, ctypes.c_long(0))
    return "set"


_HOLDS: dict[str, Callable[[int], str]] = {
    "lock": _lock(fcntl.F_SETLK),
    "lock the open file": _lock(_F_OFD_SETLK),
    "lock the whole": _flock,
    "lease": _lease,
    "hint at the use of": _hint,
    "watch": _watch,
}


def _on(path: str, call: Callable[..., str], *arguments: int) -> str:
    with _open(path) as file:
        return call(file, *arguments)


def _on_input(call: Callable[..., str], *arguments: int) -> str:
    files = regular_files()
    if not files:
        raise Held("no file is open")
    return call(files[0], *arguments)


def file_attributes(inside: Inside, attempts: Attempts) -> None:
    package, folder = file_of("climbdc"), str(Path(file_of("climbdc")).parent)
    for name, request in _CHANGES.items():
        attempts.do(f"{name} of a package's file", _on, package, _change, request)
        attempts.do(f"{name} of the input", _on_input, _change, request)
    for name, call in _HOLDS.items():
        attempts.do(f"{name} a package's file", _on, folder if name == "watch" else package, call)
        attempts.do(f"{name} the input", _on_input, call)


def _attribute(path: str, name: str) -> str:
    return evidence(os.getxattr(path, name))


def read_xattrs(inside: Inside, attempts: Attempts) -> None:
    for number, path in enumerate(inside.targets.secrets):
        attempts.look(f"an attribute of file {number}", _attribute, path, XATTR)
        attempts.do(f"attributes of file {number}", os.listxattr, path)
    package = file_of("climbdc")
    attempts.do("attributes of a package's file", os.listxattr, package)
    with _open(package) as file:
        attempts.do("attributes of an open file", os.listxattr, file)
