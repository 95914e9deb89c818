"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from climbdc.copilot import Copilot
    from climbdc.sdk import Goal

__all__ = ["Task", "chosen_sandbox", "copilot", "goal", "require_sandbox"]


class Task(StrEnum):
    """What is asked for."""

    classification = "classification"
    regression = "regression"
    survival = "survival"
    none = "none"


class Backend(StrEnum):
    """Sandbox backends."""

    auto = "auto"
    docker = "docker"
    bubblewrap = "bubblewrap"
    landlock = "landlock"


class PolicyName(StrEnum):
    """Minds behind coordinator and worker."""

    rules = "rules"
    llm = "llm"


class DisclosureLevel(StrEnum):
    """What a language model may see."""

    metadata = "metadata"
    aggregates = "aggregates"
    values = "values"


def _level(name: str) -> DisclosureLevel:
    """The level of that name; Typer's own words for a wrong one speak of a value error."""
    from climbdc.options import known_level

    return DisclosureLevel(known_level(name))


Files = Annotated[
    list[Path], typer.Argument(help="CSV, TSV, Excel, Parquet, Stata, SPSS or SAS; several are stacked or joined.")
]
Target = Annotated[str | None, typer.Option(help="Column to predict.")]
TaskOption = Annotated[Task | None, typer.Option(help="What is asked for; `none`: make values right, nothing else.")]
Time = Annotated[str | None, typer.Option(help="Column with the duration of follow-up.")]
EventOption = Annotated[str | None, typer.Option(help="Column that says whether the event happened.")]
VisitTime = Annotated[str | None, typer.Option(help="Column with the time of each visit.")]
Id = Annotated[str | None, typer.Option(help="Column that names the patient.")]
Group = Annotated[str | None, typer.Option(help="Column whose groups are never split, such as the hospital.")]
Test = Annotated[Path | None, typer.Option(help="A test file, sealed at once.")]
DictionaryFile = Annotated[Path | None, typer.Option("--dictionary", help="What the columns mean: CSV or Excel.")]
Notes = Annotated[str, typer.Option(help="Anything worth knowing, in words.")]
ExpertOption = Annotated[
    str | None, typer.Option("--expert", help="ask, auto or an answers file (default: ask on a terminal, else auto).")
]
PolicyOption = Annotated[
    PolicyName,
    typer.Option("--policy", help="Who plans: rules needs no key and no network; llm adds a language model to them."),
]
Model = Annotated[str, typer.Option(help="Name of the language model, for --policy llm.", envvar="CLIMBDC_MODEL")]
BaseUrl = Annotated[
    str,
    typer.Option(
        help="Its server, such as http://127.0.0.1:8790/v1; that of OpenAI when left out.", envvar="CLIMBDC_BASE_URL"
    ),
]
DisclosureOption = Annotated[
    DisclosureLevel | None,
    typer.Option(
        "--disclosure",
        parser=_level,
        metavar=f"<{'|'.join(DisclosureLevel)}>",
        help="What the model may see: names; counts and shares (default); values you allow.",
        envvar="CLIMBDC_DISCLOSURE",
    ),
]
Sandbox = Annotated[Backend, typer.Option(help="Where tools run.", envvar="CLIMBDC_SANDBOX")]
Unsafe = Annotated[
    bool, typer.Option("--unsafe-no-sandbox", help="Built-in tools without a sandbox; recorded in the report.")
]
Seed = Annotated[int, typer.Option(help="For whatever is drawn at random.", min=0)]
Out = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the store.", envvar="CLIMBDC_DATA_DIR")]
Json = Annotated[bool, typer.Option("--json", help="JSON for machines.")]


def chosen_sandbox(context: typer.Context, sandbox: Backend, *, unsafe: bool) -> str:
    """Name of the backend that was asked for.

    Only what stands on the command line is at odds with `--unsafe-no-sandbox`; what the environment or `climbdc.toml`
    say in general gives way to it.

    Raises:
        InputError: A sandbox was named together with `--unsafe-no-sandbox`.
    """
    from climbdc.errors import InputError

    source = context.get_parameter_source("sandbox")
    named = sandbox is not Backend.auto and source is not None and source.name == "COMMANDLINE"
    if unsafe and named:
        raise InputError(
            f"--sandbox {sandbox.value} and --unsafe-no-sandbox came together, and only one of them can hold.",
            fix=f"Leave --unsafe-no-sandbox out to run in {sandbox.value}, or --sandbox to run unprotected.",
            code="sandbox-or-unsafe",
        )
    return sandbox.value


def require_sandbox(name: str, *, unsafe: bool) -> None:
    """See that a sandbox asked for by name can be had, before a session or a folder is made.

    `auto` is left to the opening, so that it costs nothing here. Only opening shows that a sandbox holds.

    Raises:
        SandboxUnavailable: What it needs is not here.
    """
    if unsafe or name == "auto":
        return
    from climbdc.sandbox import SandboxUnavailable, backend_status

    status = backend_status(name)
    if not status.ok:
        raise SandboxUnavailable(f"The sandbox {name!r} cannot be used here: {status.detail}", fix=status.mend)


def copilot(data_dir: Path | None, sandbox: str = "auto", *, share_sandbox: bool = False) -> Copilot:
    """A co-pilot over the store of that folder; `auto` leaves the sandbox to the settings."""
    from climbdc.copilot import Copilot
    from climbdc.settings import Settings

    settings = Settings()
    changes: dict[str, object] = {} if sandbox == "auto" else {"sandbox": sandbox}
    if data_dir is not None:
        changes["data_dir"] = data_dir
    return Copilot(settings.model_copy(update=changes), share_sandbox=share_sandbox)


def goal(
    target: str | None, task: Task | None, time: str | None, event: str | None, visit_time: str | None,
    id: str | None, group: str | None, notes: str,
) -> Goal:  # fmt: skip
    """The goal as far as it was said."""
    from climbdc.sdk import Goal

    return Goal(
        target=target, task=task.value if task else None, time=time, event=event, visit_time=visit_time, id=id,
        group=group, notes=notes,
    )  # fmt: skip
