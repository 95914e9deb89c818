"""The two ends of what a relay says, without an engine between them."""

from __future__ import annotations

import os
import select
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from climbdc.sandbox.backends._relay import END, FRAME, KILL, ORDER, SIZE, STATUS, WORK
from climbdc.sandbox.backends._relay_stream import ExecStream
from climbdc.sandbox.wire._handover import receive_with_files, send_with_files


class FakeEngine:
    """As much of an engine as one stream needs."""

    def __init__(self, end: socket.socket) -> None:
        self.api = self
        self.end = end

    def exec_create(self, container: str, command: list[str], **options: bool) -> dict[str, str]:
        return {"Id": "1"}

    def exec_start(self, name: str, **options: bool) -> socket.socket:
        return self.end


def stream_over(end: socket.socket) -> ExecStream:
    engine: Any = FakeEngine(end)
    return ExecStream(engine, "container", ["program"])


def piece(data: bytes, stream: int = 1) -> bytes:
    return struct.pack("!BxxxI", stream, len(data)) + data


def test_frames_come_out_of_pieces_of_any_size() -> None:
    engine, ours = socket.socketpair()
    with engine, closing(stream_over(ours)) as stream:
        said = FRAME.pack(WORK, 5) + b"hello" + FRAME.pack(END, 0)
        for byte in b"".join(piece(said[at : at + 2]) + piece(b"") for at in range(0, len(said), 2)):
            engine.sendall(bytes([byte]))
        assert stream.frame() == (WORK, b"hello") and stream.frame() == (END, b"")
        stream.send(b"answer")
        assert engine.recv(100) == b"answer"


@pytest.mark.parametrize(
    "said",
    [
        piece(FRAME.pack(WORK, 1 << 30)),
        piece(FRAME.pack(WORK, 100) + b"short"),
        piece(FRAME.pack(WORK, 0), stream=2),
        piece(b"W"),
        b"\x01",
        b"",
    ],
)
def test_what_is_no_frame_ends_the_stream(said: bytes) -> None:
    engine, ours = socket.socketpair()
    with closing(stream_over(ours)) as stream:
        with engine:
            engine.sendall(said)
        with pytest.raises((EOFError, ConnectionError)):
            stream.frame()


@contextmanager
def program(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The relay as it runs in a container."""
    code = f"from climbdc.sandbox.backends._relay import main; main('job', {str(path)!r})"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, bufsize=0) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_relay_hears_although_nothing_flows(tmp_path: Path) -> None:
    """A job that neither reads nor is heard can be ended, and all it said before comes out after that."""
    path, said, body = tmp_path / "z.sock", os.urandom(1 << 20), os.urandom(8 << 20)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with program(path) as relay:
            assert relay.stdin is not None and relay.stdout is not None
            head = ORDER.pack(5, 2) + SIZE.pack(3) + SIZE.pack(0)
            relay.stdin.write(head + b"order" + b"abc")
            zygote = listener.accept()[0]
            with zygote:
                send_with_files(zygote, b"{}")
                order, (work, status, *frames) = receive_with_files(zygote)
                assert order == b"order" and [os.pread(frame, 9, 0) for frame in frames] == [b"abc", b""]
                with pytest.raises(OSError, match="Bad file descriptor"):
                    os.write(frames[0], b"x")
                for frame in frames:
                    os.close(frame)
                with socket.socket(fileno=work) as job, socket.socket(fileno=status) as channel:
                    speaking = threading.Thread(target=job.sendall, args=(said,))
                    speaking.start()
                    for at in range(0, len(body), 1 << 16):
                        relay.stdin.write(FRAME.pack(WORK, 1 << 16) + body[at : at + (1 << 16)])
                    relay.stdin.write(FRAME.pack(KILL, 0))
                    assert select.select([channel], [], [], 5)[0] and channel.recv(1) == b""
                    heard = bytearray()
                    while len(heard) < len(said):
                        kind, more = next_frame(relay)
                        assert kind == WORK
                        heard += more
                    speaking.join()
                    assert heard == said
                    send_with_files(channel, b'{"pid":1}')
                rest = dict(next_frame(relay) for _ in range(2))
                assert rest == {END: b"", STATUS: b'{"pid":1}'}
                assert relay.stdout.read(1) == b"" and relay.wait(5) == 0


def next_frame(relay: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    kind, size = FRAME.unpack(read(relay, FRAME.size))
    return kind, read(relay, size)


def read(relay: subprocess.Popen[bytes], size: int) -> bytes:
    assert relay.stdout is not None
    data = b""
    while len(data) < size:
        more = relay.stdout.read(size - len(data))
        assert more, "the relay ended"
        data += more
    return data


def test_the_relay_ends_with_its_host(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "z.sock"))
        listener.listen()
        with program(tmp_path / "z.sock") as relay:
            assert relay.stdin is not None
            relay.stdin.write(ORDER.pack(0, 0))
            with listener.accept()[0] as zygote:
                send_with_files(zygote, b"{}")
                _, files = receive_with_files(zygote)
                relay.stdin.close()
                assert relay.wait(5) == 0
                assert zygote.recv(1) == b""
                for file in files:
                    os.close(file)
