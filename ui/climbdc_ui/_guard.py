"""Nothing is served without the token of the printed address."""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard"]

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""The browser itself refuses requests to other hosts, whatever the data say; Gradio needs inline scripts and eval."""
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
REFUSED = (
    b"This page needs the token of its address. Open the whole address that `climbdc ui` printed, "
    b"from http:// to the end.\n"
)


class Guard:
    """Lets a request through if it brings the token: once in the address, from then on in a cookie.

    Args:
        app: What is guarded, all of it: pages, uploads, downloads and every handler.
        token: The secret.
        cookie: The cookie's name; cookies are shared by all ports of a host, so it should name the port.
    """

    def __init__(self, app: ASGIApp, token: str, cookie: str) -> None:
        self.app = app
        self.token = token
        self.cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, refuse, or take the token out of the address into a cookie."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif self._known(scope):
            await self.app(scope, receive, _with_headers(send))
        elif self._brings_token(scope):
            await self._welcome(scope, send)
        else:
            await _plain(send, 403, REFUSED)

    def _known(self, scope: Scope) -> bool:
        raw = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
        try:
            kept = SimpleCookie(raw).get(self.cookie)
        except CookieError:
            return False
        return kept is not None and self._same(kept.value)

    def _brings_token(self, scope: Scope) -> bool:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        return scope["method"] in {"GET", "HEAD"} and self._same(query.get("token", ""))

    def _same(self, told: str) -> bool:
        return hmac.compare_digest(told.encode(), self.token.encode())

    async def _welcome(self, scope: Scope, send: Send) -> None:
        """Set the cookie and go to the same address without the token, so that it is not kept in the history."""
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        place = "./" + (f"?{rest}" if rest else "")
        cookie = f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Lax"
        await _plain(send, 303, b"", (b"location", place.encode()), (b"set-cookie", cookie.encode()))


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in HEADERS if pair[0] not in there)]
        await send(message)

    return wrapped


async def _plain(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, *HEADERS, *headers]})
    await send({"type": "http.response.body", "body": body})
