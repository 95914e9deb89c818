"""`sandbox serve`: a sandbox for programs that may not start one themselves, such as the page in a container."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from climbdc.cli._sandbox import sandbox


@sandbox.command()
def serve(
    socket: Annotated[Path, typer.Option(help="Unix socket to listen at; only this user can reach it.")],
) -> None:
    """Run tools for programs that connect to a socket, each job locked as in any other sandbox.

    They name the socket in CLIMBDC_SANDBOX_SOCKET, and test what they reach before they use it. It runs until it is
    ended, and is meant for a container without a network; docker-compose.yml shows how.

    Example: climbdc sandbox serve --socket /run/climbdc/sandbox.sock
    """
    from climbdc.jobs import PRELOAD
    from climbdc.sandbox import serve_sandbox

    serve_sandbox(socket, handler="climbdc.jobs:handle", preload=PRELOAD)
