"""`tools` and `taxonomy`: what there is."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from climbdc.cli import _options as o
from climbdc.cli._app import app, console

tools = typer.Typer(help="Tools: what they are for and their params.", no_args_is_help=True)
app.add_typer(tools, name="tools")


@tools.command("list")
def list_tools(as_json: o.Json = False) -> None:
    """All tools."""
    from climbdc.registry import registry

    # What is broken is told on stderr as the registry is made.
    found = list(registry().values())
    if as_json:
        typer.echo(json.dumps([tool.to_json() for tool in found], indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Tool", "Kind", "From", "What it is for"):
        table.add_column(heading, overflow="fold")
    for tool in found:
        told = tool.spec.doc.splitlines()[0] if tool.spec.doc else ""
        table.add_row(tool.spec.name, tool.spec.kind, tool.source or tool.origin, escape(told))
    console.print(table)


@tools.command()
def show(name: Annotated[str, typer.Argument(help="A tool's name.")]) -> None:
    """One tool: what it does, what it addresses, its params."""
    from climbdc.registry import registry

    tool = registry()[name]
    spec = tool.spec
    console.print(
        f"[bold]{spec.name}[/bold] ({spec.kind}, {escape(f'{tool.origin} {tool.source}'.strip())}) "
        f"addresses {', '.join(spec.addresses)}\n",
        highlight=False,
    )
    console.print(spec.doc, markup=False, highlight=False)
    console.print(f"\nrows: {spec.rows}; targets: {', '.join(spec.targets)}; cost: {spec.cost}", highlight=False)
    for param, schema in spec.schema.get("properties", {}).items():
        default = json.dumps(schema.get("default"))
        console.print(f"  {param} = {default}: {schema.get('description', '')}", markup=False, highlight=False)


@app.command()
def taxonomy(
    challenge: Annotated[str | None, typer.Argument(help="A challenge, such as leakage/target-proxy.")] = None,
    as_json: o.Json = False,
) -> None:
    """The data-centric challenges: what each is, why it matters, what screens for it and treats it."""
    from rich.markdown import Markdown

    import climbdc_taxonomy
    from climbdc.settings import Settings
    from climbdc_taxonomy.docs import page

    Settings().export()

    found = climbdc_taxonomy.load()
    if as_json:
        body = found.as_json()
        typer.echo(json.dumps(body if challenge is None else [c for c in body if c["id"] == challenge], indent=1))
        return
    if challenge is not None:
        console.print(Markdown(page(found[challenge])))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Challenge", "In a clinician's words"):
        table.add_column(heading, overflow="fold")
    for item in found:
        table.add_row(item.id, item.title)
    console.print(table)
