"""`sessions`: what is in the store."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from climbdc.cli import _options as o
from climbdc.cli._app import app, console, messages
from climbdc.cli._run import chosen_expert, follow, leave

sessions = typer.Typer(help="Sessions in the store.", no_args_is_help=True)
app.add_typer(sessions, name="sessions")

SessionId = Annotated[str, typer.Argument(help="The session's id; its start is enough.")]
WIDE = 100
"""Columns of a terminal from which on hashes of code are shown beside the rest."""
StepId = Annotated[str, typer.Argument(help="A step's id, such as S03.")]


@sessions.command("list")
def list_sessions(data_dir: o.DataDir = None, as_json: o.Json = False) -> None:
    """All sessions, the newest first."""
    found = o.copilot(data_dir).sessions()
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Session", "File", "Status", "Started"):
        table.add_column(heading)
    for item in found:
        table.add_row(item["id"], item["name"], item["status"], item["created_at"][:16].replace("T", " "))
    console.print(table if found else "There is no session yet.")


@sessions.command()
def show(
    session: SessionId,
    runs: Annotated[bool, typer.Option("--runs", help="Every job in the sandbox instead of the plan.")] = False,
    data_dir: o.DataDir = None,
    as_json: o.Json = False,
) -> None:
    """Plan, findings, branches and decisions of a session, or what ran in the sandbox.

    Examples:
        climbdc sessions show 3f2a
        climbdc sessions show 3f2a --runs --json
    """
    from climbdc.models import total_in_words
    from climbdc.store import Ledger

    found = o.copilot(data_dir).session(session)
    if runs:
        _show_runs(found.id, found.stored.runs(), as_json=as_json)
        return
    steps = [step.model_dump(mode="json") for step in found.plan.steps]
    asked = Ledger(found.stored).total()
    if as_json:
        body = {
            "id": found.id, "status": found.status, "findings": found.findings, "steps": steps,
            "decisions": found.stored.decisions(), "branches": found.branches(),
            "model": asdict(asked),
        }  # fmt: skip
        typer.echo(json.dumps(body, indent=1, ensure_ascii=False))
        return
    console.print(f"Session {found.id}: {found.stored.name}, {found.status}", highlight=False)
    still = sum(finding["status"] == "open" for finding in found.findings)
    console.print(f"{len(found.findings)} findings, {still} of them open", highlight=False)
    if asked.calls:
        console.print(total_in_words(asked), markup=False, highlight=False)
    branches = found.branches()
    for branch in branches if len(branches) > 1 else []:
        here = ", the present one" if branch["current"] else ""
        told = f"Branch {branch['name']}: {branch['title']}, {branch['steps']} steps{here}"
        console.print(told, markup=False, highlight=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("Step", "Tool", "Challenge"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Status", overflow="fold")
    for step in steps:
        status = ": ".join(part for part in (step["status"], step["reason"]) if part)
        table.add_row(step["id"], step["tool"], step["challenge"], status)
    console.print(table, markup=False)


def _show_runs(session: str, runs: list[dict[str, Any]], *, as_json: bool) -> None:
    """The audit of a session's jobs."""
    from climbdc.runs import audit

    told = audit(runs)
    if as_json:
        typer.echo(json.dumps({"id": session, **told}, indent=1, ensure_ascii=False))
        return
    if not runs:
        console.print("Nothing has run yet.")
        return
    console.print(
        f"Session {session}: {told['jobs']} jobs in {', '.join(told['backends'])}; {told['failed']} failed, "
        f"{told['limits_hit']} of them at a limit; {told['cpu_seconds']:.1f} s of processor time, at most "
        f"{told['largest_mb']:.0f} MiB of memory",
        highlight=False,
    )
    table = _runs_table(runs, backends=len(told["backends"]) > 1, codes=console.width >= WIDE)
    console.print(table, markup=False, highlight=False)


def _runs_table(runs: list[dict[str, Any]], *, backends: bool, codes: bool) -> Table:
    """One row a job; the backend only where there are several, for the line above names the one."""
    table = Table(box=None, pad_edge=False, padding=(0, 2 if codes else 1, 0, 0))
    for heading in ("When (UTC)", "Verb", "Tool"):
        table.add_column(heading, no_wrap=True)
    for heading in (["Backend"] if backends else []) + ["Outcome", "Exit"]:
        table.add_column(heading, overflow="fold")
    for heading in ("Seconds", "MiB"):
        table.add_column(heading, justify="right", no_wrap=True)
    if codes:
        table.add_column("Code", no_wrap=True)
    for run in runs:
        limit = f" ({run['limit']})" if run.get("limit") else ""
        cells = [run["at"][5:19].replace("T", " "), run["verb"], run["tool"]]
        cells += [run["backend"]] if backends else []
        cells += [run["outcome"] + limit, run.get("exit", ""), _figure(run, "wall", 2), _figure(run, "peak_mb", 0)]
        table.add_row(*cells, *([run.get("code", "")[:12]] if codes else []))
    return table


def _figure(run: dict[str, Any], name: str, digits: int) -> str:
    return f"{run[name]:.{digits}f}" if name in run else ""


@sessions.command()
def resume(
    session: SessionId, expert: o.ExpertOption = None, out: Annotated[Path | None, typer.Option("--out")] = None,
    force: o.Force = False, data_dir: o.DataDir = None,
) -> None:  # fmt: skip
    """Go on where a session stopped; nothing that was answered is asked again."""
    from climbdc.report import prepare_out

    found = o.copilot(data_dir).session(session)
    kept = found.stored.get("out")
    folder = out or Path(kept["folder"] if kept else "climbdc-out")
    prepare_out(folder, force=force or (folder / "recipe.json").exists())
    follow(found, chosen_expert(expert))
    leave(found, folder)


@sessions.command()
def undo(session: SessionId, step: StepId, data_dir: o.DataDir = None) -> None:
    """Take a step back: data, plan and recipe return to what they were before it."""
    found = o.copilot(data_dir).session(session)
    found.undo(step)
    messages.print(
        f"{step} is undone. Later steps are pending; `climbdc sessions resume {found.id}` goes on.", highlight=False
    )


@sessions.command()
def export(
    session: SessionId, out: o.Out = Path("climbdc-out"), force: o.Force = False, data_dir: o.DataDir = None
) -> None:
    """Write the results of a finished session again."""
    from climbdc.errors import StoreError
    from climbdc.report import prepare_out

    found = o.copilot(data_dir).session(session)
    if found.status != "finished":
        raise StoreError(f"Session {found.id} is not finished.", fix=f"`climbdc sessions resume {found.id}` first.")
    prepare_out(out, force=force)
    leave(found, out)
