"""`bench`: measure the product."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import app, console, messages

bench = typer.Typer(help="Benchmarks: measure what the product takes and how well it does.", no_args_is_help=True)
app.add_typer(bench, name="bench")

BenchData = Annotated[
    Path | None, typer.Option("--data", help="Folder of benchmark data.", envvar="CLIMBDC_BENCH_DATA")
]
BenchOut = Annotated[Path | None, typer.Option("--out", help="Folder for results.json.")]
Cases = Annotated[list[str] | None, typer.Option("--case", help="One case; may be given several times.")]
Repeat = Annotated[int, typer.Option(help="Runs of each command; medians are reported.", min=1)]
Page = Annotated[
    Path | None,
    typer.Option("--write", exists=True, dir_okay=False, help="A page whose tables of latencies are to be renewed."),
]


@bench.command("list")
def list_suites(as_json: o.Json = False) -> None:
    """The suites there are."""
    from climbdc.bench import SUITES

    if as_json:
        typer.echo(json.dumps(SUITES, indent=1))
        return
    for name, suite in SUITES.items():
        console.print(f"[bold]{name}[/bold]: {suite['about']}", highlight=False)
        for case, about in suite["cases"].items():
            console.print(f"  {case}: {about}", markup=False, highlight=False)


@bench.command()
def speed(
    out: BenchOut = None, data: BenchData = None, as_json: o.Json = False, case: Cases = None, repeat: Repeat = 1,
    seed: o.Seed = 0, write: Page = None,
) -> None:  # fmt: skip
    """Time and memory of diagnose, demo and run, each in a fresh process; latencies of the sandbox and the page.

    Example:
        climbdc bench speed --case demo --repeat 3 --out bench-results
    """
    import tempfile

    from climbdc.bench import Place, results_table, run_speed

    page = write.read_text(encoding="utf-8") if write is not None else ""
    with tempfile.TemporaryDirectory(prefix="climbdc-bench-") as folder:
        place = Place(Path(folder), None if data is None else data.absolute(), seed)
        results = run_speed(place, case or (), repeat, lambda text: messages.print(text, markup=False, highlight=False))
    body = json.dumps(results, indent=1)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "results.json").write_text(body + "\n", encoding="utf-8")
    if write is not None:
        write.write_text(_renewed(page, results), encoding="utf-8")
    if as_json:
        typer.echo(body)
    else:
        console.print(results_table(results))
    if any("failed" in item for item in results["cases"]):
        raise typer.Exit(1)


def _renewed(page: str, results: dict[str, Any]) -> str:
    """The page with what was measured of the sandbox and of the web page.

    Raises:
        InputError: Neither was, or the page has no place for it.
    """
    from climbdc.bench import renew_latencies, renew_page

    measured = [case for case in results["cases"] if ("latency" in case or "waits" in case) and "failed" not in case]
    for case in measured:
        page = renew_latencies(page, results) if "latency" in case else renew_page(page, results)
    return page if measured else renew_latencies(page, results)
