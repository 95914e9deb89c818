"""Attacks that ask about other processes, and that take the kernel's unnamed doors."""

from __future__ import annotations

import errno
import os
import platform
import resource
import socket

from climbdc.sandbox.attacks._attempt import Attempts, Inside
from climbdc.sandbox.attacks._syscalls import call_number
from climbdc.sandbox.worker._seccomp import syscall_numbers

_SO_PEERPIDFD = 77
_LAST_NUMBER = 600
# x86_64: 512 to 547 belong to x32 programs, which `x32_entry` is about; the others below stop the whole machine for a
# moment, or end a process that calls them from the wrong place, even where nothing refuses them.
_OUT_OF_REACH = {"x86_64": {162, 335, 336, *range(512, 548)}, "aarch64": {81}}
_SHOWN = 20


def peer_handle(inside: Inside, attempts: Attempts) -> None:
    def handle() -> str:
        raw = inside.channel.socket.getsockopt(socket.SOL_SOCKET, _SO_PEERPIDFD, 4)
        os.close(int.from_bytes(raw, "little"))
        return "a handle of the process at the other end"

    attempts.do("get a handle of the host by its socket", handle)
    attempts.do("get one of its parent", lambda: os.close(os.pidfd_open(os.getppid())))


def ask_about_procs(inside: Inside, attempts: Attempts) -> None:
    for name, pid in {"the host": inside.targets.host, "its parent": os.getppid()}.items():
        attempts.do(f"group of {name}", os.getpgid, pid)
        attempts.do(f"session of {name}", os.getsid, pid)
        attempts.do(f"priority of {name}", os.getpriority, os.PRIO_PROCESS, pid)
        attempts.do(f"processors of {name}", os.sched_getaffinity, pid)
        attempts.do(f"scheduling of {name}", os.sched_getscheduler, pid)
        attempts.do(f"limits of {name}", resource.prlimit, pid, resource.RLIMIT_CORE)


def _unlisted() -> list[int]:
    machine = platform.machine()
    listed = {number for calls in syscall_numbers(machine).values() for number in calls.values()}
    return [number for number in range(_LAST_NUMBER) if number not in listed | _OUT_OF_REACH[machine]]


def _call_unlisted() -> str:
    """Arguments of -1 name nothing: no file, no process, no memory."""
    reached = []
    for number in _unlisted():
        try:
            call_number(number, -1, -1, -1, -1, -1, -1)
        except OSError as error:
            if error.errno == errno.ENOSYS:
                continue
        reached.append(str(number))
    if not reached:
        raise OSError(errno.ENOSYS, f"none of {len(_unlisted())} numbers is a system call")
    return f"{len(reached)} numbers reached the kernel: {' '.join(reached[:_SHOWN])}"


def unknown_calls(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    attempts.do("call every number that nobody needs", _call_unlisted)
