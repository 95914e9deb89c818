"""`ui`: the web chat."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import app, console, messages


@app.command()
def ui(
    host: Annotated[str, typer.Option(help="Address to listen on; this computer only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 7860,
    data_dir: o.DataDir = None,
    published: Annotated[
        str, typer.Option(help="In a container: where its port is published on your computer, as 127.0.0.1:7860.")
    ] = "",
) -> None:
    """The web chat: clean a dataset on a page in the browser.

    Examples:
        climbdc ui
        climbdc ui --port 0 --data-dir sessions
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

    def say(address: str) -> None:
        messages.print("Open this address in a browser; it holds the key to your data. Ctrl-C ends.", highlight=False)
        console.print(address, markup=False, highlight=False)

    page.serve(o.copilot(data_dir, share_sandbox=True), host, port, say, published)
