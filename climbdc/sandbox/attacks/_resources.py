"""Attacks that use up the machine. Where they work they soon stop: 64 MiB past the limit, few files, 1100 threads."""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import errno
import mmap
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from climbdc.sandbox.attacks._attempt import Attempts, Held, Inside
from climbdc.sandbox.attacks._processes import fork_some
from climbdc.sandbox.attacks._syscalls import syscall
from climbdc.sandbox.wire._wire import PROGRESS, dump_json

_MB = 1 << 20
_PIECE_MB = 16
_BEYOND_MB = 64
_HUGE_MB = 64 << 10
_FILE_MB = 16
_FILES, _EMPTY_FILES = 32, 256
_THREADS = 1100
_STACK_BYTES = 64 << 10
_PRINTED_MB = 32
_FLOOD_SECONDS = 4.0
_PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_CHILD_MB, _CHILD_SECONDS = 64, 0.3
_LIMITS = ("AS", "CORE", "CPU", "FSIZE", "MEMLOCK", "NOFILE", "NPROC")


def _lift(*names: str) -> None:
    """Do what an attacker would do first; `raise_limits` tells whether it works."""
    for name in names:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _fill(megabytes: int, flags: int = _PRIVATE) -> Iterator[mmap.mmap]:
    """Take memory in pieces and touch every page."""
    for _ in range(0, megabytes, _PIECE_MB):
        piece = mmap.mmap(-1, _PIECE_MB * _MB, flags=flags)
        ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(piece)), 1, len(piece))
        yield piece


def _exceed(inside: Inside, flags: int) -> str:
    """Ask for more than allowed at once; only where that is given, take it and touch it."""
    wanted = inside.targets.memory_mb + _BEYOND_MB
    mmap.mmap(-1, wanted * _MB, flags=flags).close()
    kept = list(_fill(wanted, flags))
    return f"took {len(kept) * _PIECE_MB} MiB, {inside.targets.memory_mb} are allowed"


def _exceed_by_objects(inside: Inside) -> str:
    taken = bytearray((inside.targets.memory_mb + _BEYOND_MB) * _MB)
    return f"took {len(taken) // _MB} MiB"


def mem_64g_one_proc(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    _lift("AS")
    # Nothing is touched: this asks for addresses alone.
    flags = _PRIVATE | mmap.MAP_NORESERVE if hasattr(mmap, "MAP_NORESERVE") else _PRIVATE
    attempts.look("reserve 64 GiB", lambda: len(mmap.mmap(-1, _HUGE_MB * _MB, flags=flags)))
    attempts.do("take more than allowed", lambda: _exceed(inside, _PRIVATE))
    attempts.do("take it in one object", lambda: _exceed_by_objects(inside))


def _hold() -> None:
    _lift("AS")
    kept = list(_fill(_CHILD_MB))
    time.sleep(_CHILD_SECONDS)
    del kept


def mem_many_procs(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    count = (inside.targets.memory_mb + _BEYOND_MB) // _CHILD_MB
    attempts.do("take it in many processes", lambda: fork_some(count, _hold))


def _write_file(path: Path, megabytes: int) -> str:
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(b"\1" * _MB)
    return f"wrote {megabytes} MiB"


def _write_memory_file() -> str:
    file = os.memfd_create("climbdc")
    try:
        for _ in range(_FILE_MB):
            os.write(file, b"\1" * _MB)
    finally:
        os.close(file)
    return f"wrote {_FILE_MB} MiB"


def mem_shm(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    _lift("AS", "FSIZE")
    path = Path("/dev/shm") / f"{inside.targets.mark}-shm"
    attempts.do("fill shared memory", lambda: _write_file(path, _FILE_MB))
    attempts.do("fill a file in memory", _write_memory_file)
    attempts.do("share more than allowed", lambda: _exceed(inside, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))


def _folders(inside: Inside) -> list[Path]:
    return [Path(folder) for folder in (inside.targets.work, *inside.targets.places[:2])]


def disk_fill_one_file(inside: Inside, attempts: Attempts) -> None:
    _lift("FSIZE")
    for number, folder in enumerate(_folders(inside)):
        path = folder / f"{inside.targets.mark}-big"
        attempts.do(f"fill place {number}", _write_file, path, _FILE_MB)


def _many(folder: Path, mark: str, count: int, content: bytes) -> str:
    for number in range(count):
        (folder / f"{mark}-{number}").write_bytes(content)
    return f"{count} files"


def disk_fill_many_files(inside: Inside, attempts: Attempts) -> None:
    _lift("FSIZE")
    mark = f"{inside.targets.mark}-some"
    for number, folder in enumerate(_folders(inside)):
        attempts.do(f"fill place {number}", _many, folder, mark, _FILES, b"\1" * (_MB // 4))


def inode_fill(inside: Inside, attempts: Attempts) -> None:
    mark = f"{inside.targets.mark}-empty"
    for number, folder in enumerate(_folders(inside)):
        attempts.do(f"fill place {number}", _many, folder, mark, _EMPTY_FILES, b"")


def _repeat(call: Callable[..., object], *arguments: object) -> None:
    for _ in range(_PRINTED_MB):
        call(*arguments)


def giant_stdout(inside: Inside, attempts: Attempts) -> None:
    _lift("FSIZE")
    block = b"A" * _MB
    for file in (1, 2):
        attempts.look(f"write to file {file}", _repeat, os.write, file, block)
    attempts.look("print", _repeat, sys.stdout.write, block.decode())


def thread_bomb(inside: Inside, attempts: Attempts) -> None:
    def start() -> str:
        gate, started = threading.Lock(), 0
        gate.acquire()
        threading.stack_size(_STACK_BYTES)

        def wait() -> None:
            with gate:
                pass

        try:
            for _ in range(_THREADS):
                _thread.start_new_thread(wait, ())
                started += 1
        except RuntimeError as error:
            raise OSError(errno.EAGAIN, f"{error} after {started}") from error
        finally:
            gate.release()
        return f"{started} threads"

    attempts.began()
    _lift("NPROC", "AS")
    attempts.do("start threads without end", start)


def _raise(kind: int) -> str:
    soft, hard = resource.getrlimit(kind)
    if soft == hard == resource.RLIM_INFINITY:
        raise Held("there is nothing to raise")
    wanted = (ctypes.c_uint64 * 2)(0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
    syscall("prlimit64", 0, kind, ctypes.byref(wanted), None)
    return "raised"


def _set_again(pid: int) -> str:
    """Set a limit of another process to what it is."""
    was = (ctypes.c_uint64 * 2)()
    syscall("prlimit64", pid, resource.RLIMIT_CORE, None, ctypes.byref(was))
    syscall("prlimit64", pid, resource.RLIMIT_CORE, ctypes.byref(was), None)
    return "set"


def raise_limits(inside: Inside, attempts: Attempts) -> None:
    for name in _LIMITS:
        attempts.do(f"raise {name}", _raise, getattr(resource, f"RLIMIT_{name}"))
    attempts.do("set a limit of its parent", lambda: _set_again(os.getppid()))
    attempts.do("spare itself when memory runs out", lambda: Path("/proc/self/oom_score_adj").write_text("-1000"))


def progress_flood(inside: Inside, attempts: Attempts) -> None:
    def flood() -> str:
        body = dump_json({"share": 0.5, "text": "x"})
        end = time.monotonic() + _FLOOD_SECONDS
        while time.monotonic() < end:
            inside.channel.write_frame(PROGRESS, body)
        return "nothing stopped it"

    attempts.began()
    attempts.do("report progress without end", flood)
