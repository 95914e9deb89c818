"""`sessions branch`, `switch`, `drop`, `compare`: what was done, taken up differently."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from climbdc.cli import _options as o
from climbdc.cli._app import console, messages
from climbdc.cli._sessions import SessionId, StepId, sessions

Place = Annotated[
    str, typer.Argument(help="A branch, a step that was done, a version's id or its start; '' for the raw rows.")
]
MOST_COLUMNS = 20
"""Columns whose changes are told on the terminal; `--json` tells all."""


@sessions.command()
def branch(
    session: SessionId,
    step: Annotated[str, typer.Argument(help="The step after which it begins; '' for the raw rows.")],
    name: Annotated[str, typer.Option("--name", help="What it is called.")] = "",
    data_dir: o.DataDir = None,
) -> None:
    """Begin another line of work just after a step; the present one stays as it is.

    Examples:
        climbdc sessions branch 3f2a S02 --name "without imputation"
        climbdc sessions branch 3f2a ""
    """
    found = o.copilot(data_dir).session(session)
    _tell(found.id, found.change("branch", step=step, name=name))


@sessions.command()
def switch(
    session: SessionId, branch: Annotated[str, typer.Argument(help="The branch's name.")], data_dir: o.DataDir = None
) -> None:
    """Go on with another branch; `sessions show` names them.

    Examples:
        climbdc sessions switch 3f2a main
    """
    found = o.copilot(data_dir).session(session)
    _tell(found.id, found.change("switch", branch=branch))


@sessions.command()
def drop(session: SessionId, step: StepId, data_dir: o.DataDir = None) -> None:
    """Take one step out and keep the later ones: they are done again, and asked about only where they differ.

    Examples:
        climbdc sessions drop 3f2a S03
    """
    found = o.copilot(data_dir).session(session)
    _tell(found.id, found.change("drop-step", step=step))


def _tell(session: str, text: str) -> None:
    messages.print(f"{text} `climbdc sessions resume {session}` goes on.", markup=False, highlight=False)


@sessions.command()
def compare(session: SessionId, a: Place, b: Place, data_dir: o.DataDir = None, as_json: o.Json = False) -> None:
    """What is otherwise in two versions: rows, columns, cells, steps and what was measured.

    Examples:
        climbdc sessions compare 3f2a main b2
        climbdc sessions compare 3f2a "" S04 --json
    """
    told = o.copilot(data_dir).session(session).compare(a, b)
    if as_json:
        typer.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    for line in _lines(told):
        console.print(line, markup=False, highlight=False)
    if told["by_column"]:
        console.print(_cells_table(told["by_column"]), markup=False, highlight=False)
    if told["metrics"]:
        console.print(_metrics_table(told["metrics"]), markup=False, highlight=False)


def _lines(told: dict[str, Any]) -> list[str]:
    """The comparison in sentences."""
    rows, columns, steps = told["rows"], told["columns"], told["steps"]
    lines = []
    for side in "ab":
        of = told[side]
        lines.append(f"{side}: {of['label']}, {of['rows']:,} rows, {of['columns']:,} columns")
    lines.append(f"Rows in both: {rows['both']:,}; only in a: {rows['a_only']:,}; only in b: {rows['b_only']:,}")
    for side in "ab":
        only = columns[f"{side}_only"]
        lines += [f"Columns only in {side}: {', '.join(only)}"] if only else []
    for side in "ab":
        names = ", ".join(f"{step['id']} ({step['title']})" for step in steps[f"{side}_only"])
        lines += [f"Steps only in {side}: {names}"] if names else []
    lines.append(f"Cells that differ: {told['cells']:,}")
    return lines


def _cells_table(by_column: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("Column", overflow="fold")
    table.add_column("Cells", justify="right")
    table.add_column("Most often, in a and in b", overflow="fold")
    for item in by_column[:MOST_COLUMNS]:
        pairs = [(pair["before"] or "missing", pair["after"] or "missing") for pair in item["mappings"][:3]]
        table.add_row(item["column"], f"{item['cells']:,}", "; ".join(" | ".join(pair) for pair in pairs))
    if len(by_column) > MOST_COLUMNS:
        table.add_row(f"and {len(by_column) - MOST_COLUMNS} more", "", "")
    return table


def _metrics_table(metrics: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("Quick model", "a", "b", "Change", "95 % interval"):
        table.add_column(heading)
    for item in metrics:
        figures = [f"{item[name]:.4f}" for name in ("before", "after")]
        table.add_row(item["metric"], *figures, f"{item['change']:+.4f}", f"{item['low']:+.4f} to {item['high']:+.4f}")
    return table
