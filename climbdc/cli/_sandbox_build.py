"""`sandbox build`: the image in which the Docker backend runs tools."""

from __future__ import annotations

from typing import Annotated

import typer

from climbdc.cli._app import console, messages
from climbdc.cli._sandbox import sandbox


@sandbox.command()
def build(
    base: Annotated[str, typer.Option(help="Image to build on; it must be there, nothing is pulled.")] = "",
    engine: Annotated[str, typer.Option(help="Address of the Docker engine; the usual one by itself.")] = "",
    web: Annotated[bool, typer.Option("--web", help="Also build the image that serves the page.")] = False,
) -> None:
    """Build the Docker image in which tools run: from wheels, without a network for the build.

    Examples:
        docker pull python:3.11-slim && climbdc sandbox build
        climbdc sandbox build --web
    """
    from contextlib import closing

    from climbdc.sandbox import BASE, IMAGE, WEB_IMAGE, build_image, connect

    def say(text: str) -> None:
        messages.print(text, markup=False, highlight=False)

    with closing(connect(engine)) as client:
        build_image(client, base=base or BASE, say=say)
        console.print(IMAGE, markup=False, highlight=False)
        if web:
            build_image(client, "web", say=say)
            console.print(WEB_IMAGE, markup=False, highlight=False)
