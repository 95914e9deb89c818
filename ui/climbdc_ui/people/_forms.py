"""Forms that only a page of ours can have sent, and the pages they are on."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any, Final

from python_multipart.multipart import parse_options_header
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from climbdc.errors import InputError
from climbdc_ui._render import render, trusted
from climbdc_ui.people._style import STYLE

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

__all__ = ["Form", "Forms", "page"]

_LONGEST: Final = 16_384
Form = dict[str, str]


class Forms:
    """Forms with a token that is bound to a cookie of the browser; it holds while the server runs."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, cookie: str) -> str:
        """What a form carries."""
        return hmac.new(self._key, cookie.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    async def read(self, scope: Scope, receive: Receive, cookie: str) -> Form:
        """A form that was sent.

        Raises:
            InputError: It is not of a page that this browser was given lately.
        """
        request = Request(scope, receive)
        kind, _ = parse_options_header(request.headers.get("content-type", ""))
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LONGEST:
                raise InputError("This form is too long.", fix="Write less.", code="long-form")
        told = _fields(body) if kind == b"application/x-www-form-urlencoded" else {}
        if not cookie or not hmac.compare_digest(told.get("form", "").encode(), self.token(cookie).encode()):
            raise InputError("This page was open for too long.", fix="Please try once more.", code="old-form")
        return told


def page(name: str, status: int = 200, **values: Any) -> Response:
    """A page of its own: no script, no request, nothing from elsewhere."""
    nonce = secrets.token_urlsafe(16)
    html = render(f"people/{name}", style=trusted(STYLE), nonce=nonce, **values)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return HTMLResponse(html, status, {"content-security-policy": policy, "cache-control": "no-store"})


def _fields(body: bytes) -> Form:
    from urllib.parse import parse_qsl

    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=50, errors="strict"))
    except ValueError:
        return {}
