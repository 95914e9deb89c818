"""A seccomp filter for a process that computes and answers, and does nothing else.

The filter is classic BPF, assembled here so that nothing but the kernel is needed (no libseccomp). It allows what
`syscalls.yaml` says computing needs, and looks at the arguments of a few calls: threads may start and processes may
not, a signal may go to oneself only, a socket pair must be a stream, memory is the process's own and so is counted.
What is not listed does not exist, tomorrow's calls among it. The rest is the business of Landlock and the limits.
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
_PR_SET_VMA = 0x53564D41
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: what a file or terminal is, how to wait for it.
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: no locks, leases or signals on files the host has open.
_FCNTLS = (0, 1, 2, 3, 4, 1030)
# PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS, names of memory.
_PRCTLS = (2, 3, 15, 16, 23, 39, _PR_SET_VMA)
# Memory that is shared and has no file outlives its mapping, where no limit counts it.
_MAP_SHARED_ANONYMOUS = 0x21
# MADV_HUGEPAGE, MADV_COLLAPSE: of a huge page that is unmapped but for a piece the whole stays, uncounted.
_HUGE_PAGES = (14, 25)
# A handle of the process at the other end of a socket.
_SO_PEERPIDFD = 77

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


def _if_one_of(values: list[int], verdict: _Instruction) -> list[_Instruction]:
    """Compare with each value in turn and jump to one shared verdict; at most 255 values, the reach of a jump."""
    if not values:
        return []
    last = len(values) - 1
    tests = [_Instruction(_EQUAL, last - place, int(place == last), value) for place, value in enumerate(values)]
    return [*tests, verdict]


def _if_any_bit(bits: int, number: int) -> list[_Instruction]:
    return [_Instruction(_ANY_BIT, 0, 1, bits), _refuse(number)]


def _unless_any_bit(bits: int, number: int) -> list[_Instruction]:
    return [_Instruction(_ANY_BIT, 1, 0, bits), _refuse(number)]


def _only(argument: int, values: tuple[int, ...]) -> list[_Instruction]:
    """Refuse all but these values of an argument."""
    last = len(values) - 1
    tests = [_Instruction(_EQUAL, last - place + 1, 0, value) for place, value in enumerate(values)]
    return [_low(argument), *tests, _refuse(errno.EPERM)]


def _to_self(own_pid: int, number: int) -> list[_Instruction]:
    """Refuse a first argument that is neither this process nor nought, which is short for it."""
    return [_low(0), _Instruction(_EQUAL, 2, 0, own_pid), _Instruction(_EQUAL, 1, 0, 0), _refuse(number)]


def _checks(own_pid: int, forbid_truncate: bool) -> dict[str, list[_Instruction]]:
    """What is asked of each call whose arguments decide; falling off the end of a list allows it."""
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
        "mmap": [
            _low(3),
            _Instruction(_AND, 0, 0, _MAP_SHARED_ANONYMOUS),
            *_if_equal(_MAP_SHARED_ANONYMOUS, errno.EPERM),
        ],
        "madvise": [_low(2), *(step for advice in _HUGE_PAGES for step in _if_equal(advice, errno.EPERM))],
        # The C library takes "no such call" well where a thread asks by its own number.
        "sched_getaffinity": _to_self(own_pid, errno.ENOSYS),
        "getsockopt": [_low(2), *_if_equal(_SO_PEERPIDFD, errno.EPERM)],
        "ioctl": _only(1, _IOCTLS),
        "fcntl": _only(1, _FCNTLS),
        "prctl": _only(0, _PRCTLS),
        "prlimit64": [
            *_to_self(own_pid, errno.EPERM),
            _low(2),
            *_unless_equal(0, errno.EPERM),
            _high(2),
            *_unless_equal(0, errno.EPERM),
        ],
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
    steps += _if_one_of(list(numbers["allowed"].values()), _Instruction(_RETURN, 0, 0, _ALLOW))
    for group, refusal in _REFUSALS.items():
        steps += _if_one_of(list(numbers[group].values()), _refuse(refusal))
    checks = _checks(own_pid, forbid_truncate)
    for name, number in numbers["guarded"].items():
        body = [*checks.get(name, []), _Instruction(_RETURN, 0, 0, _ALLOW)]
        steps += [_Instruction(_EQUAL, 0, len(body), number), *body]
    steps.append(_refuse(errno.ENOSYS))
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
