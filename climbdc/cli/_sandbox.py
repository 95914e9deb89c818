"""`sandbox`: the place where tools run, and whether it holds."""

from __future__ import annotations

import typer

from climbdc.cli._app import app, console

__all__ = ["sandbox"]

sandbox = typer.Typer(help="Where tools and generated code run.", no_args_is_help=True)
app.add_typer(sandbox, name="sandbox")


@sandbox.command()
def check(backend: str = typer.Option("auto", "--backend", help="auto, docker, bubblewrap or landlock.")) -> None:
    """Try, inside the sandbox, everything it must refuse."""
    from climbdc.sandbox import open_sandbox, self_test

    with open_sandbox(backend, handler="climbdc.jobs:handle") as opened:
        result = self_test(opened)
    for made in result.checks:
        console.print(f"{'ok' if made.ok else 'NO'}  {made.name}: {made.detail}", markup=False, highlight=False)
    if not result.ok:
        raise typer.Exit(1)
