"""Odd ends of a job: the host must know at once what came of it, and the next job must find all as it was."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time

from climbdc.sandbox.attacks._attempt import Attempts, Inside
from climbdc.sandbox.attacks._syscalls import syscall

_LIVES_SECONDS = 4.0
_BEYOND_FIRST = 6


def end_by_realtime_signal(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    os.kill(os.getpid(), signal.SIGRTMIN + _BEYOND_FIRST)


def hang_up(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    inside.channel.socket.shutdown(socket.SHUT_RDWR)
    inside.channel.socket.close()
    time.sleep(_LIVES_SECONDS)
    os._exit(0)


def end_first_thread(inside: Inside, attempts: Attempts) -> None:
    """What is left has no first thread, which is how the kernel shows processes that have ended."""
    attempts.began()
    threading.Thread(target=time.sleep, args=(_LIVES_SECONDS,)).start()
    syscall("exit", 0)
