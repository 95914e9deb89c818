"""The host's stand-in for a zygote to which open files cannot be passed: the host notices no difference.

Each order goes, with the bytes of its files, to a program of its own in the container (`_relay`), and from then on
bytes are carried between that program and the sockets of the job. Buffers are bounded by whoever reads slowly.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from climbdc.sandbox.backends._relay import END, FRAME, KILL, ORDER, PIECE, SIZE, STATUS, WORK
from climbdc.sandbox.backends._relay_stream import ExecStream
from climbdc.sandbox.wire._handover import receive_with_files, send_with_files
from climbdc.sandbox.wire._wire import ChildStatus

__all__ = ["RelayProxy"]

_FILE_PIECE = 1 << 20
_GIVEN_UP = "The job was ended before it could begin."
_DYING_SECONDS = 5.0
_CLOSE_SECONDS = 5.0
_STARTERS = 2
_READY = 2
"""Programs kept waiting: a job whose answer has tables needs two."""


def _shut(sock: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(how)


class _Carriage:
    """One job: carries what is said until it has ended. Closes what it was given.

    Args:
        stream: The relay.
        order: What the host said.
        files: Sockets for work and status, then the frames.
    """

    def __init__(self, stream: ExecStream, order: bytes, files: list[int]) -> None:
        work, status, *self._frames = files
        self._stream = stream
        self._order = order
        self._work = socket.socket(fileno=work)
        self._status = socket.socket(fileno=status)
        self._listening = True
        self._ended = threading.Event()

    def run(self) -> None:
        """Carry, and end when the relay has."""
        sender = threading.Thread(target=self._send, name="climbdc-relay-send", daemon=True)
        sender.start()
        try:
            with contextlib.suppress(EOFError, OSError):
                while True:
                    self._pass_on(*self._stream.frame())
        finally:
            self._ended.set()
            self.hang_up()
            sender.join()
            self._stream.close()
            self._work.close()
            self._status.close()
            for file in self._frames:
                os.close(file)

    def hang_up(self) -> None:
        """End it from any thread."""
        self._stream.hang_up()
        _shut(self._work)
        _shut(self._status)

    def _pass_on(self, kind: bytes, body: bytes) -> None:
        if kind == WORK:
            # Whoever has ended a job does not listen, and yet wants to hear how it ended.
            if self._listening:
                try:
                    self._work.sendall(body)
                except OSError:
                    self._listening = False
        elif kind == END:
            _shut(self._work, socket.SHUT_WR)
        elif kind == STATUS:
            send_with_files(self._status, body)
        else:
            raise EOFError("the relay said something unknown")

    def _send(self) -> None:
        try:
            self._send_order()
            self._send_work()
        except (EOFError, OSError):
            self._stream.hang_up()

    def _send_order(self) -> None:
        """Send order and files.

        Raises:
            EOFError: The host gave up on the job, or a file became shorter.
        """
        sizes = [os.fstat(file).st_size for file in self._frames]
        head = ORDER.pack(len(self._order), len(sizes)) + b"".join(map(SIZE.pack, sizes)) + self._order
        self._send_unless_given_up(head)
        for file, size in zip(self._frames, sizes, strict=True):
            position = 0
            while position < size:
                # The same files may be sent again: their position is not touched.
                piece = os.pread(file, min(_FILE_PIECE, size - position), position)
                if not piece:
                    raise EOFError("a file became shorter")
                self._send_unless_given_up(piece)
                position += len(piece)

    def _send_unless_given_up(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            if not self._status.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                send_with_files(self._status, ChildStatus(error=_GIVEN_UP).model_dump_json().encode())
                raise EOFError(_GIVEN_UP)
        self._stream.send(data)

    def _send_work(self) -> None:
        with selectors.DefaultSelector() as selector:
            for sock in (self._status, self._work):
                selector.register(sock, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._status in ready:
                    break
                data = self._work.recv(PIECE)
                if not data:
                    selector.unregister(self._work)
                    continue
                self._stream.send(FRAME.pack(WORK, len(data)) + data)
        self._kill()

    def _kill(self) -> None:
        self._listening = False
        _shut(self._work)
        self._stream.send(FRAME.pack(KILL, 0))
        if not self._ended.wait(_DYING_SECONDS):
            self._stream.hang_up()


class RelayProxy:
    """Serves orders as a zygote does.

    Args:
        start: Starts a relay in the container, told what it is for: `lifeline` or `job`.

    Raises:
        ConnectionError: The engine starts no program in the container.
    """

    def __init__(self, start: Callable[[str], ExecStream]) -> None:
        self._start = start
        self._changed = threading.Condition()
        self._closed = False
        self._starting = self._waiting = 0
        self._ready: deque[ExecStream] = deque()
        self._jobs: set[_Carriage] = set()
        self._threads: list[threading.Thread] = []
        self._lifeline = start("lifeline")
        self.control, self._orders = socket.socketpair()
        self._spawn(self._watch)
        self._spawn(self._serve)

    def _spawn(self, run: Callable[[], None]) -> None:
        with self._changed:
            thread = threading.Thread(target=run, name="climbdc-relay", daemon=True)
            thread.start()
            self._threads = [*(other for other in self._threads if other.is_alive()), thread]

    def _watch(self) -> None:
        """Pass the zygote's greeting on; when it ends, the host must see so."""
        with contextlib.suppress(EOFError, OSError):
            self._lifeline.send(b"\n")
            _, hello = self._lifeline.frame()
            send_with_files(self._orders, hello)
            for _ in range(_STARTERS):
                self._spawn(self._keep_ready)
            self._lifeline.frame()
        self._give_up()

    def _keep_ready(self) -> None:
        """Start relays before they are needed: that takes longer than many a job does."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._wanting())
                if self._closed:
                    return
                self._starting += 1
            try:
                stream = self._start("job")
            except OSError:
                self._give_up()
                return
            with self._changed:
                self._starting -= 1
                if not self._closed:
                    self._ready.append(stream)
                    self._changed.notify_all()
                    continue
            stream.close()
            return

    def _wanting(self) -> bool:
        """Whether to start another. That takes time from jobs that run, so one in reserve is enough for then."""
        coming = len(self._ready) + self._starting
        return coming < self._waiting or coming < (1 if self._jobs else _READY)

    def _give_up(self) -> None:
        """The host sees the end of the zygote, and of the jobs that wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        _shut(self._orders)

    def _serve(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                order, files = receive_with_files(self._orders)
                self._spawn(partial(self._carry, order, files))

    def _carry(self, order: bytes, files: list[int]) -> None:
        try:
            stream = self._take()
        except OSError:
            # The host sees both sockets of the job end without a word, as when a zygote dies.
            for file in files:
                os.close(file)
            return
        job = _Carriage(stream, order, files)
        with self._changed:
            self._jobs.add(job)
            if self._closed:
                job.hang_up()
        try:
            job.run()
        finally:
            with self._changed:
                self._jobs.discard(job)
                self._changed.notify_all()

    def _take(self) -> ExecStream:
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or self._ready)
            self._waiting -= 1
            if self._closed:
                raise ConnectionError("there is no zygote any more")
            return self._ready.popleft()

    def close(self) -> None:
        """End all jobs and then the zygote; no thread is left."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            for job in self._jobs:
                job.hang_up()
            while self._ready:
                self._ready.popleft().close()
        self.control.close()
        _shut(self._orders)
        self._lifeline.hang_up()
        deadline = time.monotonic() + _CLOSE_SECONDS
        while (thread := self._thread()) is not None and time.monotonic() < deadline:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._lifeline.close()
        self._orders.close()

    def _thread(self) -> threading.Thread | None:
        with self._changed:
            return next((thread for thread in self._threads if thread.is_alive()), None)
