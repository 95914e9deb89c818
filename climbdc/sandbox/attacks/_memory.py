"""Attacks on what other processes and other calls know: environments, memory, open files, traces of earlier jobs."""

from __future__ import annotations

import builtins
import ctypes
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from climbdc.sandbox.attacks._attempt import Attempts, Held, Inside
from climbdc.sandbox.attacks._files import evidence, read
from climbdc.sandbox.attacks._syscalls import syscall
from climbdc.sandbox.attacks._targets import Process, Targets

__all__ = ["setting_marks"]

_CANARY_BYTES = 64
_PTRACE_SEIZE = 0x4206
_LEFT = "climbdc_left_behind"


def setting_marks(settings: Mapping[str, str]) -> list[str]:
    """Settings by name and a hash of their value, which shows equal ones without carrying them out."""
    return [f"{name}={hashlib.sha256(value.encode()).hexdigest()[:8]}" for name, value in sorted(settings.items())]


def env_secret(inside: Inside, attempts: Attempts) -> None:
    attempts.look("look through the settings", lambda: evidence(repr(dict(os.environ)).encode()))
    attempts.look("compare its settings", lambda: " ".join(setting_marks(os.environ)))
    attempts.look("read those it started with", lambda: read("/proc/self/environ"))


def proc_parent_environ(inside: Inside, attempts: Attempts) -> None:
    others = {"its parent": os.getppid(), "the first process": 1, "the host": inside.targets.host}
    others |= {f"process {number}": item.pid for number, item in enumerate(inside.targets.processes)}
    for name, pid in others.items():
        attempts.look(f"settings of {name}", read, f"/proc/{pid}/environ")


def _read_memory(process: Process) -> str:
    with open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
        memory.seek(process.address)
        return evidence(memory.read(_CANARY_BYTES))


def _copy_memory(process: Process) -> str:
    class Piece(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    buffer = ctypes.create_string_buffer(_CANARY_BYTES)
    here, there = Piece(ctypes.addressof(buffer), _CANARY_BYTES), Piece(process.address, _CANARY_BYTES)
    syscall("process_vm_readv", process.pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return evidence(buffer.raw)


def _open_memory(pid: int) -> str:
    with open(f"/proc/{pid}/mem", "rb", buffering=0):
        return "opened"


def proc_parent_mem(inside: Inside, attempts: Attempts) -> None:
    attempts.do("memory of its parent", lambda: _open_memory(os.getppid()))
    for number, process in enumerate(inside.targets.processes):
        attempts.look(f"memory of process {number}", _read_memory, process)
        attempts.look(f"copy the memory of process {number}", _copy_memory, process)
        attempts.look(f"map of process {number}", read, f"/proc/{process.pid}/maps")


def _seize(pid: int) -> str:
    """Trace a process without stopping it; the trace ends with this process."""
    syscall("ptrace", _PTRACE_SEIZE, pid, 0, 0)
    return "traced"


def _steal_file(pid: int) -> str:
    handle = os.pidfd_open(pid)
    os.close(syscall("pidfd_getfd", handle, 0, 0))
    return "took an open file"


def ptrace_others(inside: Inside, attempts: Attempts) -> None:
    pid = inside.targets.victims[0]
    attempts.do("trace a process", lambda: _seize(pid))
    attempts.do("get a handle of a process", lambda: os.close(os.pidfd_open(pid)))
    attempts.do("take its open file", lambda: _steal_file(pid))
    attempts.do("get a handle of its parent", lambda: os.close(os.pidfd_open(os.getppid())))
    attempts.do("compare with a process", lambda: syscall("kcmp", os.getpid(), pid, 0, 0, 0))


def _command_lines() -> str:
    seen = b""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                seen += Path("/proc", name, "cmdline").read_bytes() + b"\n"
            except OSError:
                continue
    return evidence(seen)


def list_host_procs(inside: Inside, attempts: Attempts) -> None:
    attempts.look("read every command line", _command_lines)
    for number, process in enumerate(inside.targets.processes):
        attempts.look(f"command line of process {number}", read, f"/proc/{process.pid}/cmdline")


def _strangers(own: int) -> list[str]:
    """Open files that a job was not given: it has its own socket, /dev/null, and read-only input."""
    found = []
    for file in range(1024):
        try:
            about = os.fstat(file)
        except OSError:
            continue
        lent = stat.S_ISREG(about.st_mode) and _refuses_writing(file)
        null = stat.S_ISCHR(about.st_mode) and about.st_rdev == os.makedev(1, 3)
        if not (file == own or null or lent):
            found.append(f"{file}: mode {about.st_mode:o}")
    return found


def _refuses_writing(file: int) -> bool:
    import fcntl

    return fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY


def _find_inherited(inside: Inside) -> str:
    found = _strangers(inside.channel.socket.fileno())
    if not found:
        raise Held("nothing is open but its own")
    return "; ".join(found)


def inherited_files(inside: Inside, attempts: Attempts) -> None:
    attempts.do("find what was left open", lambda: _find_inherited(inside))
    attempts.look("list what is open", lambda: " ".join(os.listdir("/proc/self/fd")))


def _places(targets: Targets) -> list[Path]:
    return [Path(folder) / f"{targets.mark}-state" for folder in (targets.work, *targets.places)]


def _leave(inside: Inside, attempts: Attempts) -> None:
    import pandas

    for holder in (builtins, pandas):
        attempts.look(f"leave a value in {holder.__name__}", setattr, holder, _LEFT, "left")
    attempts.look("leave a setting", lambda: os.environ.__setitem__(_LEFT, "left"))
    for number, path in enumerate(_places(inside.targets)):
        attempts.look(f"leave a file in place {number}", path.touch)


def _find(inside: Inside) -> str:
    import pandas

    found = [holder.__name__ for holder in (builtins, pandas) if hasattr(holder, _LEFT)]
    found += ["setting"] if _LEFT in os.environ else []
    found += [f"file in place {number}" for number, path in enumerate(_places(inside.targets)) if path.exists()]
    if not found:
        raise Held("nothing was left")
    return ", ".join(found)


def state_across_calls(inside: Inside, attempts: Attempts) -> None:
    if inside.targets.round == 1:
        _leave(inside, attempts)
    else:
        attempts.do("find what an earlier job left", lambda: _find(inside))
