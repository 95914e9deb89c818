"""Attacks that take memory where no limit of a process counts it: in the kernel, or in files that have no name.

Where they work they stop 64 MiB past the limit, or as soon as one piece was kept.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import socket
from collections.abc import Callable, Iterator

from climbdc.sandbox.attacks._attempt import Attempts, Inside
from climbdc.sandbox.attacks._syscalls import call_number, libc

_MB = 1 << 20
_PIECE_MB = 16
_BEYOND_MB = 64
_HUGE_PAGE = 2 * _MB
_MADV_HUGEPAGE, _MADV_COLLAPSE = 14, 25
_SHARED = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
_PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_READ_WRITE = mmap.PROT_READ | mmap.PROT_WRITE
_PIPE_BYTES, _BUFFER_BYTES = 1 << 20, 4 << 20
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_RETURN_ALLOW = (0x06, 0, 0, 0x7FFF0000)


class _Block(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class _Step(ctypes.Structure):
    """`struct sock_filter`."""

    _fields_ = [("code", ctypes.c_ushort), ("met", ctypes.c_ubyte), ("unmet", ctypes.c_ubyte), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


def _checked(result: int | None) -> int:
    if result in (None, -1, ctypes.c_size_t(-1).value):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    assert result is not None
    return result


def _map(length: int, flags: int, file: int = -1) -> int:
    call = libc().mmap
    call.restype = ctypes.c_void_p
    call.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    return _checked(call(None, length, _READ_WRITE, flags, file, 0))


def _unmap(start: int, length: int) -> None:
    _checked(libc().munmap(ctypes.c_void_p(start), ctypes.c_size_t(length)))


def _leave_one_page(inside: Inside, flags: int, file: int = -1) -> str:
    """Fill memory and give back all but a page of it, again and again."""
    kept: list[int] = []
    wanted = inside.targets.memory_mb + _BEYOND_MB
    try:
        while len(kept) * _PIECE_MB < wanted:
            start = _map(_PIECE_MB * _MB, flags, file)
            ctypes.memset(start, 1, _PIECE_MB * _MB)
            _unmap(start + mmap.PAGESIZE, _PIECE_MB * _MB - mmap.PAGESIZE)
            kept.append(start)
    finally:
        for start in kept:
            _unmap(start, mmap.PAGESIZE)
    return f"{wanted} MiB are kept, {inside.targets.memory_mb} are allowed"


def _share_zeroes(inside: Inside) -> str:
    file = os.open("/dev/zero", os.O_RDWR)
    try:
        return _leave_one_page(inside, mmap.MAP_SHARED, file)
    finally:
        os.close(file)


def _want_huge_pages(advice: int) -> str:
    """Pages of 2 MiB stay whole for as long as one piece of them is mapped."""
    length = 2 * _HUGE_PAGE
    start = _map(length, _PRIVATE)
    try:
        ctypes.memset(start, 1, length)
        _checked(libc().madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), advice))
    finally:
        _unmap(start, length)
    return "given"


def mem_shared_pages(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    attempts.do("share memory and keep one page of it", lambda: _leave_one_page(inside, _SHARED))
    attempts.do("share a file of zeroes and keep one page of it", lambda: _share_zeroes(inside))
    attempts.do("have huge pages and keep a piece of each", lambda: _want_huge_pages(_MADV_HUGEPAGE))
    attempts.do("have pages made huge", lambda: _want_huge_pages(_MADV_COLLAPSE))


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    try:
        yield read, write
    finally:
        os.close(read)
        os.close(write)


def _lend_page() -> str:
    """Put a page into a pipe by reference, so that the pipe keeps it when it is unmapped."""
    start = _map(mmap.PAGESIZE, _PRIVATE)
    ctypes.memset(start, 1, mmap.PAGESIZE)
    with _pipe() as (_, write):
        block = _Block(start, mmap.PAGESIZE)
        _checked(libc().vmsplice(write, ctypes.byref(block), ctypes.c_ulong(1), 0))
        _unmap(start, mmap.PAGESIZE)
        return "a pipe keeps what is unmapped"


def _move(call: Callable[[int, int], int]) -> str:
    with _pipe() as (read, write), _pipe() as (_, other):
        os.write(write, b"x")
        return f"{call(read, other)} bytes"


def _widen_pipe() -> str:
    with _pipe() as (_, write):
        return f"{fcntl.fcntl(write, getattr(fcntl, 'F_SETPIPE_SZ', 1031), _PIPE_BYTES)} bytes"


def mem_pipes(inside: Inside, attempts: Attempts) -> None:
    attempts.do("lend a page to a pipe", _lend_page)
    attempts.do("move from pipe to pipe", lambda: _move(lambda read, write: os.splice(read, write, 1)))
    attempts.do("copy from pipe to pipe", lambda: _move(lambda read, write: _checked(libc().tee(read, write, 1, 0))))
    attempts.do("widen a pipe", _widen_pipe)


def _widen_socket(option: int) -> str:
    one, other = socket.socketpair()
    with one, other:
        one.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
        one.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < 2 * _BUFFER_BYTES:
                sent += one.send(bytes(_MB // 8))
        return f"{sent >> 10} KiB wait in one socket"


def _filter_socket() -> str:
    one, other = socket.socketpair()
    with one, other:
        step = _Step(*_RETURN_ALLOW)
        program = _Program(1, ctypes.addressof(step))
        one.setsockopt(socket.SOL_SOCKET, 26, bytes(program))
        return "a filter is kept"


def mem_socket_buffers(inside: Inside, attempts: Attempts) -> None:
    attempts.do("widen what a socket sends", lambda: _widen_socket(socket.SO_SNDBUF))
    attempts.do("widen what a socket receives", lambda: _widen_socket(socket.SO_RCVBUF))
    attempts.do("give a socket a filter", _filter_socket)
    own = inside.channel.socket
    attempts.do("widen its own socket", lambda: own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES))


def _rule_set() -> str:
    handled = ctypes.c_uint64(1)
    os.close(call_number(_LANDLOCK_CREATE, ctypes.byref(handled), 8, 0))
    return "made"


def _reached(number: int, *arguments: int) -> str:
    """Nonsense, which only a kernel that looks at it can say."""
    try:
        return f"worked: {call_number(number, *arguments)}"
    except OSError as error:
        if error.errno in (errno.EBADF, errno.EBADFD, errno.EINVAL):
            return f"reached the kernel: {error.strerror}"
        raise


def _another_filter() -> str:
    step = _Step(*_RETURN_ALLOW)
    program = _Program(1, ctypes.addressof(step))
    _checked(libc().prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0))
    return "kept"


def mem_kernel_rules(inside: Inside, attempts: Attempts) -> None:
    attempts.do("make a set of rules", _rule_set)
    attempts.do("add a rule", lambda: _reached(_LANDLOCK_ADD, -1, 1, 0, 0))
    attempts.do("apply rules", lambda: _reached(_LANDLOCK_RESTRICT, -1, 0))
    attempts.do("keep another filter of system calls", _another_filter)
