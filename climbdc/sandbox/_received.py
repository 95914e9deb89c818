"""Bytes of tables as a job sent them: kept in memory that only the host can write, and looked at by a locked worker.

The job's process never holds this memory, so what was checked is what is used.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from climbdc.sandbox._outcome import Outcome
from climbdc.sandbox._wire import Channel, Part

__all__ = ["DecodingFailed", "Received", "receive"]

_ALIGNMENT = 64


class DecodingFailed(Exception):
    """The worker that looks at tables could not do its work.

    Args:
        outcome: What the job's outcome is in consequence.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


@dataclass(frozen=True)
class Received:
    """Tables as they came.

    Args:
        file: Open for reading only; for the worker that looks at it.
        mapping: The host's own view of the same bytes.
        parts: By name of the table, its first byte and its size.
    """

    file: int
    mapping: mmap.mmap
    parts: dict[str, tuple[int, int]]


def _places(parts: Sequence[Part]) -> tuple[dict[str, tuple[int, int]], int]:
    places: dict[str, tuple[int, int]] = {}
    end = 0
    for part in parts:
        start = -(-end // _ALIGNMENT) * _ALIGNMENT
        places[part.name] = (start, part.size)
        end = start + part.size
    return places, end


def _anonymous_file(size: int) -> tuple[int, int]:
    """A file without a name: one descriptor to write with and one that can only read."""
    if hasattr(os, "memfd_create"):
        writing = os.memfd_create("climbdc-answer", os.MFD_CLOEXEC)
        reading = os.open(f"/proc/self/fd/{writing}", os.O_RDONLY | os.O_CLOEXEC)
    else:
        writing, path = tempfile.mkstemp(prefix="climbdc-")
        reading = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        os.unlink(path)
    os.ftruncate(writing, size)
    return writing, reading


@contextmanager
def receive(channel: Channel, parts: Sequence[Part]) -> Iterator[Received]:
    """Take the bytes of the announced tables off the channel; their sizes have been checked.

    The mapping lives on for as long as a table made of it does.

    Raises:
        Hangup: The job sent less than it had announced.
        DeadlinePassed: It took too long.
    """
    places, size = _places(parts)
    writing, reading = _anonymous_file(max(size, 1))
    try:
        with mmap.mmap(writing, max(size, 1)) as target, memoryview(target) as view:
            for start, length in places.values():
                with view[start : start + length] as piece:
                    channel.read_into(piece)
        yield Received(reading, mmap.mmap(reading, max(size, 1), access=mmap.ACCESS_READ), places)
    finally:
        os.close(writing)
        os.close(reading)
