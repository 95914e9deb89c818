"""Bytes of tables as a job sent them: kept in memory that only the host can write, and looked at by a locked worker.

The job's process never holds this memory, so what was checked is what is used.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from climbdc.sandbox.answers._layout import Place, places
from climbdc.sandbox.wire._wire import Channel, Part

__all__ = ["Received", "receive"]

_COPIED_BYTES = 4 << 20


@dataclass(frozen=True)
class Received:
    """Tables as they came.

    Args:
        file: Open for reading only; for the worker that looks at it.
        bytes: The host's own view of the same bytes.
        names: Of the tables, in order.
        places: Where each lies.
    """

    file: int
    bytes: pa.Buffer
    names: list[str]
    places: list[Place]


def _anonymous_file(size: int) -> tuple[int, int]:
    """A file without a name: one descriptor to write with and one that can only read."""
    if sys.platform == "linux":
        writing = os.memfd_create("climbdc-answer", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        reading = os.open(f"/proc/self/fd/{writing}", os.O_RDONLY | os.O_CLOEXEC)
    else:
        writing, path = tempfile.mkstemp(prefix="climbdc-")
        reading = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        os.unlink(path)
    try:
        os.ftruncate(writing, size)
    except OSError:
        os.close(writing)
        os.close(reading)
        raise
    return writing, reading


def _seal(file: int) -> None:
    """Nobody changes these bytes any more, not even a worker that they took over."""
    if sys.platform == "linux":
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)


def _view(file: int, size: int) -> pa.Buffer:
    """The bytes of a file. A mapping keeps a descriptor, of which a process has few, so small ones are copied."""
    mapping = mmap.mmap(file, size, access=mmap.ACCESS_READ)
    if size > _COPIED_BYTES:
        return pa.py_buffer(mapping)
    copy = pa.allocate_buffer(size)
    with mapping, memoryview(copy).cast("B") as target:
        target[:] = mapping[:]
    return copy


@contextmanager
def receive(channel: Channel, parts: Sequence[Part]) -> Iterator[Received]:
    """Take the bytes of the announced tables off the channel; their sizes have been checked.

    What is small is copied; what is large stays mapped, with an open file, for as long as a table made of it lives.

    Raises:
        HostileTable: One is empty, which no table is.
        Hangup: The job sent less than it had announced.
        DeadlinePassed: It took too long.
    """
    found = places([part.size for part in parts])
    size = found[-1][0] + found[-1][1]
    writing, reading = _anonymous_file(size)
    try:
        with mmap.mmap(writing, size) as target, memoryview(target) as view:
            for start, length in found:
                with view[start : start + length] as piece:
                    channel.read_into(piece)
        _seal(writing)
        yield Received(reading, _view(reading, size), [part.name for part in parts], found)
    finally:
        os.close(writing)
        os.close(reading)
