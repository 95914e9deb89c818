"""Answers in plain words, and the headers that every answer has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from climbdc_ui.people._policy import POLICY
from climbdc_ui.people._routes import is_file_of_the_page

if TYPE_CHECKING:
    from starlette.types import Message, Send

__all__ = ["HEADERS", "plain", "redirect", "with_headers"]

Headers = tuple[tuple[bytes, bytes], ...]

HEADERS: Final[Headers] = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""No other site learns our addresses; with `no-referrer`, our own forms would say that they come from nowhere."""
_STRICT: Final = (b"strict-transport-security", b"max-age=31536000")
_NAMED: Final = "/assets/"
"""Files whose names change with their content, so that a browser need never ask for them again."""
_KEPT: Final = (b"cache-control", b"public, max-age=31536000, immutable")
_FOR_OTHERS: Final = (b"access-control-", b"server", b"x-powered-by")


def with_headers(send: Send, path: str, https: bool) -> Send:
    """Adds what every answer has, and takes away what would let other sites read it."""
    more = [*HEADERS, *([_STRICT] if https else [])]
    if not is_file_of_the_page(path):
        more.append((b"cache-control", b"no-store"))

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if not name.lower().startswith(_FOR_OTHERS)]
            there = {name.lower() for name, _ in kept}
            fitting = [*more, _KEPT] if path.startswith(_NAMED) and message["status"] == 200 else more
            message = {**message, "headers": [*kept, *(pair for pair in fitting if pair[0] not in there)]}
        await send(message)

    return wrapped


async def plain(send: Send, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer in words."""
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, *headers]})
    await send({"type": "http.response.body", "body": words.encode() + b"\n"})


async def redirect(send: Send, place: str, *headers: tuple[bytes, bytes]) -> None:
    """Send the browser to a place of this site."""
    await plain(send, 303, "", (b"location", place.encode()), *headers)
