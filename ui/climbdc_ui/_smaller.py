"""What parts of the page are drawn anew is sent small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.middleware.gzip import GZipMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Smaller"]

ANSWERS: Final = "/gradio_api/run/"
"""Answers to what was pressed: HTML, which shrinks well. Scripts come small already, and files stay as they are."""
FROM_BYTES: Final = 1200
LEVEL: Final = 4


class Smaller:
    """Compresses the answers to what was pressed.

    Args:
        app: Answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._small = GZipMiddleware(app, minimum_size=FROM_BYTES, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        answering = scope["type"] == "http" and scope["path"].startswith(ANSWERS)
        await (self._small if answering else self._app)(scope, receive, send)
