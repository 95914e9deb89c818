"""`bench agents`: what a language model adds to the rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import console, messages
from climbdc.cli._bench import BenchData, Cases, bench

Methods = Annotated[
    list[str] | None,
    typer.Option("--method", help="rules, local:0.5b, local:1.5b or configured; may be given several times."),
]
Datasets = Annotated[list[str] | None, typer.Option("--dataset", help="One data set; may be given several times.")]
AgentsOut = Annotated[
    Path | None, typer.Option("--out", help="Folder for results.json, plots and each run; broken off, it goes on.")
]
Page = Annotated[
    Path | None, typer.Option("--write", exists=True, dir_okay=False, help="A page whose tables are to be renewed.")
]
OnlyKept = Annotated[bool, typer.Option("--only-kept", help="Measure nothing more: show what --out has.")]
Quick = Annotated[bool, typer.Option("--quick", help="The rules on the bundled data set only.")]


@bench.command()
def agents(
    method: Methods = None, case: Cases = None, dataset: Datasets = None, out: AgentsOut = None,
    data: BenchData = None, as_json: o.Json = False, seed: o.Seed = 0, write: Page = None, quick: Quick = False,
    only_kept: OnlyKept = False,
) -> None:  # fmt: skip
    """Dictionaries, sessions, simulated clinicians and ablations under the rules and under language models.

    A small model (local:SIZE) is fetched once and served while it is measured; `configured` is the model that the
    settings name, and costs what it costs.

    Examples:
        climbdc bench agents --quick
        climbdc bench agents --method rules --method local:0.5b --out agents-results
        climbdc bench agents --method configured --case dictionary --dataset heart
    """
    import tempfile

    from climbdc.bench import Place
    from climbdc.bench.agents import agents_table, chosen_methods, renew_agents, run_agents, write_plots
    from climbdc.settings import Settings

    methods = chosen_methods(method or ["rules"], Settings())
    cases, datasets = (["dictionary", "sessions"], ["heart"]) if quick else (case or [], dataset or [])
    with tempfile.TemporaryDirectory(prefix="climbdc-bench-") as folder:
        place = Place(Path(folder), None if data is None else data.absolute(), seed)
        results = run_agents(
            place, methods, cases, datasets, lambda text: messages.print(text, markup=False, highlight=False),
            kept=None if out is None else out / "runs", only_kept=only_kept,
        )  # fmt: skip
    body = json.dumps(results, indent=1)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "results.json").write_text(body + "\n", encoding="utf-8")
        write_plots(results, out)
    if write is not None:
        write.write_text(renew_agents(write.read_text(encoding="utf-8"), results), encoding="utf-8")
    if as_json:
        typer.echo(body)
    else:
        console.print(agents_table(results))
    if any("failed" in run for run in results["runs"]):
        raise typer.Exit(1)
