"""The body of a call, read before the call is let through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from climbdc_ui.people._limits import TooMuch

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

__all__ = ["again", "body_of", "uncompressed"]

_LONGEST_CALL: Final = 8 << 20


async def body_of(receive: Receive) -> bytes:
    """The whole body of a call.

    Raises:
        TooMuch: It is longer than any call of the page.
    """
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > _LONGEST_CALL:
            raise TooMuch(413, "This is more than the page ever sends at once.")
    return b"".join(parts)


def again(body: bytes, receive: Receive) -> Receive:
    """The body once more for whom it was sent to, then whatever comes."""
    told = False

    async def wrapped() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return wrapped


def uncompressed(scope: Scope) -> Scope:
    """The request as of a browser that takes no compressed answer, so that the answer can be read."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
