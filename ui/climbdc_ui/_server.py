"""The server: the page, the results as downloads, and the guard before both."""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from climbdc.errors import InputError
from climbdc_ui._desk import Desk
from climbdc_ui._guard import Guard
from climbdc_ui._handlers import Handlers

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from climbdc.copilot import Copilot

__all__ = ["build_app", "serve"]

MAX_FILE_SIZE = "2gb"


def build_app(desk: Desk, token: str, cookie: str = "climbdc") -> ASGIApp:
    """The whole application behind its token.

    Args:
        desk: Where sessions are.
        token: What the address must bring once.
        cookie: Name of the cookie that keeps it.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(desk.folder / "incoming")
    import gradio as gr
    from fastapi import FastAPI

    from climbdc_ui._page import build_page, head, styles, theme
    from climbdc_ui._routes import routes

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(routes(desk, _person_of))
    page = build_page(Handlers(desk), lambda request: _person_of(request.request))
    gr.mount_gradio_app(
        app, page, path="/", footer_links=[], run_history=False, show_error=False, max_file_size=MAX_FILE_SIZE,
        ssr_mode=False, enable_monitoring=False, theme=theme(), css_paths=styles(), head=head(),
    )  # fmt: skip
    return Guard(app, token, cookie)


def _person_of(request: Request | None) -> str | None:
    """Whose request it is; None where there are no accounts."""
    person: str | None = None if request is None else request.scope.get("climbdc.person")
    return person


def serve(copilot: Copilot, host: str, port: int, say: Callable[[str], None], published: str = "") -> None:
    """Serve the page until interrupted.

    Args:
        copilot: The store.
        host: An address of this computer, such as 127.0.0.1; with `published`, any of the container.
        port: Where to listen; 0 takes a free one.
        say: Told the address to open, token included.
        published: In a container, where its port is published on the person's computer, such as `127.0.0.1:7860`.

    Raises:
        InputError: The page would be for others too, or the port is taken.
    """
    import uvicorn

    shown_host, _, shown_port = published.rpartition(":")
    listening = _listen(host, port, shown_host.strip("[]") if published else host)
    with closing(listening), closing(Desk(copilot)) as desk:
        port = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        app = build_app(desk, token, f"climbdc-{shown_port or port}")
        shown = published or (f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
        say(f"http://{shown}/?token={token}")
        threading.Thread(target=desk.take_up, name="climbdc-take-up", daemon=True).start()
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int, reached_by: str) -> socket.socket:
    """Listen at a host and port, if what people reach them by is this computer alone."""
    if not _is_this_computer(reached_by):
        raise InputError(
            f"{reached_by!r} can be reached by others.",
            fix="The page has no accounts yet and serves this computer only: leave --host at 127.0.0.1.",
            code="host-not-local",
        )
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise InputError(
            f"The page cannot listen on port {port}: {error.strerror or error}.", fix="Choose another with --port.",
            code="port-taken",
        ) from error  # fmt: skip


def _is_this_computer(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
