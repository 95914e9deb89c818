"""The process of one job: shut every door, read the request, call the handler, answer, end.

Runs in a fork of the zygote and never returns to it. Nothing here may wait for the zygote or trust the tool.
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pyarrow as pa

from climbdc.sandbox._calling import ProgressSender, call_tool, clean_text
from climbdc.sandbox._job import Handler, JobLimits, Reply
from climbdc.sandbox._lockdown import Confinement, apply_limits, die_with, lock_down
from climbdc.sandbox._probe import PROBE_VERB, probe
from climbdc.sandbox._sending import send_answer
from climbdc.sandbox._wire import REQUEST, BrokenAnswer, Channel, Request, WireError, load_json

__all__ = ["ChildTask", "run_child"]


@dataclass(frozen=True)
class ChildTask:
    """What the zygote hands to its fork.

    Args:
        work: The job's socket.
        frames: Open files by name, in the Arrow IPC file format.
        limits: What the job may use.
        readable: What it may read.
        handler: What it calls.
        lock: Whether to confine it; without, only the limits apply.
        parent: The zygote's process number.
        max_tasks: Tasks of this user at which no thread may start.
    """

    work: int
    frames: dict[str, int]
    limits: JobLimits
    readable: Sequence[Path]
    handler: Handler
    lock: bool
    parent: int
    max_tasks: int


def _close_other_files(keep: set[int]) -> None:
    last = -1
    for file in [*sorted(keep), 1 << 16]:
        os.closerange(max(last + 1, 3), file)
        last = file


def _isolate(task: ChildTask) -> None:
    """Leave what was inherited: handlers of signals, open files, standard streams, random state."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with(task.parent)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _close_other_files({task.work, *task.frames.values()})
    random.seed(0)
    np.random.seed(0)


def _confine(task: ChildTask) -> None:
    size = sum(os.fstat(file).st_size for file in task.frames.values())
    confinement = Confinement(task.limits, size, len(task.frames), task.max_tasks)
    if task.lock:
        lock_down(confinement, task.readable)
    else:
        apply_limits(confinement)


def _map_table(file: int) -> pa.Table:
    mapped = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
    os.close(file)
    return pa.ipc.open_file(pa.py_buffer(mapped)).read_all()


def _reply(task: ChildTask, request: Request, tables: dict[str, pa.Table], channel: Channel) -> Reply:
    if request.verb == PROBE_VERB:
        return probe(request.payload)
    return task.handler(request.verb, request.payload, tables, ProgressSender(channel))


def _serve(task: ChildTask, channel: Channel) -> None:
    try:
        _isolate(task)
        _confine(task)
        kind, body = channel.read_frame()
        if kind != REQUEST:
            raise WireError("the host sent no request")
        request = Request.model_validate(load_json(body))
        tables = {name: _map_table(file) for name, file in task.frames.items()}
    except Exception as error:
        detail = f"The worker could not begin: {type(error).__name__}: {clean_text(error)[:500]}"
        send_answer(channel, BrokenAnswer(detail=detail), Reply({}))
        return
    answer, reply = call_tool(lambda: _reply(task, request, tables, channel), task.limits)
    send_answer(channel, answer, reply)


def run_child(task: ChildTask) -> NoReturn:
    """Run one job in this freshly forked process, then end it."""
    try:
        _serve(task, Channel(socket.socket(fileno=task.work)))
        os._exit(0)
    except BaseException:
        os._exit(70)
