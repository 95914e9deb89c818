"""The wire to a model's server: every byte is heard here, and the wire can be cut from another thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from climbdc._version import __version__
from climbdc.models._client_mask import Mask
from climbdc.models._errors import ModelError

if TYPE_CHECKING:
    from openai import OpenAI

__all__ = ["Leash", "Listener", "Wire", "open_openai", "open_wire", "time_limit"]

_HEADERS = frozenset({
    "host", "content-type", "content-length", "authorization", "api-key", "accept", "user-agent", "connection",
    "openai-organization", "openai-project",
})  # fmt: skip
"""What a request may say beside its body: nothing about this computer, as the `openai` package would."""
_CONNECT_SECONDS = 10.0
_OPENED = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")


class Listener(Protocol):
    """Hears what goes over the wire for one request."""

    leash: Leash

    def sent(self, body: bytes) -> bytes | None:
        """Told before anything is sent; an earlier answer to the same bytes, or None where it is to be sent."""
        ...

    def answered(self, status: int, retry_after: float | None) -> None:
        """Told when the response begins."""
        ...

    def came(self, content: bytes) -> None:
        """Told of bytes that came; may raise."""
        ...


class Leash:
    """Cuts a connection from another thread, for a reason that is then known."""

    def __init__(self) -> None:
        self.reason = ""
        self._lock = threading.Lock()
        self._streams: list[Any] = []

    def hold(self, name: str, info: dict[str, Any]) -> None:
        """A callback for httpcore's `trace`: remember connections as they are made."""
        if not name.endswith(_OPENED):
            return
        with self._lock:
            self._streams.append(info["return_value"])
            if self.reason:
                self._shut()

    def cut(self, reason: str) -> None:
        """End the connection, now or as soon as it is made; the first reason stands."""
        with self._lock:
            self.reason = self.reason or reason
            self._shut()

    def _shut(self) -> None:
        for stream in self._streams:
            opened = stream.get_extra_info("socket")
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


class Wire(httpx2.BaseTransport):
    """A transport that tells a listener everything, and sends nothing where the answer is known.

    Args:
        inner: What sends.
        mask: Takes the key out of what comes.
    """

    def __init__(self, inner: httpx2.BaseTransport, mask: Mask) -> None:
        self._inner = inner
        self._mask = mask
        self.listener: Listener | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send, unless the same bytes were answered before."""
        listener = self.listener
        assert listener is not None, "a request was made outside of a call"
        earlier = listener.sent(request.read())
        if earlier is not None:
            return httpx2.Response(200, content=earlier, request=request)
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]
        request.headers["accept-encoding"] = "identity"
        request.extensions["trace"] = listener.leash.hold
        response = self._inner.handle_request(request)
        listener.answered(response.status_code, _wait(response.headers))
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise ModelError("The model's server sends compressed replies, which was not asked for.")
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = _Heard(response.stream, listener, self._mask)
        return response

    def close(self) -> None:
        """Close what is beneath."""
        self._inner.close()


class _Heard(httpx2.SyncByteStream):
    """A reply's bytes as they come."""

    def __init__(self, inner: httpx2.SyncByteStream, listener: Listener, mask: Mask) -> None:
        self._inner = inner
        self._listener = listener
        self._mask = mask

    def __iter__(self) -> Iterator[bytes]:
        """Tell, then pass on."""
        for content in self._mask.stream(self._inner):
            self._listener.came(content)
            yield content

    def close(self) -> None:
        """Close what is beneath."""
        self._inner.close()


def _wait(headers: httpx2.Headers) -> float | None:
    """Seconds that a server asks to wait; None where it does not."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            return max(0.0, float(headers[name]) * scale)
    with suppress(KeyError, ValueError, TypeError):
        from email.utils import parsedate_to_datetime

        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    return None


def open_wire(base_url: str, mask: Mask) -> Wire:
    """A wire to a server, through the proxy of the environment where there is one.

    No connection is kept for the next call: one that is cut or went stale then concerns no other.
    """
    limits = httpx2.Limits(max_connections=1, max_keepalive_connections=0)
    return Wire(httpx2.HTTPTransport(limits=limits, proxy=_proxy(base_url)), mask)


def _proxy(base_url: str) -> str | None:
    url = urlsplit(base_url)
    if not url.hostname or url.hostname in ("localhost", "127.0.0.1", "::1") or proxy_bypass(url.hostname):
        return None
    proxies = getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def time_limit(seconds: float, connect: float = _CONNECT_SECONDS) -> httpx2.Timeout:
    """Seconds of silence at most, and for the connection."""
    return httpx2.Timeout(seconds, connect=min(seconds, connect))


def open_openai(base_url: str, api_key: str, wire: Wire, timeout: float) -> OpenAI:
    """The `openai` package over a wire.

    It neither repeats a request nor follows where a server sends it: that is for whoever keeps the ledger. The query of
    the URL goes with every request, and the key also under the name by which Azure knows it where that is asked.
    """
    from openai import OpenAI

    url = urlsplit(base_url)
    azure = (url.hostname or "").endswith(".azure.com") or "api-version" in url.query
    return OpenAI(
        base_url=urlunsplit(url._replace(query="", fragment="")), api_key=api_key or "none", max_retries=0,
        timeout=time_limit(timeout),
        default_query=dict(parse_qsl(url.query)),
        default_headers={"User-Agent": f"climbdc/{__version__}", **({"api-key": api_key} if azure else {})},
        http_client=httpx2.Client(transport=wire, follow_redirects=False),
    )  # fmt: skip
