"""Inside a container: carries one job between the streams of a program that the engine starts and the zygote.

Where host and container are not on one kernel, open files cannot pass. The host then has the engine start this program
and speaks over its standard streams; here the files are made anew in memory and handed over. It is loaded without the
packages around it, and imports what starts fast: it is started once a job.

A host says first: the lengths of order and files, the order, the files. Then both sides send frames: one letter, a
length, a body. The host says `WORK` and `KILL`; this program says `WORK`, `END` of the work, and last `STATUS`.
"""

from __future__ import annotations

import mmap
import os
import select
import socket
import struct
import sys
import time
from typing import NoReturn

from climbdc.sandbox.wire._handover import receive_with_files, send_with_files

__all__ = ["END", "FRAME", "KILL", "ORDER", "PIECE", "SIZE", "STATUS", "WORK", "main"]

FRAME = struct.Struct("!cI")
ORDER = struct.Struct("!II")
"""Length of the order, number of files."""
SIZE = struct.Struct("!Q")
"""Size of a file."""
WORK, END, STATUS, KILL = b"W", b"E", b"S", b"K"
PIECE = 1 << 16
"""Most bytes in one frame of work."""
_MOST_WAITING = (256 << 20) + (1 << 16)
_CONNECT_SECONDS = 120
_CONNECT_MILLISECONDS = 20
_IN, _OUT = 0, 1


def _exactly(size: int) -> bytes:
    data = bytearray(size)
    _fill(memoryview(data))
    return bytes(data)


def _fill(rest: memoryview) -> None:
    """Read into all of it.

    Raises:
        EOFError: The host is gone.
    """
    position = 0
    while position < len(rest):
        with rest[position:] as free:
            count = os.readv(_IN, [free])
        if count == 0:
            raise EOFError("the host is gone")
        position += count


def _file_of(size: int) -> int:
    """The next bytes of the host as a file in memory that can only be read."""
    writing = os.memfd_create("frame", os.MFD_CLOEXEC)
    reading = os.open(f"/proc/self/fd/{writing}", os.O_RDONLY | os.O_CLOEXEC)
    os.ftruncate(writing, size)
    if size:
        with mmap.mmap(writing, size) as target, memoryview(target) as view:
            _fill(view)
    os.close(writing)
    return reading


def _take_order() -> tuple[bytes, list[int]]:
    length, count = ORDER.unpack(_exactly(ORDER.size))
    sizes = [SIZE.unpack(_exactly(SIZE.size))[0] for _ in range(count)]
    order = _exactly(length)
    return order, [_file_of(size) for size in sizes]


def _connect(path: str) -> tuple[socket.socket, bytes]:
    """Reach the zygote, and hear what it says of itself.

    Raises:
        OSError: It does not listen.
        EOFError: It ended at once.
    """
    zygote = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        zygote.connect(path)
        return zygote, receive_with_files(zygote)[0]
    except BaseException:
        zygote.close()
        raise


class _Pump:
    """Moves bytes both ways until the job has ended. What the host says is always read, so that it can say `KILL`."""

    def __init__(self, work: socket.socket, status: socket.socket) -> None:
        self._work = work
        self._status: socket.socket | None = status
        self._heard = bytearray()
        self._to_work = bytearray()
        self._to_host = bytearray()
        self._working = True
        work.setblocking(False)
        os.set_blocking(_OUT, False)

    def run(self) -> None:
        """Pump.

        Raises:
            EOFError: The host is gone.
        """
        while self._working or self._status or self._to_host:
            ready = dict(self._poll())
            if ready.get(_IN):
                self._hear()
            if ready.get(_OUT):
                self._tell()
            if ready.get(self._work.fileno()):
                self._move()
            if self._status is not None and ready.get(self._status.fileno()):
                self._end(self._status)

    def _poll(self) -> list[tuple[int, int]]:
        poll = select.poll()
        poll.register(_IN, select.POLLIN)
        if self._to_host:
            poll.register(_OUT, select.POLLOUT)
        if self._working:
            wanted = select.POLLIN if len(self._to_host) < PIECE else 0
            wanted |= select.POLLOUT if self._to_work else 0
            if wanted:
                poll.register(self._work, wanted)
        if self._status is not None:
            poll.register(self._status, select.POLLIN)
        return poll.poll()

    def _hear(self) -> None:
        data = os.read(_IN, PIECE)
        if not data:
            raise EOFError("the host is gone")
        self._heard += data
        while len(self._heard) >= FRAME.size:
            kind, size = FRAME.unpack_from(self._heard)
            end = FRAME.size + size
            if len(self._heard) < end:
                return
            if kind == KILL and self._status is not None:
                self._status.shutdown(socket.SHUT_WR)
            elif kind == WORK and self._working:
                self._to_work += self._heard[FRAME.size : end]
            del self._heard[:end]
            if len(self._to_work) > _MOST_WAITING:
                raise EOFError("more was said than a job is ever told")

    def _tell(self) -> None:
        try:
            count = os.write(_OUT, self._to_host)
        except BlockingIOError:
            return
        del self._to_host[:count]

    def _move(self) -> None:
        try:
            if self._to_work:
                with memoryview(self._to_work) as view:
                    count = self._work.send(view[: 4 * PIECE])
                del self._to_work[:count]
        except BlockingIOError:
            pass
        except OSError:
            # It reads no more; what it said before it ended is still to be read.
            self._to_work.clear()
        if len(self._to_host) >= PIECE:
            return
        try:
            data = self._work.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._to_host += FRAME.pack(WORK if data else END, len(data)) + data
        if not data:
            self._working = False
            self._to_work.clear()

    def _end(self, status: socket.socket) -> None:
        try:
            body, _ = receive_with_files(status)
            self._to_host += FRAME.pack(STATUS, len(body)) + body
        except (EOFError, OSError):
            pass
        status.close()
        self._status = None


def _job(path: str) -> None:
    order, files = _take_order()
    # The zygote ends the job when this connection closes, however this program ends.
    zygote, _ = _connect(path)
    work, their_work = socket.socketpair()
    status, their_status = socket.socketpair()
    with their_work, their_status:
        send_with_files(zygote, order, [their_work.fileno(), their_status.fileno(), *files])
    for file in files:
        os.close(file)
    _Pump(work, status).run()


def _lifeline(path: str) -> None:
    """Hold the connection whose end is the zygote's end, until the host is gone."""
    _exactly(1)
    poll = select.poll()
    poll.register(_IN, select.POLLIN)
    deadline = time.monotonic() + _CONNECT_SECONDS
    while True:
        try:
            zygote, hello = _connect(path)
            break
        except OSError:
            if poll.poll(_CONNECT_MILLISECONDS) or time.monotonic() > deadline:
                return
    os.write(_OUT, FRAME.pack(STATUS, len(hello)) + hello)
    poll.register(zygote, select.POLLIN)
    poll.poll()


def main(what: str, path: str) -> NoReturn:
    """Run, and end without tidying up: the kernel closes what is open, and that is what the others wait for.

    Args:
        what: `job` or `lifeline`.
        path: Where the zygote listens.
    """
    try:
        (_lifeline if what == "lifeline" else _job)(path)
    except (EOFError, OSError) as error:
        print(f"The relay ended: {error}", file=sys.stderr, flush=True)
    os._exit(0)
