"""Attacks on files: read what is not ours, write where nothing may be written, change what was lent."""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import mmap
import os
import re
import stat
import sys
from pathlib import Path

from climbdc.sandbox.attacks._attempt import Attempts, Held, Inside
from climbdc.sandbox.attacks._syscalls import libc
from climbdc.sandbox.attacks._targets import STEM

__all__ = ["evidence", "file_of", "read", "regular_files"]

_CANARY = re.compile(STEM.encode() + b"[0-9a-f]{32}")
_READ_BYTES = 1 << 20
_OPEN_FILES = range(3, 256)


def evidence(data: bytes) -> str:
    """What shows the host that these bytes were seen, without carrying them out: their hash and canaries."""
    found = " ".join(sorted({match.decode() for match in _CANARY.findall(data)}))
    return f"{len(data)} bytes {hashlib.sha256(data).hexdigest()} {found}".strip()


def read(path: str) -> str:
    """Read a file."""
    with open(path, "rb") as file:
        return evidence(file.read(_READ_BYTES))


def _list(folder: str) -> str:
    return evidence("\n".join(os.listdir(folder)).encode())


def _create(path: str) -> str:
    with open(path, "wb") as file:
        file.write(b"left by an attack")
    return "created"


def _open_to_write(path: str) -> str:
    os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY))
    return "opened"


def _append(path: str) -> str:
    with open(path, "ab") as file:
        file.write(b"changed by an attack")
    return "changed"


def read_shadow(inside: Inside, attempts: Attempts) -> None:
    for path in inside.targets.shadow:
        attempts.look(f"read {Path(path).name}", read, path)


def read_ssh_key(inside: Inside, attempts: Attempts) -> None:
    path = next(path for path in inside.targets.secrets if ".ssh" in path)
    attempts.look("read the key", lambda: read(path))
    attempts.look("list its folder", lambda: _list(str(Path(path).parent)))


def read_other_patient(inside: Inside, attempts: Attempts) -> None:
    path = next(path for path in inside.targets.secrets if ".ssh" not in path)
    attempts.look("read the file", lambda: read(path))
    attempts.look("list its folder", lambda: _list(str(Path(path).parent)))
    attempts.look("read it through /proc/self", lambda: read(f"/proc/self/root{path}"))
    attempts.look("read it through its owner", lambda: read(f"/proc/{inside.targets.host}/root{path}"))


def write_outside(inside: Inside, attempts: Attempts) -> None:
    for number, folder in enumerate([inside.targets.work, *inside.targets.places, os.getcwd()]):
        attempts.do(f"create a file in place {number}", _create, f"{folder}/{inside.targets.mark}-outside")
    victim = inside.targets.secrets[0]
    attempts.do("change a file", lambda: _append(victim))
    attempts.do("empty a file", lambda: os.close(os.open(victim, os.O_RDONLY | os.O_TRUNC)))
    attempts.do("truncate a file", lambda: os.truncate(victim, 1))
    attempts.do("remove a file", lambda: os.unlink(victim))


def symlink_escape(inside: Inside, attempts: Attempts) -> None:
    key, work = inside.targets.secrets[0], Path(inside.targets.work)
    link, hard = work / "link.csv", work / "hard.csv"
    attempts.do("leave a symbolic link", lambda: link.symlink_to(key))
    attempts.look("read through it", lambda: read(str(link)))
    attempts.do("leave a hard link", lambda: hard.hardlink_to(key))
    attempts.look("read through that", lambda: read(str(hard)))
    attempts.do("rename a file", lambda: os.rename(key, work / "renamed.csv"))
    attempts.do("make a folder", lambda: (work / "folder").mkdir())
    attempts.do("make a pipe", lambda: os.mkfifo(work / "pipe"))


def _write_through(files: list[int]) -> str:
    if not files:
        raise Held("no file is open")
    refused: OSError | None = None
    for file in files:
        try:
            os.pwrite(file, b"X", 0)
            return "changed through an open file"
        except OSError as error:
            refused = error
    raise refused or Held("no file is open")


def _unprotect(inside: Inside) -> str:
    """Make the mapped input writable, and write into it."""
    buffers = [item for item in inside.tables["input"].column(0).chunk(0).buffers() if item is not None]
    address = buffers[-1].address
    page = address - address % mmap.PAGESIZE
    if libc().mprotect(ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE), 3) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")
    ctypes.memset(address, 0x58, 1)
    return "wrote into the mapping"


def regular_files() -> list[int]:
    """Open files that are files: the input, of a job that has one."""
    found = []
    for file in _OPEN_FILES:
        try:
            if stat.S_ISREG(os.fstat(file).st_mode):
                found.append(file)
        except OSError:
            continue
    return found


def modify_input(inside: Inside, attempts: Attempts) -> None:
    path = inside.targets.data
    attempts.do("change it by name", lambda: _append(path))
    attempts.do("change it by an open file", lambda: _write_through(regular_files()))
    attempts.look("change it in memory", lambda: _unprotect(inside))
    attempts.do("make it writable", lambda: os.chmod(path, 0o777))
    attempts.do("remove it", lambda: os.unlink(path))


def file_of(module: str) -> str:
    """Where a module was read from."""
    return str(importlib.import_module(module).__file__)


def poison_runtime(inside: Inside, attempts: Attempts) -> None:
    attempts.do("open an application's file", lambda: _open_to_write(inside.targets.application))
    for module in ("climbdc", "pandas", "os"):
        path = file_of(module)
        attempts.do(f"open {module} for writing", _open_to_write, path)
        name = f"{Path(path).parent}/{inside.targets.mark}-poison"
        attempts.do(f"put a file beside {module}", _create, name)
    attempts.do("open the interpreter for writing", lambda: _open_to_write(sys.executable))


def _touch_unchanged(path: str) -> str:
    """Set the times of a file to what they are."""
    was = os.stat(path)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    return "set the times"


def _own_again(path: str) -> str:
    was = os.stat(path)
    os.chown(path, was.st_uid, was.st_gid)
    return "set the owner"


def chmod_and_times(inside: Inside, attempts: Attempts) -> None:
    path, own = inside.targets.application, file_of("climbdc")
    attempts.do("change the mode", lambda: os.chmod(path, 0o777))
    attempts.do("change the times", lambda: os.utime(path, (0, 0)))
    attempts.do("change the owner", lambda: _own_again(path))
    attempts.do("leave an attribute", lambda: os.setxattr(path, "user.climbdc", b"left"))
    attempts.do("mode of a readable file", lambda: os.chmod(own, stat.S_IMODE(os.stat(own).st_mode)))
    attempts.do("times of a readable file", lambda: _touch_unchanged(own))
    attempts.do("owner of a readable file", lambda: _own_again(own))
