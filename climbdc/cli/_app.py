"""The command line: a thin face over the public API. Heavy modules are imported where they are used."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from climbdc.cli._console import SafeConsole

if TYPE_CHECKING:
    from climbdc.errors import ClimbdcError

__all__ = ["app", "begun", "console", "main", "messages"]

app = typer.Typer(
    name="climbdc",
    help="A data-centric co-pilot that turns a messy clinical table into an ML-ready dataset.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

console = SafeConsole(soft_wrap=True)
"""Data, on stdout."""
messages = SafeConsole(stderr=True, soft_wrap=True)
"""Everything else."""


_INTERRUPTED = 130

begun: list[str] = []
"""Ids of the sessions that this process works at, the newest last."""


def _version(wanted: bool) -> None:
    if wanted:
        from climbdc._version import __version__

        typer.echo(f"climbdc {__version__}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Set what concerns every command."""


def main(argv: list[str] | None = None) -> None:
    """Entry point: a person's mistake ends in one sentence, never in a traceback."""
    from climbdc.errors import ClimbdcError, InputError, PlanError, Stopped, StoreError

    begun.clear()

    def ended(error: ClimbdcError, status: int) -> int:
        messages.print(f"[bold]{type(error).__name__.removesuffix('Error') or 'Error'}:[/bold] ", end="")
        messages.print(str(error), markup=False, highlight=False)
        return status

    try:
        app(args=argv, standalone_mode=True)
    except Stopped as error:
        raise SystemExit(ended(error, 0)) from None
    except (InputError, PlanError) as error:
        raise SystemExit(ended(error, 2)) from None
    except ClimbdcError as error:
        raise SystemExit(ended(error, 1)) from None
    except ValueError as error:
        if type(error).__module__.startswith("climbdc_taxonomy"):
            raise SystemExit(ended(InputError(str(error), code="taxonomy"), 2)) from None
        if getattr(error, "title", "") != "Settings":
            raise
        raise SystemExit(ended(_wrong_setting(error), 2)) from None
    except SystemExit as ending:
        # Ctrl-C comes out of Typer as an exit code.
        if ending.code == _INTERRUPTED:
            name = begun[-1] if begun else "ID"
            told = f"\nStopped. A session that was begun goes on by `climbdc sessions resume {name}`."
            messages.print(told, markup=False, highlight=False)
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        refused = StoreError(
            f"The operating system refused: {error.strerror or error}.",
            fix="Make room or choose another folder; `climbdc sessions list` shows what can be resumed.",
        )
        raise SystemExit(ended(refused, 1)) from None


def _wrong_setting(error: Any) -> ClimbdcError:
    """What a value in the environment or in climbdc.toml should be; its `errors` are those of pydantic."""
    from climbdc.errors import InputError

    first = error.errors(include_url=False)[0]
    name = str((first["loc"] or ("",))[0])
    wanted = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    if first["type"] == "literal_error":
        wanted = f"{str(first['input'])!r} came, and {first['ctx']['expected']} is wanted"
    return InputError(
        f"The setting {name} cannot be used: {wanted}.",
        fix=f"See CLIMBDC_{name.upper()} in the environment, and {name} in climbdc.toml." if name else "",
        code="wrong-setting",
    )


Command = Callable[..., Any]
