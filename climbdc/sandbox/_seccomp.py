"""A seccomp filter for a process that computes and answers, and does nothing else.

The filter is classic BPF, assembled here so that nothing but the kernel is needed (no libseccomp). It refuses what
`syscalls.yaml` lists and looks at the arguments of a few calls: threads may start and processes may not, a signal may
go to oneself only, a socket pair must be a stream. Everything else is the business of Landlock and the limits.
Method: Linux `Documentation/userspace-api/seccomp_filter.rst`.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from functools import cache
from importlib import resources
from typing import NamedTuple

import yaml

__all__ = ["apply_filter", "build_filter", "machine_supported", "syscall_numbers"]

_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_X32_BIT = 0x40000000
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_COLUMN = {"x86_64": 0, "aarch64": 1}

_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
_O_TRUNC = 0o1000
_PR_SET_PDEATHSIG = 1
# TIOCSTI, TIOCLINUX type into a terminal; FIOSETOWN, SIOCSPGRP, FIOASYNC and the fcntl ones send signals to others.
_IOCTLS = (0x5412, 0x541C, 0x8901, 0x8902, 0x5452)
# F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY
_FCNTLS = (8, 10, 15, 1024, 1026)

_REFUSALS = {
    "fork": errno.EAGAIN,
    "absent": errno.ENOSYS,
    "exec": errno.EPERM,
    "processes": errno.EPERM,
    "identity": errno.EPERM,
    "network": errno.EACCES,
    "metadata": errno.EPERM,
    "machine": errno.EPERM,
    "surface": errno.EPERM,
}


class _Instruction(NamedTuple):
    code: int
    if_true: int
    if_false: int
    value: int


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def machine_supported() -> bool:
    """Whether system call numbers are known for this processor."""
    return platform.machine() in _AUDIT_ARCH


@cache
def syscall_numbers(machine: str) -> dict[str, dict[str, int]]:
    """System call numbers of one machine by group and name.

    >>> syscall_numbers("x86_64")["exec"]
    {'execve': 59, 'execveat': 322}
    """
    text = resources.files(__package__).joinpath("syscalls.yaml").read_text(encoding="utf-8")
    column = _COLUMN[machine]
    groups: dict[str, dict[str, list[int | None]]] = yaml.safe_load(text)
    known: dict[str, dict[str, int]] = {}
    for group, calls in groups.items():
        numbers = {name: row[column] for name, row in calls.items()}
        known[group] = {name: number for name, number in numbers.items() if number is not None}
    return known


def _load(offset: int) -> _Instruction:
    return _Instruction(_LOAD, 0, 0, offset)


def _low(argument: int) -> _Instruction:
    return _load(16 + 8 * argument)


def _high(argument: int) -> _Instruction:
    return _load(20 + 8 * argument)


def _refuse(number: int) -> _Instruction:
    return _Instruction(_RETURN, 0, 0, _ERRNO | number)


def _unless_equal(value: int, number: int) -> list[_Instruction]:
    return [_Instruction(_EQUAL, 1, 0, value), _refuse(number)]


def _if_equal(value: int, number: int) -> list[_Instruction]:
    return [_Instruction(_EQUAL, 0, 1, value), _refuse(number)]


def _if_one_of(values: list[int], number: int) -> list[_Instruction]:
    """Compare with each value in turn and jump to one shared refusal; at most 255 values, the reach of a jump."""
    if not values:
        return []
    last = len(values) - 1
    tests = [_Instruction(_EQUAL, last - place, int(place == last), value) for place, value in enumerate(values)]
    return [*tests, _refuse(number)]


def _if_any_bit(bits: int, number: int) -> list[_Instruction]:
    return [_Instruction(_ANY_BIT, 0, 1, bits), _refuse(number)]


def _unless_any_bit(bits: int, number: int) -> list[_Instruction]:
    return [_Instruction(_ANY_BIT, 1, 0, bits), _refuse(number)]


def _any_of(argument: int, values: tuple[int, ...]) -> list[_Instruction]:
    return [_low(argument), *(step for value in values for step in _if_equal(value, errno.EPERM))]


def _checks(own_pid: int, forbid_truncate: bool) -> dict[str, list[_Instruction]]:
    """What is asked of each call whose arguments decide; falling off the end of a list allows the call."""
    to_self = [_low(0), *_unless_equal(own_pid, errno.EPERM)]
    checks = {
        "clone": [
            _low(0),
            *_if_any_bit(_CLONE_NAMESPACES, errno.EPERM),
            *_unless_any_bit(_CLONE_THREAD, errno.EAGAIN),
        ],
        "kill": to_self,
        "tgkill": to_self,
        "socketpair": [
            _low(0),
            *_unless_equal(_AF_UNIX, errno.EACCES),
            _low(1),
            _Instruction(_AND, 0, 0, _SOCK_TYPE_MASK),
            # A datagram pair could be connected again, to the system's log socket for one.
            *_unless_equal(_SOCK_STREAM, errno.EACCES),
        ],
        "ioctl": _any_of(1, _IOCTLS),
        "fcntl": _any_of(1, _FCNTLS),
        "prctl": _any_of(0, (_PR_SET_PDEATHSIG,)),
        "prlimit64": [_low(2), *_unless_equal(0, errno.EPERM), _high(2), *_unless_equal(0, errno.EPERM)],
    }
    if forbid_truncate:
        checks["open"] = [_low(1), *_if_any_bit(_O_TRUNC, errno.EPERM)]
        checks["openat"] = [_low(2), *_if_any_bit(_O_TRUNC, errno.EPERM)]
    return checks


def build_filter(machine: str, own_pid: int, *, forbid_truncate: bool) -> bytes:
    """Assemble the filter.

    Args:
        machine: `x86_64` or `aarch64`.
        own_pid: The only process that may get a signal.
        forbid_truncate: Refuse to open with O_TRUNC; for kernels whose Landlock does not see it (ABI 1 and 2).

    Returns:
        Instructions of eight bytes each.
    """
    numbers = syscall_numbers(machine)
    steps = [_load(4), *_jump_over_kill(_AUDIT_ARCH[machine]), _load(0)]
    if machine == "x86_64":
        steps += [_Instruction(_AT_LEAST, 0, 1, _X32_BIT), _Instruction(_RETURN, 0, 0, _KILL)]
    for group, refusal in _REFUSALS.items():
        steps += _if_one_of(list(numbers[group].values()), refusal)
    for name, checks in _checks(own_pid, forbid_truncate).items():
        if name in numbers["guarded"]:
            body = [*checks, _load(0)]
            steps += [_Instruction(_EQUAL, 0, len(body), numbers["guarded"][name]), *body]
    steps.append(_Instruction(_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _jump_over_kill(architecture: int) -> list[_Instruction]:
    return [_Instruction(_EQUAL, 1, 0, architecture), _Instruction(_RETURN, 0, 0, _KILL)]


def apply_filter(program: bytes) -> None:
    """Put the calling thread under a filter, for good. `no_new_privs` must be set.

    Raises:
        OSError: The kernel refused it.
    """
    buffer = ctypes.create_string_buffer(program, len(program))
    header = _FilterProgram(len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refused the seccomp filter")
