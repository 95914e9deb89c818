"""`ui`: the web chat."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import app, console, messages


@app.command()
def ui(
    host: Annotated[
        str, typer.Option(help="Address to listen on; this computer only, unless --multi-user.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 7860,
    data_dir: o.DataDir = None,
    published: Annotated[
        str,
        typer.Option(help="How people reach it: 127.0.0.1:7860 for a container's port, https://name behind a proxy."),
    ] = "",
    multi_user: Annotated[bool, typer.Option("--multi-user", help="For several people, each with an account.")] = False,
    proxy: Annotated[str, typer.Option(help="Address of the proxy before it, believed whom it forwards.")] = "",
) -> None:
    """The web chat: clean a dataset on a page in the browser.

    Alone, it is for this computer only, and the printed address holds the key. With --multi-user everyone logs in and
    sees their own sessions and those shared with them; `climbdc users` manages accounts.

    Examples:
        climbdc ui
        climbdc ui --port 0 --data-dir sessions
        climbdc ui --multi-user --host 0.0.0.0 --published https://clean.example.org --proxy 192.0.2.7
    """
    from climbdc.errors import ClimbdcError

    try:
        page = import_module("climbdc_ui")
    except ModuleNotFoundError as error:
        raise ClimbdcError(
            f"The page cannot be shown: the package {error.name} is not here.",
            fix="Install it with `pip install climbdc`.",
            code="no-page",
        ) from error

    def say(address: str, words: str) -> None:
        messages.print(words, markup=False, highlight=False)
        if address:
            console.print(address, markup=False, highlight=False)

    os.umask(0o077)
    copilot = o.copilot(data_dir, share_sandbox=True)
    page.serve(copilot, host, port, say, published, multi_user=multi_user, proxy=proxy)
