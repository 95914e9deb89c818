"""Attacks by and on processes. Where they work: few forks that end by themselves, and only victims are killed."""

from __future__ import annotations

import collections
import ctypes
import fcntl
import itertools
import os
import platform
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from climbdc.sandbox.attacks._attempt import Attempts, Held, Inside
from climbdc.sandbox.attacks._syscalls import reach, syscall
from climbdc.sandbox.attacks._targets import STEM

__all__ = ["fork_some"]

_FORKS = 64
_FORK_SECONDS = 0.2
_LOOP_SECONDS = 4.0
_LOOP_ROUNDS = 4_000_000_000
_DAEMON_SECONDS = 1.5
_SHELL_SAYS = 42
_NEIGHBOURS = 8


def fork_some(count: int, work: Callable[[], object], fork: Callable[[], int] = os.fork) -> str:
    """Fork so many children, which work and end, and wait for them.

    Raises:
        OSError: Not even one could be forked.
    """
    children: list[int] = []
    try:
        for _ in range(count):
            child = fork()
            if child == 0:
                try:
                    work()
                finally:
                    os._exit(0)
            children.append(child)
    except OSError:
        if not children:
            raise
    finally:
        for child in children:
            os.waitpid(child, 0)
    return f"{len(children)} processes"


def _clone3() -> int:
    fields = (ctypes.c_uint64 * 11)()
    fields[4] = signal.SIGCHLD
    return syscall("clone3", ctypes.byref(fields), ctypes.sizeof(fields))


def fork_bomb(inside: Inside, attempts: Attempts) -> None:
    attempts.do("fork", lambda: fork_some(_FORKS, lambda: time.sleep(_FORK_SECONDS)))
    if platform.machine() == "x86_64":
        attempts.do("fork by number", lambda: fork_some(1, lambda: None, lambda: syscall("fork")))
    attempts.do("clone", lambda: fork_some(1, lambda: None, lambda: syscall("clone", int(signal.SIGCHLD), 0, 0, 0, 0)))
    attempts.do("clone3", lambda: fork_some(1, lambda: None, _clone3))


def _shell() -> str:
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", f"exit {_SHELL_SAYS}"], {})
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code != _SHELL_SAYS:
        raise Held(f"the shell ended with {code}")
    return "a shell ran"


def exec_shell(inside: Inside, attempts: Attempts) -> None:
    attempts.do("start a shell", _shell)
    attempts.do("start a file by its handle", lambda: reach("execveat", -1, b"", None, None, 0))
    attempts.began()
    attempts.do("become a shell", lambda: os.execv("/bin/sh", ["sh", "-c", f"exit {_SHELL_SAYS}"]))


def _loop() -> str:
    end = time.monotonic() + _LOOP_SECONDS
    while time.monotonic() < end:
        pass
    return "nothing stopped it"


def infinite_loop(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    attempts.do("loop", _loop)


def infinite_loop_c(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    attempts.do("loop inside the C library", lambda: collections.deque(itertools.repeat(0, _LOOP_ROUNDS), maxlen=0))


def ignore_sigterm(inside: Inside, attempts: Attempts) -> None:
    def deaf() -> str:
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        time.sleep(_LOOP_SECONDS)
        return "nothing stopped it"

    attempts.began()
    attempts.do("ignore every signal and stay", deaf)


def _beat(inside: Inside) -> None:
    """Live on apart from the job, and show it."""
    os.setsid()
    if os.fork() != 0:
        return
    end = time.monotonic() + _DAEMON_SECONDS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        while time.monotonic() < end:
            sock.sendto(b"a process lives on", inside.targets.udp)
            time.sleep(0.05)


def background_daemon(inside: Inside, attempts: Attempts) -> None:
    attempts.do("leave the session", os.setsid)
    attempts.do("leave a process", lambda: fork_some(1, lambda: _beat(inside)))


def _kill(pid: int) -> str:
    os.kill(pid, 0)
    if STEM.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes():
        return "may signal a process"
    os.kill(pid, signal.SIGKILL)
    return "killed"


def kill_parent(inside: Inside, attempts: Attempts) -> None:
    for number, pid in enumerate(inside.targets.victims):
        attempts.do(f"kill process {number}", _kill, pid)
    attempts.do("signal its parent", lambda: os.kill(os.getppid(), 0))
    attempts.do("signal the host", lambda: os.kill(inside.targets.host, 0))


def kill_all(inside: Inside, attempts: Attempts) -> None:
    attempts.do("signal every process", lambda: os.kill(-1, 0))
    attempts.do("signal the parent's group", lambda: os.killpg(os.getpgid(os.getppid()), 0))


def _own(pid: int) -> str:
    """Ask for a process to get the signals of a file."""
    with open(os.devnull, "rb") as file:
        fcntl.fcntl(file, fcntl.F_SETOWN, pid)
    return "set"


def _slow(pid: int) -> None:
    """Set the priority of a process to what it is."""
    os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid))


def kill_worker(inside: Inside, attempts: Attempts) -> None:
    parent = os.getppid()
    attempts.do("signal the worker", lambda: os.kill(parent, 0))
    attempts.do("signal its thread", lambda: syscall("tgkill", parent, parent, 0))
    attempts.do("queue a signal", lambda: reach("rt_sigqueueinfo", parent, 0, None))
    attempts.do("stay when it ends", lambda: syscall("prctl", 1, 0, 0, 0, 0))
    attempts.do("slow it down", _slow, parent)
    attempts.do("move it", lambda: os.sched_setaffinity(parent, os.sched_getaffinity(parent)))
    attempts.do("send it a file's signals", lambda: _own(parent))
    for step in range(1, _NEIGHBOURS + 1):
        for pid in (os.getpid() - step, os.getpid() + step):
            attempts.do("signal a neighbour", os.kill, pid, 0)
