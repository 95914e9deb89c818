"""The filter, run by a small interpreter of its own for both processors."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from climbdc.sandbox.worker._seccomp import build_filter, syscall_numbers

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _KILL = "allow", "kill"
PID = 4242


def decide(machine: str, number: int, *arguments: int, arch: int | None = None, truncate: bool = False) -> str | int:
    """What the filter says: allow, kill, or an errno."""
    program = build_filter(machine, PID, forbid_truncate=truncate)
    padded = (*arguments, *([0] * (6 - len(arguments))))
    data = struct.pack("<IIQ6Q", number, _ARCH[machine] if arch is None else arch, 0, *padded)
    steps = list(struct.iter_unpack("=HBBI", program))
    place = accumulator = 0
    while True:
        code, if_true, if_false, value = steps[place]
        place += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x54:
            accumulator &= value
        elif code == 0x06:
            return _ALLOW if value == 0x7FFF0000 else _KILL if value == 0x80000000 else value & 0xFFFF
        else:
            met = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            place += if_true if met else if_false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_listed_call_is_decided_by_its_group(machine: str) -> None:
    groups = syscall_numbers(machine)
    for group, calls in groups.items():
        for name, number in calls.items():
            if group != "guarded":
                said = {"allowed": _ALLOW, "fork": errno.EAGAIN, "absent": errno.ENOSYS, "network": errno.EACCES}
                assert decide(machine, number) == said.get(group, errno.EPERM), name


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_what_nobody_listed_does_not_exist(machine: str) -> None:
    """Calls that a kernel of tomorrow brings are refused today."""
    listed = {number for calls in syscall_numbers(machine).values() for number in calls.values()}
    others = [number for number in range(1024) if number not in listed]
    assert len(others) > 700
    assert {decide(machine, number) for number in others} == {errno.ENOSYS}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_arguments_decide(machine: str) -> None:
    guarded = syscall_numbers(machine)["guarded"]
    thread, fork, namespace = 0x3D0F00, 0x1200011, 0x10010000
    assert decide(machine, guarded["clone"], thread) == _ALLOW
    assert decide(machine, guarded["clone"], fork) == errno.EAGAIN
    assert decide(machine, guarded["clone"], namespace) == errno.EPERM
    assert decide(machine, guarded["kill"], PID, 9) == _ALLOW
    assert decide(machine, guarded["tgkill"], PID + 1, 1, 9) == errno.EPERM
    assert decide(machine, guarded["socketpair"], 1, 1 | 0o2000000) == _ALLOW
    assert decide(machine, guarded["socketpair"], 1, 2) == errno.EACCES
    assert decide(machine, guarded["socketpair"], 2, 1) == errno.EACCES
    assert decide(machine, guarded["prctl"], 1, 0) == errno.EPERM
    assert decide(machine, guarded["prctl"], 15, 0) == _ALLOW
    private, shared_file, shared_memory = 0x22, 0x01, 0x21
    assert decide(machine, guarded["mmap"], 0, 1, 3, private) == _ALLOW
    assert decide(machine, guarded["mmap"], 0, 1, 1, shared_file) == _ALLOW
    for flags in (shared_memory, shared_memory | 0x02, shared_memory | 0x4000):
        assert decide(machine, guarded["mmap"], 0, 1, 3, flags) == errno.EPERM
    assert decide(machine, guarded["fcntl"], 3, 1030) == _ALLOW
    assert decide(machine, guarded["fcntl"], 3, 6) == errno.EPERM
    assert decide(machine, guarded["ioctl"], 1, 0x5401) == _ALLOW
    assert decide(machine, guarded["ioctl"], 1, 0x5412) == errno.EPERM
    assert decide(machine, guarded["getsockopt"], 3, 1, 77) == errno.EPERM
    assert decide(machine, guarded["prlimit64"], 0, 7, 0) == _ALLOW
    assert decide(machine, guarded["prlimit64"], 0, 7, 1 << 40) == errno.EPERM
    assert decide(machine, guarded["prlimit64"], PID, 7, 0) == _ALLOW
    assert decide(machine, guarded["prlimit64"], PID + 1, 7, 0) == errno.EPERM
    assert decide(machine, guarded["sched_getaffinity"], 0) == decide(machine, guarded["sched_getaffinity"], PID)
    assert decide(machine, guarded["sched_getaffinity"], PID) == _ALLOW
    assert decide(machine, guarded["sched_getaffinity"], 1) == errno.ENOSYS
    dont_need, huge_page, collapse = 4, 14, 25
    assert decide(machine, guarded["madvise"], 0, 1, dont_need) == _ALLOW
    for advice in (huge_page, collapse):
        assert decide(machine, guarded["madvise"], 0, 1, advice) == errno.EPERM
    assert decide(machine, guarded["openat"], 0, 0, 0o1000) == _ALLOW
    assert decide(machine, guarded["openat"], 0, 0, 0o1000, truncate=True) == errno.EPERM


def test_other_architectures_are_killed() -> None:
    assert decide("x86_64", 1, arch=0x40000003) == _KILL
    assert decide("x86_64", 1 | 0x40000000) == _KILL
    assert decide("x86_64", 1) == _ALLOW


@pytest.mark.parametrize(
    ("machine", "header", "pattern"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", r"#define __NR_(\w+) (\d+)"),
        ("aarch64", "/usr/include/asm-generic/unistd.h", r"#define __NR(?:3264)?_(\w+)\s+(\d+)"),
    ],
)
def test_numbers_are_the_kernels(machine: str, header: str, pattern: str) -> None:
    if not Path(header).exists():
        pytest.skip("the kernel's headers are not installed")
    official: dict[str, int] = {}
    for name, number in re.findall(pattern, Path(header).read_text(encoding="utf-8")):
        official.setdefault(name, int(number))
    ours = {name: number for calls in syscall_numbers(machine).values() for name, number in calls.items()}
    assert {name: number for name, number in ours.items() if official.get(name, number) != number} == {}
    assert len(official.keys() & ours.keys()) > 100
