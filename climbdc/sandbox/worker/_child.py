"""The process of one job: shut the doors, wait for the order, shut the rest, read the request, answer, end.

Runs in a fork of the zygote and never returns to it. Nothing here may wait for the zygote or trust the tool.
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

from climbdc.sandbox._job import Handler, JobLimits, Reply
from climbdc.sandbox.answers._decoding import DECODE_VERB, decode_reply
from climbdc.sandbox.attacks._inside import ATTACK_VERB, attack
from climbdc.sandbox.wire._handover import receive_with_files
from climbdc.sandbox.wire._wire import REQUEST, REQUEST_BYTES, BrokenAnswer, Channel, Request, WireError, load_json
from climbdc.sandbox.worker._calling import ProgressSender, call_tool, clean_text
from climbdc.sandbox.worker._lockdown import Confinement, Lock, die_with
from climbdc.sandbox.worker._sending import send_answer

__all__ = ["ChildSettings", "ForkOrder", "run_child"]


@dataclass(frozen=True)
class ChildSettings:
    """What is the same for every job of a zygote.

    Args:
        handler: What a job calls.
        readable: What it may read.
        lock: Whether to confine it; without, only the limits apply.
        parent: The zygote's process number.
        max_tasks: Tasks of this user at which no thread may start; None where something else counts them.
        abi: Use no later Landlock than this; None uses the kernel's.
    """

    handler: Handler
    readable: Sequence[Path]
    lock: bool
    parent: int
    max_tasks: int | None
    abi: int | None


class ForkOrder(BaseModel, frozen=True):
    """One job: with it come the work socket, the status socket (which the zygote keeps) and the frames, in order."""

    frames: tuple[str, ...]
    limits: JobLimits


def _close_other_files(keep: set[int]) -> None:
    last = -1
    for file in [*sorted(keep), 1 << 16]:
        os.closerange(max(last + 1, 3), file)
        last = file


def _isolate(settings: ChildSettings, orders: int) -> None:
    """Leave what was inherited: handlers of signals, open files, standard streams, random state."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(settings.parent)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _close_other_files({orders})
    random.seed(0)
    np.random.seed(0)


def _await_order(orders: int) -> tuple[ForkOrder, int, dict[str, int]]:
    """The order, the work socket and the frames by name; this is all the zygote will ever say."""
    with socket.socket(fileno=orders) as channel:
        body, files = receive_with_files(channel)
    order = ForkOrder.model_validate_json(body)
    work, *frames = files
    return order, work, dict(zip(order.frames, frames, strict=True))


def _confine(settings: ChildSettings, lock: Lock, limits: JobLimits, frames: dict[str, int]) -> None:
    size = sum(os.fstat(file).st_size for file in frames.values())
    lock.close(Confinement(limits, size, len(frames), settings.max_tasks))


def _map(file: int) -> mmap.mmap:
    mapped = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
    os.close(file)
    return mapped


def _map_table(file: int) -> pa.Table:
    return pa.ipc.open_file(pa.py_buffer(_map(file))).read_all()


def _prepare(
    settings: ChildSettings, request: Request, frames: dict[str, int], channel: Channel
) -> Callable[[], Reply]:  # fmt: skip
    if request.verb == DECODE_VERB:
        answer = _map(frames["answer"])
        return lambda: decode_reply(answer, request.payload["places"])
    tables = {name: _map_table(file) for name, file in frames.items()}
    if request.verb == ATTACK_VERB:
        return lambda: attack(request.payload, tables, channel)
    return lambda: settings.handler(request.verb, request.payload, tables, ProgressSender(channel))


def _begin(
    settings: ChildSettings, lock: Lock, order: ForkOrder, channel: Channel, frames: dict[str, int]
) -> Callable[[], Reply]:  # fmt: skip
    """Close the lock, and only then look at what the job is."""
    _confine(settings, lock, order.limits, frames)
    kind, body = channel.read_frame(REQUEST_BYTES)
    if kind != REQUEST:
        raise WireError("the host sent no request")
    request = Request.model_validate(load_json(body, trusted=True))
    return _prepare(settings, request, frames, channel)


def _say_broken(channel: Channel, error: Exception) -> None:
    detail = f"The worker could not begin: {type(error).__name__}: {clean_text(error)[:500]}"
    send_answer(channel, BrokenAnswer(detail=detail), Reply({}))


def _lock(settings: ChildSettings) -> Lock | Exception:
    try:
        return Lock(settings.readable, files=settings.lock, abi=settings.abi)
    except Exception as error:
        return error


def _serve(settings: ChildSettings, orders: int) -> None:
    _isolate(settings, orders)
    lock = _lock(settings)
    order, work, frames = _await_order(orders)
    channel = Channel(socket.socket(fileno=work))
    try:
        if isinstance(lock, Exception):
            raise lock
        call = _begin(settings, lock, order, channel, frames)
    except Exception as error:
        _say_broken(channel, error)
        return
    answer, reply = call_tool(call, order.limits)
    send_answer(channel, answer, reply)


def run_child(settings: ChildSettings, orders: int) -> NoReturn:
    """Lock this freshly forked process, wait for one order, run it, and end.

    Args:
        settings: What all jobs share.
        orders: The socket over which the order comes.
    """
    try:
        _serve(settings, orders)
        os._exit(0)
    except BaseException:
        os._exit(70)
