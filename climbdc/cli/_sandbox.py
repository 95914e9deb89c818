"""`sandbox`: the place where tools run, and whether it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from climbdc.cli import _options as o
from climbdc.cli._app import app, console, messages

if TYPE_CHECKING:
    from climbdc.sandbox.attacks import BackendReport

__all__ = ["sandbox"]

sandbox = typer.Typer(help="Where tools and generated code run.", no_args_is_help=True)
app.add_typer(sandbox, name="sandbox")

Backend = Annotated[
    str | None, typer.Option("--backend", help="docker, bubblewrap, landlock or auto; all that can work when left out.")
]
Page = Annotated[
    Path | None,
    typer.Option("--write", exists=True, dir_okay=False, help="A page whose table of attacks is to be renewed."),
]


@sandbox.command()
def check(backend: Backend = None, as_json: o.Json = False, write: Page = None) -> None:
    """Attack the sandbox: try from inside everything it must refuse, and say what it contained.

    Where an attack succeeds it does no harm. Ends with 0 when every attack was made and contained, else with 1.

    Examples: climbdc sandbox check, climbdc sandbox check --backend landlock --json
    """
    from climbdc.sandbox.attacks import attack_backend, renew_page, report_json

    page = write.read_text(encoding="utf-8") if write is not None else ""
    reports = []
    for name in _chosen(backend):
        if messages.is_terminal:
            messages.print(f"Attacking {name} ...", markup=False, highlight=False)
        reports.append(attack_backend(name))
    if write is not None:
        # A backend that did not open keeps what the page says of it.
        opened = [report for report in reports if report.latency is not None]
        write.write_text(renew_page(page, opened), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(report_json(reports), indent=1))
    else:
        _show(reports)
    if not reports or not all(report.holds for report in reports):
        raise typer.Exit(1)


def _chosen(backend: str | None) -> list[str]:
    """Backends to attack; never the one that does not protect."""
    from climbdc.errors import InputError
    from climbdc.sandbox import available_backends

    known = available_backends()
    if backend is None:
        for status in known:
            if not status.ok:
                messages.print(f"{status.name}: left out. {status.detail}", markup=False, highlight=False)
        return [status.name for status in known if status.ok]
    names = ["auto", *(status.name for status in known)]
    if backend not in names:
        raise InputError(f"There is no sandbox called {backend!r}.", fix=f"Choose one of {', '.join(names)}.")
    return [backend]


def _show(reports: Sequence[BackendReport]) -> None:
    if not reports:
        console.print("No sandbox can be had here; `climbdc doctor` says what would mend that.")
        return
    opened = [report for report in reports if report.latency is not None]
    for report in reports:
        if report in opened:
            _show_failures(report)
        else:
            _show_unopened(report)
    if opened:
        _show_table(opened)
    for report in opened:
        _show_sum(report)


def _show_sum(report: BackendReport) -> None:
    held = sum(result.contained for result in report.attacks)
    said = f"{report.backend}: {held} of {len(report.attacks)} contained."
    if report.latency is not None:
        at = report.latency
        said += (
            f" It opens in {at.open_s:.1f} s; a job that does nothing takes {at.empty_p50_ms:.0f} ms, "
            f"and 95 of 100 at most {at.empty_p95_ms:.0f} ms."
        )
    console.print(said, markup=False, highlight=False)


def _show_unopened(report: BackendReport) -> None:
    """Say once why nothing was tried; each of the attacks would tell the same."""
    from climbdc.sandbox import available_backends

    mends = {status.name: status.mend for status in available_backends()}
    told = next((result.detail for result in report.attacks), "it did not open.")
    mend = mends.get(report.backend) or "`climbdc doctor` says what would mend that."
    console.print(f"{report.backend} was not attacked: {told} {mend}", markup=False, highlight=False)


def _show_failures(report: BackendReport) -> None:
    from climbdc.sandbox.attacks import attack_specs, verdict

    for result in report.attacks:
        if result.tried and result.contained:
            continue
        tries = attack_specs()[result.name].tries
        console.print(f"[red]{report.backend}: {verdict(result)}[/red]: {tries}", highlight=False)
        console.print(f"    {result.name}: {result.detail}", markup=False, highlight=False)


def _show_table(reports: Sequence[BackendReport]) -> None:
    from climbdc.sandbox.attacks import attack_specs, verdict

    table = Table(box=None, pad_edge=False)
    for heading in ("Attack", "What it tries", *(report.backend for report in reports)):
        table.add_column(heading, overflow="fold")
    found = [{result.name: verdict(result) for result in report.attacks} for report in reports]
    for name, spec in attack_specs().items():
        table.add_row(name, spec.tries, *(verdicts.get(name, "not tried") for verdicts in found))
    console.print(table)
