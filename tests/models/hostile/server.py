"""A model's server for tests: speaks the OpenAI protocol on this machine, keeps every byte it is sent, can be scripted.

    with ModelServer() as server:
        ...  # a client with base_url=server.url, any key, any model
    server.calls[0].prompt

What it answers is decided call by call by a `Behaviour`; without one it is well-behaved: the smallest answer that fits
the form wanted. `Reply(call.answer({"observations": ["..."]}))` says something of one's own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any, Self, cast

from .wire import Behaviour, Call, Reply, body_of, stream_of, well_behaved

__all__ = ["Behaviour", "Call", "ModelServer", "Reply", "well_behaved"]

LONGEST_STALL = 60.0
"""Seconds after which a reply that stalls is given up by the server itself."""


class ModelServer:
    """Listens on 127.0.0.1 at a free port until closed.

    Args:
        script: What to answer: one behaviour for all calls, or one for each call in turn and then well-behaved.
        seed: Of whatever a behaviour draws.
        port: Where to listen; any that is free when 0.
    """

    def __init__(self, script: Behaviour | Iterable[Behaviour] = well_behaved, *, seed: int = 0, port: int = 0) -> None:
        self.seed = seed
        self.calls: list[Call] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._turns: Iterator[Behaviour] = iter(())
        self._always: Behaviour = well_behaved
        self.play(script)
        self._server = _Quiet(("127.0.0.1", port), type("Handler", (_Handler,), {"owner": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def sent(self) -> bytes:
        """Every byte that was sent here."""
        with self._lock:
            return b"\n".join(call.raw for call in self.calls)

    def play(self, script: Behaviour | Iterable[Behaviour]) -> None:
        """Answer so from now on."""
        with self._lock:
            if callable(script):
                self._turns, self._always = iter(()), script
            else:
                self._turns, self._always = iter(script), well_behaved

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes, raw: bytes) -> tuple[Call, Reply]:
        """Keep a request and decide what to answer."""
        with self._lock:
            number = len(self.calls) + 1
            call = Call(number, method, path, headers, body, raw, self.seed + number)
            self.calls.append(call)
            if not path.endswith("/chat/completions"):
                return call, Reply("There is nothing here.", status=404)
            behaviour = next(self._turns, self._always)
        return call, behaviour(call)

    def close(self) -> None:
        """End; replies that stall are let go."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close."""
        self.close()


class _Quiet(ThreadingHTTPServer):
    """Clients that hang up are what these tests are about, and nothing to write to the terminal."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


class _Tee:
    """A stream that keeps what is read from it."""

    def __init__(self, inner: IO[bytes]) -> None:
        self.inner = inner
        self.kept = bytearray()

    def read(self, size: int = -1) -> bytes:
        got = self.inner.read(size)
        self.kept += got
        return got

    def readline(self, size: int = -1) -> bytes:
        got = self.inner.readline(size)
        self.kept += got
        return got

    def close(self) -> None:
        self.inner.close()

    @property
    def closed(self) -> bool:
        return self.inner.closed


class _Handler(BaseHTTPRequestHandler):
    owner: ModelServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # unbuffered, each header is a packet of its own, which costs 44 ms a call
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.tee = _Tee(cast("IO[bytes]", self.rfile))
        self.rfile = cast("Any", self.tee)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        raw, self.tee.kept = bytes(self.tee.kept), bytearray()
        call, reply = self.owner.take(self.command, self.path, dict(self.headers.items()), body, raw)
        try:
            self._send(call, reply)
        except OSError:
            self.close_connection = True

    do_GET = do_PUT = do_DELETE = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _send(self, call: Call, reply: Reply) -> None:
        if reply.cut == 0:
            self.close_connection = True
            return
        streamed = call.stream and reply.body is None and reply.status == 200
        self._head(reply, "text/event-stream" if streamed else "application/json")
        pieces = stream_of(call, reply) if streamed else _cut_up(body_of(call, reply), reply.piece)
        for number, piece in enumerate(pieces, 1):
            if reply.stall is not None and number > reply.stall:
                self.owner.closing.wait(LONGEST_STALL)
            lost = reply.cut is not None and number > reply.cut
            if lost or self.owner.closing.wait(reply.pause):
                self.close_connection = True
                return
            self._piece(piece, reply)
        if reply.framing == "chunked":
            self._piece(b"", reply)
        self.close_connection = self.close_connection or reply.framing == "close"

    def _head(self, reply: Reply, kind: str) -> None:
        framing = ("Transfer-Encoding", "chunked") if reply.framing == "chunked" else ("Connection", "close")
        self.send_response(reply.status)
        for name, value in {"Content-Type": kind, framing[0]: framing[1], **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def _piece(self, piece: bytes, reply: Reply) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if reply.framing == "chunked" else piece)
        self.wfile.flush()


def _cut_up(body: bytes, size: int) -> Iterator[bytes]:
    yield from (body[at : at + size * 40] for at in range(0, len(body), size * 40))
