"""`apply`: a recipe on new data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import app, messages


@app.command()
def apply(
    context: typer.Context,
    recipe: Annotated[Path, typer.Argument(help="The recipe.json of a run.")],
    new_file: Annotated[
        list[Path],
        typer.Argument(
            help="New rows; outcomes may be absent. Where tables were joined, a file of each, in any order."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the treated rows, as CSV.")],
    partial: Annotated[bool, typer.Option("--partial", help="Go on where a column is absent or a step fails.")] = False,
    sandbox: o.Sandbox = o.Backend.auto,
    unsafe: o.Unsafe = False,
) -> None:
    """Treat new data as the training data was treated, and say how it differs.

    Examples:
        climbdc apply cleaned/recipe.json next_month.csv -o next_month_cleaned.csv
        climbdc apply joined/recipe.json patients.csv labs.csv -o next_month_cleaned.csv
    """
    from climbdc.data import read, write_csv
    from climbdc.errors import InputError
    from climbdc.recipe import Recipe
    from climbdc.runs import write_audit

    backend = o.chosen_sandbox(context, sandbox, unsafe=unsafe)
    loaded = Recipe.load(recipe)
    frame = read(new_file, loaded.reading).frame
    done = loaded.apply(frame, "new", partial=partial, sandbox=backend, unsafe=unsafe)
    drift = out.with_suffix(".drift.json")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_csv(done.frame, out, loaded.whole)
        report = {**done.drift, "failed_steps": done.failed}
        drift.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
        write_audit(done.runs, out.with_suffix(".audit.json"))
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {error.strerror}.", fix="Choose another with -o.", code="out"
        ) from error
    messages.print(f"{len(done.frame):,} rows written to {out}; how they differ: {drift}", highlight=False)
    for failed in done.failed:
        messages.print(f"  {failed['step']} ({failed['tool']}) did not run: {failed['reason']}", markup=False)
    if done.drift["absent_required"]:
        messages.print(f"  Absent, so treated as missing: {', '.join(done.drift['absent_required'])}", markup=False)
    for name, count in done.drift["unreadable"].items():
        messages.print(f"  {name}: {count:,} cells are no numbers, so treated as missing.", markup=False)
    if done.drift["shifted"]:
        messages.print(f"  Shifted against the training rows: {', '.join(done.drift['shifted'][:8])}", markup=False)
