"""`run`, `diagnose` and `demo`."""

from __future__ import annotations

import json
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import app, begun, console, messages
from climbdc.cli._converse import conversing
from climbdc.cli._mind import with_model
from climbdc.cli._waiting import Waiting

if TYPE_CHECKING:
    from climbdc.agents.experts import Expert
    from climbdc.copilot import Session

DEMO_FILE = "heart_disease.csv"
DEMO_TARGET = "num"
TOLD_ALREADY = frozenset({"asked", "previewed", "said", "replied"})
"""Events that a person at the terminal has seen or typed."""


def chosen_expert(name: str | None) -> Expert:
    """Who answers: a person on a terminal, rules elsewhere, or a file."""
    from climbdc.agents.experts import AutoExpert, FileExpert, TerminalExpert

    if name == "ask" or (name is None and sys.stdin.isatty() and sys.stdout.isatty()):
        return TerminalExpert(messages)
    return AutoExpert() if name in {None, "auto"} else FileExpert(str(name))


def follow(session: Session, expert: Expert) -> None:
    """Run a session and tell what happens, on stderr."""
    from climbdc.agents.experts import TerminalExpert

    begun.append(session.id)
    if isinstance(expert, TerminalExpert):
        expert = TerminalExpert(expert.console, conversing(session, expert.console))
    with Waiting(messages, "" if expert.name == "human" else "Working ...") as line:
        for event in session.run(expert, progress=line.tell):
            if event.kind not in TOLD_ALREADY:
                messages.print(f"  {event}", markup=False, highlight=False)


def leave(session: Session, out: Path) -> None:
    """Write the results and sum them up."""
    from climbdc.report import summary, write_results

    with session.context() as context:
        facts = write_results(context, out)
    console.print(summary(facts))
    console.print(
        f"\nReport:  {out / 'report.html'}\nData:    {out / 'data.csv'}\nRecipe:  {out / 'recipe.json'}",
        highlight=False,
    )


@app.command()
def run(
    context: typer.Context, file: o.Files, target: o.Target = None, task: o.TaskOption = None, time: o.Time = None,
    event: o.EventOption = None, visit_time: o.VisitTime = None, id: o.Id = None, group: o.Group = None,
    test: o.Test = None, dictionary: o.DictionaryFile = None, notes: o.Notes = "", expert: o.ExpertOption = None,
    policy: o.PolicyOption = o.PolicyName.rules, model: o.Model = "", base_url: o.BaseUrl = "",
    disclosure: o.DisclosureOption = None, sandbox: o.Sandbox = o.Backend.auto, unsafe: o.Unsafe = False,
    seed: o.Seed = 0, out: o.Out = Path("climbdc-out"), force: o.Force = False, data_dir: o.DataDir = None,
) -> None:  # fmt: skip
    """Clean a dataset, step by step, and leave data, recipe and report.

    Examples:
        climbdc run support2.csv --target hospdead --out cleaned
        climbdc run visits.csv --time years --event died --id patient --expert auto
        climbdc run registry.csv --task none --out repaired
        climbdc run support2.csv --target hospdead --policy llm --model local --base-url http://127.0.0.1:8790/v1
    """
    from climbdc.report import prepare_out

    thinking = with_model(context, policy)
    backend = o.chosen_sandbox(context, sandbox, unsafe=unsafe)
    answering = chosen_expert(expert)
    pilot = o.copilot(data_dir, backend)
    o.require_sandbox(pilot.settings.sandbox, unsafe=unsafe)
    prepare_out(out, force=force)
    wanted = o.goal(target, task, time, event, visit_time, id, group, notes)
    session = pilot.start(
        file, wanted, test=test, dictionary=dictionary, seed=seed, unsafe=unsafe, policy=policy.value,
        model=model if thinking else "", base_url=base_url if thinking else "",
        disclosure=disclosure.value if disclosure else None,
    )  # fmt: skip
    messages.print(f"Session {session.id}", highlight=False)
    session.stored.put("out", {"folder": str(out.absolute())})
    follow(session, answering)
    leave(session, out)


@app.command()
def diagnose(
    context: typer.Context, file: o.Files, target: o.Target = None, task: o.TaskOption = None, time: o.Time = None,
    event: o.EventOption = None, visit_time: o.VisitTime = None, id: o.Id = None, group: o.Group = None,
    dictionary: o.DictionaryFile = None, notes: o.Notes = "", expert: o.ExpertOption = "auto",
    sandbox: o.Sandbox = o.Backend.auto, unsafe: o.Unsafe = False, seed: o.Seed = 0, as_json: o.Json = False,
) -> None:  # fmt: skip
    """Say what is wrong with a dataset; nothing is changed or kept.

    Example:
        climbdc diagnose support2.csv --target hospdead --json
    """
    import tempfile

    backend = o.chosen_sandbox(context, sandbox, unsafe=unsafe)
    with tempfile.TemporaryDirectory(prefix="climbdc-") as folder:
        pilot = o.copilot(Path(folder), backend)
        wanted = o.goal(target, task, time, event, visit_time, id, group, notes)
        session = pilot.start(file, wanted, dictionary=dictionary, seed=seed, unsafe=unsafe, screen_only=True)
        with Waiting(messages, "Looking ..."):
            for told in session.run(chosen_expert(expert)):
                if told.kind == "read" and told.data.get("personal"):
                    messages.print(str(told.data["personal"]), markup=False, highlight=False)
        from climbdc.report import findings_json

        with session.context() as results:
            found = findings_json(results)
        pilot.close()
    if as_json:
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        _show(found)


RANK = ("critical", "major", "minor", "info")
STYLE = {"critical": "bold red", "major": "red", "minor": "yellow", "info": "dim"}


def _show(found: list[dict[str, Any]]) -> None:
    """Findings as a table, the worst first."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("", "Challenge", "What was found"):
        table.add_column(heading, overflow="fold")
    for item in sorted(found, key=lambda item: RANK.index(item["severity"])):
        severity = item["severity"]
        table.add_row(f"[{STYLE[severity]}]{severity}[/]", item["challenge"], _escaped(item["sentence"]))
    console.print(table if found else "Nothing was found.")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("climbdc-demo"),
    data_dir: o.DataDir = None,
) -> None:
    """The whole job on a bundled real dataset: no questions, no key, no network.

    920 patients examined for heart disease in four hospitals (UCI Heart Disease, CC BY 4.0).
    """
    from climbdc.agents.experts import AutoExpert
    from climbdc.report import prepare_out
    from climbdc.sandbox import SandboxUnavailable

    pilot = o.copilot(data_dir)
    o.require_sandbox(pilot.settings.sandbox, unsafe=False)
    prepare_out(out, force=(out / "recipe.json").exists())
    with (
        as_file(files("climbdc") / "demo" / DEMO_FILE) as path,
        as_file(files("climbdc") / "demo" / "dictionary.csv") as told,
    ):
        messages.print("Heart disease in four hospitals: 920 patients, 16 columns; to be predicted: num (0 none to 4).")
        from climbdc.sdk import Goal

        def begun(unsafe: bool) -> Session:
            return pilot.start([path], Goal(target=DEMO_TARGET), dictionary=told, unsafe=unsafe, public=True)

        session = begun(unsafe=False)
        try:
            follow(session, AutoExpert())
        except SandboxUnavailable as error:
            chosen = pilot.settings.sandbox != "auto" or pilot.settings.sandbox_socket is not None
            # Somebody wants that sandbox and no other; or it held, and something else is wrong.
            if chosen or session.stored.runs():
                raise
            messages.print(str(error), markup=False, highlight=False)
            messages.print("The demo's data is public and its tools are built in, so it goes on without a sandbox.")
            session = begun(unsafe=True)
            follow(session, AutoExpert())
        leave(session, out)
