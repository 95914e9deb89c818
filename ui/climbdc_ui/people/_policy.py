"""Only scripts of the page itself run in it.

Gradio's page has scripts in its HTML. Each is given a number used once that the policy names, so that a script or an
`onerror=` that came in with data does nothing, even if it were not escaped somewhere. Evaluation stays allowed: Gradio
makes functions of the page's own small scripts from text.
"""

from __future__ import annotations

import gzip
import re
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Message, Send

__all__ = ["POLICY", "numbered"]

_REST: Final = (
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
POLICY: Final = f"default-src 'self'; script-src 'self'; {_REST}"
"""For all but the page: no script but files of this site, and no request to other hosts, whatever the data say."""
_SCRIPT: Final = re.compile(rb"<script(?=[\s>])")
_LONGEST: Final = 16 << 20


def numbered(send: Send, takes: str) -> Send:
    """Numbers the scripts of the page.

    Args:
        send: Where the answer goes.
        takes: Encodings that the browser takes; the answer must come here without any.
    """
    began: Message = {}
    parts: list[bytes] = []

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            began.update(message)
            return
        parts.append(message.get("body", b""))
        if message.get("more_body") and sum(map(len, parts)) < _LONGEST:
            return
        number = secrets.token_urlsafe(16)
        body = _SCRIPT.sub(f'<script nonce="{number}"'.encode(), b"".join(parts))
        more = [(b"content-security-policy", _for_page(number).encode()), (b"vary", b"accept-encoding")]
        if "gzip" in takes:
            body = gzip.compress(body, 5)
            more.append((b"content-encoding", b"gzip"))
        kept = [pair for pair in began["headers"] if pair[0].lower() not in {b"content-length", b"vary"}]
        began["headers"] = [*kept, (b"content-length", str(len(body)).encode()), *more]
        await send(began)
        await send({"type": "http.response.body", "body": body})

    return wrapped


def _for_page(number: str) -> str:
    return f"default-src 'self'; script-src 'self' 'nonce-{number}' 'unsafe-eval' blob:; {_REST}"
