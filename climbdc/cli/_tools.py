"""`tools new`, `check`, `add` and `remove`: tools of one's own."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from climbdc.cli import _options as o
from climbdc.cli._app import console, messages
from climbdc.cli._catalogue import tools

if TYPE_CHECKING:
    from climbdc.plugins import Checked, PluginCode


class ToolKind(StrEnum):
    """What a tool does."""

    inspect = "inspect"
    transform = "transform"
    evaluate = "evaluate"


@tools.command()
def new(
    name: Annotated[str, typer.Argument(help="Of the package, such as digit-preference.")],
    kind: Annotated[ToolKind, typer.Option("--kind", help="It looks, changes or measures.")] = ToolKind.inspect,
    out: Annotated[Path, typer.Option("--out", help="The folder in which the package's own is made.")] = Path("."),
) -> None:
    """Write a package with a working tool, its test and a README.

    Example:
        climbdc tools new digit-preference --kind inspect
    """
    from climbdc.plugins import write_package
    from climbdc.registry import registry

    folder = write_package(name, kind.value, out, frozenset(registry()))
    messages.print(f"Written: {folder}\nTry it:  climbdc tools check {folder}", markup=False, highlight=False)


@tools.command()
def check(
    target: Annotated[str, typer.Argument(metavar="PATH_OR_NAME", help="A .py file, a package's folder, or a tool.")],
    as_json: o.Json = False,
) -> None:
    """Try a tool on odd tables and on real data: each rule that is broken, and what to mend.

    Code that is not built in runs in the sandbox.
    """
    checked = _checked(target)
    if as_json:
        typer.echo(json.dumps([item.to_json() for item in checked], indent=1))
    else:
        for item in checked:
            _show(item)
    raise typer.Exit(0 if all(item.ok for item in checked) else 1)


@tools.command()
def add(file: Annotated[Path, typer.Argument(help="A one-file tool.")]) -> None:
    """Check a one-file tool in the sandbox and keep it; adding it again replaces it.

    Example:
        climbdc tools add digit_preference.py
    """
    from climbdc.errors import PlanError
    from climbdc.plugins import code_of_file, put_file
    from climbdc.registry import forget

    code = code_of_file(file)
    checked = _try([code], adding=True)
    if not all(item.ok for item in checked):
        for item in checked:
            _show(item)
        raise PlanError(f"{file.name} breaks rules and was not added.", fix="Mend what is named above.", code="broken")
    put_file(code)
    forget()
    messages.print(
        f"Added: {', '.join(item.tool for item in checked)}. It takes part in sessions that begin from now on.",
        markup=False, highlight=False,
    )  # fmt: skip


@tools.command()
def remove(name: Annotated[str, typer.Argument(help="A tool that was added, or its file's name.")]) -> None:
    """Take away a one-file tool that was added."""
    from climbdc.errors import PlanError
    from climbdc.plugins import take_file
    from climbdc.registry import forget, registry

    wanted = name.removesuffix(".py")
    tool = registry().get(wanted) if wanted in registry() else None
    if take_file(wanted) is None:
        if tool is None or tool.origin != "file" or take_file(tool.source.removesuffix(".py")) is None:
            of = "is built in" if tool and tool.origin == "built-in" else "was not added as a file"
            fix = f"pip uninstall {tool.source.split()[0]}" if tool and tool.origin == "package" else ""
            raise PlanError(f"{name!r} {of}.", fix=fix or "`climbdc tools list` shows where each comes from.")
    forget()
    messages.print(f"Removed: {wanted}.", markup=False, highlight=False)


def _checked(target: str) -> list[Checked]:
    """What is seen of whatever the word names: something on disk first, else a tool by its name."""
    from climbdc.plugins import Checked, RuleSeen, check_one, code_at, open_for_plugins, real_table, try_code
    from climbdc.registry import registry
    from climbdc.sdk import Roles

    path = Path(target)
    if path.exists() or path.suffix == ".py" or "/" in target:
        return _try(code_at(path))
    tools = registry()
    for broken in tools.broken:
        if target == broken.name:
            return [Checked(tool=broken.name, checks=(RuleSeen(name="import", ok=False, detail=broken.reason),))]
    tool = tools[target]
    if tool.code is not None:
        with open_for_plugins() as sandbox:
            return try_code(sandbox, tool.code, target)
    assert tool.cls is not None, "a tool of a plug-in has its code"
    real = real_table()
    return [Checked.model_validate(check_one(tool.cls, real.frame, Roles.model_validate(real.roles)))]


def _try(codes: list[PluginCode], *, adding: bool = False) -> list[Checked]:
    """Each plug-in in the sandbox, and whether its names are free here."""
    from climbdc.plugins import open_for_plugins, try_code
    from climbdc.registry import clashes

    with open_for_plugins() as sandbox:
        found = [clashes(sandbox, code, adding=adding) or try_code(sandbox, code) for code in codes]
    return [item for checked in found for item in checked]


def _show(item: Checked) -> None:
    from climbdc.plugins import rule_text

    kept = sum(check.ok for check in item.checks)
    console.print(f"{item.tool}: {kept} of {len(item.checks)} rules kept", markup=False, highlight=False)
    for check in item.checks:
        if check.ok:
            console.print(f"  ok    {check.name}", markup=False, highlight=False)
            continue
        told = rule_text(check.name)
        console.print(f"  BROKEN {check.name}: {check.detail}", markup=False, highlight=False)
        for label, text in (("Asked", told["asks"]), ("To mend", told["mend"])):
            if text:
                console.print(f"         {label}: {text}", markup=False, highlight=False)
    if item.said:
        console.print("  On 920 patients examined for heart disease:", highlight=False)
    for said in item.said:
        console.print(f"    {said}", markup=False, highlight=False)
