"""The server: the page and what lies beside it, and the gate before both."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from climbdc.errors import InputError
from climbdc.store import Access
from climbdc_ui._desk import Desk
from climbdc_ui._guard import Gate
from climbdc_ui._handlers import Handlers
from climbdc_ui._smaller import Smaller
from climbdc_ui._warm import warm_up
from climbdc_ui.people import Files, Limits, People, Site, TokenDoor, is_this_computer, kept_secret, person_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from climbdc.copilot import Copilot
    from climbdc_ui.people import Door

__all__ = ["build_app", "serve"]

ALONE = "Open this address in a browser; it holds the key to your data. Ctrl-C ends."
TOGETHER = "The page for everyone who has an account. Ctrl-C ends."
FIRST = "There is no account yet. Make the first one at this address, which works once, or with `climbdc users add`."
BARE = (
    "Passwords and data travel unencrypted to other computers. Put a proxy with https before it: --published https://…"
)


def build_app(desk: Desk, site: Site, door: Door) -> ASGIApp:
    """The whole application behind its gate.

    Args:
        desk: Where sessions are.
        site: Where the page is reached.
        door: Who is let in.
    """
    settings, incoming = desk.copilot.settings, desk.folder / "incoming"
    incoming.mkdir(exist_ok=True)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(incoming)
    import gradio as gr
    from fastapi import FastAPI

    from climbdc_ui._health import health_route
    from climbdc_ui._page import build_page, head, styles, theme
    from climbdc_ui._routes import routes

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(routes(desk, person_of))
    app.include_router(health_route(desk))
    page = build_page(Handlers(desk), lambda request: person_of(request.request))
    gr.mount_gradio_app(
        app, page, path="/", footer_links=[], run_history=False, show_error=False, ssr_mode=False,
        max_file_size=settings.max_upload_mb << 20, enable_monitoring=False, theme=theme(), css_paths=styles(),
        head=head(),
    )  # fmt: skip
    limits = Limits(incoming, settings.max_upload_mb, settings.requests_per_minute)
    files = Files(incoming)
    files.sweep()
    return Gate(Smaller(app), site, door, limits, files)


def serve(
    copilot: Copilot, host: str, port: int, say: Callable[[str, str], None], published: str = "", *,
    multi_user: bool = False, proxy: str = "",
) -> None:  # fmt: skip
    """Serve the page until interrupted.

    Args:
        copilot: The store.
        host: An address of this computer, such as 127.0.0.1; with `published` or `multi_user`, any.
        port: Where to listen; 0 takes a free one.
        say: Told each address to open, with words about it.
        published: How people reach it, where that is not the server's own address: `127.0.0.1:7860` where a container's
            port is published on the person's computer, `https://name` behind a proxy.
        multi_user: For people with accounts, instead of for who has the token of the address.
        proxy: Address of a proxy that is believed whom it forwards.

    Raises:
        InputError: The page would be for others too and has no accounts, or the port is taken.
    """
    import uvicorn

    reached = Site.of(published, host, port)
    if not (multi_user or is_this_computer(reached.host)):
        raise InputError(
            f"{published or host!r} can be reached by others.",
            fix="Leave --host at 127.0.0.1, or give everyone an account: --multi-user.",
            code="host-not-local",
        )
    access = Access(copilot.store.engine, copilot.settings.max_sessions) if multi_user else None
    with closing(_listen(host, port)) as listening, closing(Desk(copilot, access)) as desk:
        site = Site.of(published, host, listening.getsockname()[1])
        door = _people(copilot, site, say) if multi_user else _alone(desk, site, say)
        app = build_app(desk, site, door)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=2, server_header=False,
            proxy_headers=bool(proxy), forwarded_allow_ips=proxy or None,
        )  # fmt: skip
        for beside in (warm_up, desk.take_up):
            threading.Thread(target=beside, name=f"climbdc-{beside.__name__}", daemon=True).start()
        uvicorn.Server(config).run(sockets=[listening])


def _alone(desk: Desk, site: Site, say: Callable[[str, str], None]) -> Door:
    token, secret = secrets.token_urlsafe(24), kept_secret(desk.folder / "browser-key")
    say(f"{site.url}?token={token}", ALONE)
    return TokenDoor(site, token, secret)


def _people(copilot: Copilot, site: Site, say: Callable[[str, str], None]) -> Door:
    people = People(copilot.store, site, copilot.settings)
    say(site.url, TOGETHER)
    first = people.first_address()
    if first:
        say(first, FIRST)
    if not (site.https or is_this_computer(site.host)):
        say("", BARE)
    return people


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise InputError(
            f"The page cannot listen on port {port}: {error.strerror or error}.", fix="Choose another with --port.",
            code="port-taken",
        ) from error  # fmt: skip
