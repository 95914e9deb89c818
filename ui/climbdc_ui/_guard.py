"""What every request passes before anything else sees it."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from anyio import CancelScope

from climbdc_ui.people import (
    Claims,
    Door,
    Files,
    Limits,
    Site,
    TooMuch,
    Visitor,
    again,
    body_of,
    header,
    is_file_of_the_page,
    is_known,
    is_listening,
    numbered,
    plain,
    tidy,
    uncompressed,
    with_headers,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Gate"]

_LOOK_AGAIN: Final = 5.0
"""Seconds after which a stream looks whether its person is still logged in."""
_UPLOAD: Final = "/gradio_api/upload"
_FILE: Final = "/gradio_api/file="
_PROGRESS: Final = "/gradio_api/upload_progress"
_CALLS: Final = ("/gradio_api/run/", "/gradio_api/queue/join", "/gradio_api/reset")


class Gate:
    """Refuses what does not come from the page itself, strangers, what the page does not use, and too much of anything.

    Args:
        app: What is guarded, all of it: pages, uploads, downloads and every handler.
        site: Where the page is reached.
        door: Who is let in.
        limits: How much each may ask for.
        files: Uploaded files by who uploaded them.
    """

    def __init__(self, app: ASGIApp, site: Site, door: Door, limits: Limits, files: Files) -> None:
        self._app, self._site, self._door, self._limits, self._files = app, site, door, limits, files
        self._claims = Claims()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        scope = tidy(scope, self._site)
        send = with_headers(send, scope["path"], self._site.https)
        if not self._site.knows(scope):
            await plain(send, 421, f"This page is at {self._site.url}")
        elif not self._site.own(scope):
            await plain(send, 403, "This request comes from another page. Open this page itself and try again.")
        elif scope["path"] == "/health":
            await self._app(scope, receive, send)
        else:
            await self._let_in(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        visitor = await self._door.visitor(scope, listening=is_listening(path))
        try:
            if visitor is None:
                self._limits.request(f"from {(scope.get('client') or ('',))[0]}")
            elif not is_file_of_the_page(path):
                self._limits.request(visitor.key)
            if await self._door.pages(visitor, scope, receive, send):
                return
            if visitor is None or not is_known(path):
                await plain(send, 404, "There is nothing at this address.")
                return
            await self._serve(visitor, {**scope, "climbdc.person": visitor.person}, receive, send)
        except TooMuch as much:
            wait = [(b"retry-after", str(much.wait).encode())] if much.wait else []
            await plain(send, much.status, much.words, *wait)

    async def _serve(self, visitor: Visitor, scope: Scope, receive: Receive, send: Send) -> None:
        path, key = scope["path"], visitor.key
        with ExitStack() as held:
            if not is_file_of_the_page(path):
                held.enter_context(self._limits.at_once(key))
            if path == _UPLOAD:
                held.enter_context(self._limits.upload(key, header(scope, b"content-length")))
                scope, send = uncompressed(scope), self._noting(send, key)
            elif path.startswith(_CALLS):
                body = await body_of(receive)
                if not self._may_call(key, body):
                    await plain(send, 404, "This file is not here any more. Upload it again.")
                    return
                receive = again(body, receive)
            elif not self._may_get(key, scope):
                await plain(send, 404, "There is nothing at this address.")
                return
            elif path == "/" and scope["method"] == "GET":
                scope, send = uncompressed(scope), numbered(send, header(scope, b"accept-encoding"))
            end = held.enter_context(CancelScope())
            if is_listening(path):
                send = self._while_known(scope, send, end)
            await self._app(scope, receive, send)

    def _may_get(self, key: str, scope: Scope) -> bool:
        """Whether files and streams that an address names are this person's."""
        path: str = scope["path"]
        if path.startswith(_FILE):
            return self._files.has(key, path.removeprefix(_FILE))
        if path.startswith("/gradio_api/heartbeat/"):
            return self._claims.take(path, key)
        if path == _PROGRESS or path == "/gradio_api/queue/data":
            return self._claims.take(f"{path}?{scope['query_string'].decode('latin-1')}", key)
        return True

    def _may_call(self, key: str, body: bytes) -> bool:
        """Whether a call names only files and an open page of this person."""
        try:
            told: Any = json.loads(body)
        except (ValueError, RecursionError):
            return False
        page = told.get("session_hash") if isinstance(told, dict) else None
        named = not page or self._claims.take(f"/gradio_api/heartbeat/{page}", key)
        return named and self._files.all_own(key, told)

    def _noting(self, send: Send, key: str) -> Send:
        """Notes which files an upload made."""
        parts: list[bytes] = []

        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    self._files.add(key, b"".join(parts))
            await send(message)

        return wrapped

    def _while_known(self, scope: Scope, send: Send, end: CancelScope) -> Send:
        """Ends a stream when its person is logged out."""
        looked = time.monotonic()

        async def wrapped(message: Message) -> None:
            nonlocal looked
            if message["type"] == "http.response.body" and time.monotonic() - looked > _LOOK_AGAIN:
                looked = time.monotonic()
                if await self._door.visitor(scope, listening=True) is None:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    end.cancel()
                    return
            await send(message)

        return wrapped
