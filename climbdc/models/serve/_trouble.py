"""Why a model's server does not answer as one: what came, and what to do about it."""

from __future__ import annotations

import json
import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

__all__ = ["Trouble", "trouble_at"]

_PATIENCE = 5.0
_LARGEST = 10_000_000
_SET = "CLIMBDC_BASE_URL"


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a server and what mends it, each as the end of a sentence of `doctor`."""

    what: str
    mend: str


def trouble_at(url: SplitResult, key: str) -> Trouble | None:
    """What is wrong with the server of a base URL, judged by its list of models; None where it answers.

    Args:
        url: The base URL.
        key: Sent with the question, where there is one, to this server and to none that it names.
    """
    address = url._replace(path=f"{url.path.rstrip('/')}/models", fragment="").geturl()
    local = url.hostname in {"127.0.0.1", "localhost", "::1"}
    opener = build_opener(_Stay, *([ProxyHandler({})] if local else []))
    try:
        request = Request(address, headers={"Authorization": f"Bearer {key}"} if key else {})
        with opener.open(request, timeout=_PATIENCE) as reply:
            body = reply.read(_LARGEST)
    except HTTPError as error:
        with error:
            return _status(error, url, bool(key))
    except (HTTPException, OSError, ValueError) as error:
        return _unheard(error.reason if isinstance(error, URLError) else error, url)
    return _no_model(body, url)


class _Stay(HTTPRedirectHandler):
    """Follows nobody: the key is for one server."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Nothing to follow."""


def _status(error: HTTPError, url: SplitResult, with_key: bool) -> Trouble:
    """What a status other than 200 means."""
    if error.code in (401, 403):
        if with_key:
            return Trouble("it refuses the key", "Set CLIMBDC_OPENAI_API_KEY to the key of this server.")
        return Trouble(
            "it wants a key, and none is sent",
            "Set CLIMBDC_OPENAI_API_KEY to it; OPENAI_API_KEY is given to public servers only, by https.",
        )
    if 300 <= error.code < 400:
        place = f"it sends elsewhere (status {error.code})"
        return Trouble(place, f"Set {_SET} to the URL that it leads to; none is followed.")
    if error.code == 404:
        versioned = "/v1" in url.path
        wanted = "See that this is its base URL" if versioned else f"Most servers want /v1 at its end: {_with_v1(url)}"
        return Trouble("it has no list of models there (status 404)", f"{wanted}; it is set by {_SET}.")
    if error.code == 400 and url.scheme == "http":
        return Trouble("it does not understand http (status 400)", _other(url, "https"))
    return Trouble(f"it answers {error.code}", "See its log, or ask whoever runs it.")


def _unheard(error: Any, url: SplitResult) -> Trouble:
    """What it means that no reply came."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(
            f"its certificate is not trusted ({error.verify_message})",
            "Let SSL_CERT_FILE name a file with the certificate of whoever signed it.",
        )
    if isinstance(error, ssl.SSLError):
        return Trouble("it does not speak https", _other(url, "http"))
    if isinstance(error, socket.gaierror):
        return Trouble(f"no computer is called {url.hostname}", f"See how the name is spelt in {_SET}.")
    if isinstance(error, TimeoutError):
        told = f"it says nothing for {_PATIENCE:.0f} seconds"
        return Trouble(told, f"See that it runs, and its port and a firewall between; it is set by {_SET}.")
    if isinstance(error, ConnectionRefusedError):
        return Trouble(
            f"it does not answer: nobody listens at port {_port(url)}",
            f"See that it runs and that the port in {_SET} is right; `climbdc model serve` starts one here.",
        )
    if isinstance(error, HTTPException | ConnectionResetError) and url.scheme == "http":
        return Trouble("what answers does not speak http", _other(url, "https"))
    said = getattr(error, "strerror", None) or error
    return Trouble(f"it does not answer ({said})", f"See that it runs and that {_SET} is right.")


def _no_model(body: bytes, url: SplitResult) -> Trouble | None:
    """What is wrong with a reply that should be a list of models."""
    try:
        if isinstance(json.loads(body), dict | list):
            return None
    except (ValueError, RecursionError):
        pass
    wanted = "See that this is its base URL" if "/v1" in url.path else f"Perhaps {_with_v1(url)} is meant"
    return Trouble("what answers is no model's server", f"{wanted}; it is set by {_SET}.")


def _other(url: SplitResult, scheme: str) -> str:
    return f"Write {url._replace(scheme=scheme, query='').geturl()} in {_SET}, or another port."


def _with_v1(url: SplitResult) -> str:
    return url._replace(path=f"{url.path.rstrip('/')}/v1", query="").geturl()


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
