"""Attacks on the kernel, on rights, devices and terminals. Arguments are such that reaching it does nothing."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import platform
import stat
import termios

from climbdc.sandbox.attacks._attempt import Attempts, Held, Inside
from climbdc.sandbox.attacks._syscalls import libc, reach, syscall

_NOWHERE = b"/nonexistent/climbdc"
_SURFACE: dict[str, tuple[object, ...]] = {
    "bpf": (0, None, 0),
    "userfaultfd": (0x80000,),
    "perf_event_open": (None, 0, -1, -1, 0),
    "keyctl": (0, -3, 0),
    "add_key": (None, None, None, 0, -3),
    "mount": (b"none", _NOWHERE, b"tmpfs", 0, None),
    "umount2": (_NOWHERE, 0),
    "pivot_root": (_NOWHERE, _NOWHERE),
    "chroot": (_NOWHERE,),
    "fsopen": (b"nonexistent", 0),
    "open_tree": (-1, _NOWHERE, 0),
    "setns": (-1, 0),
    "open_by_handle_at": (-1, None, 0),
    "fanotify_init": (0xFFFF, 0),
    "init_module": (None, 0, b""),
    "swapon": (_NOWHERE, 0),
    "quotactl": (-1, _NOWHERE, 0, None),
    "personality": (0x0040000,),
    "io_setup": (0, None),
    # Both flags at once are nonsense, which only a kernel that looks at them can say.
    "clone": (0x10010000, 0, 0, 0, 0),
    "unshare": (0x10000000,),
}
_DEVICES = "vda sda nvme0n1 kvm mem kmsg fuse net/tun tty ptmx dri/card0".split()
_X32_BIT = 0x40000000
_GETPID_X86_64 = 39
# mov eax, 20 (getpid for i386); int 0x80; ret
_INT_80 = bytes.fromhex("b814000000cd80c3")
_TIOCSTI = 0x5412


def kernel_surface(inside: Inside, attempts: Attempts) -> None:
    for name, arguments in _SURFACE.items():
        attempts.do(name, reach, name, *arguments)


def io_uring(inside: Inside, attempts: Attempts) -> None:
    def setup() -> str:
        os.close(syscall("io_uring_setup", 1, ctypes.create_string_buffer(120)))
        return "opened"

    attempts.do("set up a ring", setup)
    attempts.do("enter a ring", lambda: reach("io_uring_enter", -1, 0, 0, 0, None, 0))
    attempts.do("register with a ring", lambda: reach("io_uring_register", -1, 0, None, 0))


def _privileged_later() -> str:
    if libc().prctl(39, 0, 0, 0, 0) == 1:
        raise Held("no program can give it more rights")
    return "a program may give it more rights"


def _capable() -> str:
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if libc().capget(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    if not any(sets[:2]) and not any(sets[3:5]):
        raise Held("it has no capability")
    return "it has capabilities"


def setuid_nnp(inside: Inside, attempts: Attempts) -> None:
    attempts.do("keep the way to more rights", _privileged_later)
    attempts.do("have capabilities", _capable)
    attempts.do("become root", lambda: os.setresuid(0, 0, 0))
    attempts.do("become another group", lambda: os.setresgid(0, 0, 0))
    attempts.do("join groups", lambda: os.setgroups([0]))


def _open(path: str) -> None:
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))


def devices(inside: Inside, attempts: Attempts) -> None:
    for name in _DEVICES:
        attempts.do(f"open {name}", _open, f"/dev/{name}")
    path = f"{inside.targets.work}/{inside.targets.mark}-device"
    attempts.do("make a device", lambda: os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3)))


def _terminal(path: str, use: str) -> str:
    file = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        if use == "type":
            fcntl.ioctl(file, _TIOCSTI, b"#")
        else:
            os.write(file, b"written by an attack")
    finally:
        os.close(file)
    return "done"


def _take_for_terminal(file: int) -> str:
    try:
        return f"speed {termios.tcgetattr(file)[4]}"
    except termios.error as error:
        raise OSError(*error.args) from error


def terminal(inside: Inside, attempts: Attempts) -> None:
    attempts.do("write on a terminal", lambda: _terminal(inside.targets.terminal, "write"))
    attempts.do("type into a terminal", lambda: _terminal(inside.targets.terminal, "type"))
    attempts.do("open the terminal of its session", lambda: os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)))
    for file in (0, 1, 2):
        attempts.do(f"take file {file} for a terminal", _take_for_terminal, file)


def _only_on_x86() -> None:
    if platform.machine() != "x86_64":
        raise Held("this processor has no such entry")


def x32_entry(inside: Inside, attempts: Attempts) -> None:
    def enter() -> str:
        _only_on_x86()
        if libc().syscall(ctypes.c_long(_X32_BIT | _GETPID_X86_64)) == -1:
            raise OSError(ctypes.get_errno(), "x32")
        return "answered"

    attempts.began()
    attempts.do("call the kernel as an x32 program", enter)


def i386_entry(inside: Inside, attempts: Attempts) -> None:
    def enter() -> str:
        _only_on_x86()
        code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(_INT_80)
        result = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
        if result == -errno.ENOSYS:
            raise OSError(errno.ENOSYS, "i386")
        return "answered"

    attempts.began()
    attempts.do("call the kernel as an i386 program", enter)
