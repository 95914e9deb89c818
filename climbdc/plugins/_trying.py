"""`climbdc tools check`, seen from the host: foreign code goes into the sandbox, built-in tools are tried here."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from climbdc.errors import InputError
from climbdc.plugins._code import PluginCode, code_of_file, code_of_module
from climbdc.plugins._describing import HANDLER, describe_code
from climbdc.plugins._manifest import one_line
from climbdc.plugins._sources import GROUP
from climbdc.replies import BadReply, read_reply
from climbdc.sandbox import Job, JobLimits, LimitHit, Ok, Sandbox, open_sandbox

__all__ = ["Checked", "RuleSeen", "code_at", "open_for_plugins", "real_table", "rule_text", "try_code"]

LIMITS = JobLimits(wall_seconds=300)
_MOST_SAID = 30


class RuleSeen(BaseModel):
    """One rule, whether the tool keeps it, and what was seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    ok: bool
    detail: str = ""


class Checked(BaseModel):
    """What was seen of one tool: the rules, and what it did to real data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    checks: tuple[RuleSeen, ...]
    said: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every rule is kept."""
        return all(check.ok for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """As `climbdc tools check --json` shows it."""
        checks = [{**check.model_dump(), **rule_text(check.name)} for check in self.checks]
        return {"tool": self.tool, "ok": self.ok, "checks": checks, "real_data": list(self.said)}


@dataclass(frozen=True)
class RealTable:
    """A table of real patients, and the part that its columns play."""

    frame: pd.DataFrame
    roles: Mapping[str, Any]


@cache
def _rules() -> dict[str, dict[str, str]]:
    told: dict[str, dict[str, str]] = yaml.safe_load((files("climbdc.plugins") / "rules.yaml").read_text("utf-8"))
    return told


def rule_text(name: str) -> dict[str, str]:
    """What a rule asks, and what to mend where it is broken.

    >>> rule_text("rows-kept")["asks"]
    'With rows="keep" the same rows come out.'
    """
    return _rules().get(name, {"asks": "", "mend": ""})


def code_at(path: Path) -> list[PluginCode]:
    """The plug-ins in a one-file tool, or in the folder of a package with a `pyproject.toml`.

    Raises:
        InputError: There is none.
    """
    if path.is_file():
        return [code_of_file(path)]
    project = path / "pyproject.toml"
    try:
        told = tomllib.loads(project.read_text("utf-8"))
    except FileNotFoundError as error:
        fix = "Name a .py file, the folder of a package, or a tool that is installed."
        raise InputError(f"There is no pyproject.toml in {path}.", fix=fix, code="no-package") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{project} cannot be read: {error}.", fix="Correct it.", code="no-package") from error
    entries = told.get("project", {}).get("entry-points", {}).get(GROUP, {})
    if not isinstance(entries, dict) or not entries:
        raise InputError(
            f"{project} names no tools.", fix=f'It needs [project.entry-points."{GROUP}"].', code="no-package"
        )
    folder = path / "src" if (path / "src").is_dir() else path
    return [code_of_module(str(entry), folder) for entry in entries.values()]


def real_table() -> RealTable:
    """The demo's 920 patients (UCI Heart Disease), whose `num` is to be predicted."""
    from importlib.resources import as_file

    from climbdc.data import read

    with as_file(files("climbdc") / "demo" / "heart_disease.csv") as path:
        frame = read([path]).frame
    roles = {"kind": "multiclass", "target": "num", "identifiers": ["id"], "site": "dataset"}
    return RealTable(frame, roles)


def open_for_plugins() -> Sandbox:
    """The sandbox of the settings.

    Raises:
        SandboxUnavailable: None holds, so no plug-in can be tried.
    """
    from climbdc.settings import Settings

    return open_sandbox(Settings().sandbox, handler=HANDLER)


def try_code(sandbox: Sandbox, code: PluginCode, tool: str | None = None) -> list[Checked]:
    """Import, describe and check the tools of a plug-in in the sandbox, and run each on real data.

    Args:
        sandbox: An open one.
        code: The plug-in.
        tool: Only this one of its tools.
    """
    described = describe_code(sandbox, code)
    if described.reason:
        return [Checked(tool=tool or code.module, checks=(RuleSeen(name="import", ok=False, detail=described.reason),))]
    real = real_table()
    payload = {"plugins": [code.to_json()], "roles": dict(real.roles), "tool": tool}
    with tempfile.TemporaryDirectory(prefix="climbdc-") as folder:
        from climbdc.data import write_frame

        path = Path(folder) / "real.arrow"
        write_frame(real.frame, path)
        outcome = sandbox.run(Job("check", payload, {"real": path}, LIMITS, code=code.sha256))
    names = [item.name for item in described.tools if tool in (None, item.name)]
    if isinstance(outcome, Ok):
        try:
            return _read(read_reply("check", outcome).payload, names)
        except (BadReply, ValidationError, KeyError, TypeError):
            seen = "its answer has not the form of a check"
    elif isinstance(outcome, LimitHit):
        seen = f"it used more {outcome.limit} than allowed on small tables: {outcome.detail}"
    else:
        seen = getattr(outcome, "message", "") or getattr(outcome, "detail", "") or type(outcome).__name__
    return [Checked(tool=", ".join(names), checks=(RuleSeen(name="runs", ok=False, detail=one_line(seen)),))]


def _read(body: Mapping[str, Any], names: list[str]) -> list[Checked]:
    found = [Checked.model_validate(item) for item in body["tools"]]
    if [item.tool for item in found] != names:
        raise KeyError("tools")
    return [
        item.model_copy(
            update={
                "checks": tuple(
                    check.model_copy(update={"name": one_line(check.name, 60), "detail": one_line(check.detail, 600)})
                    for check in item.checks
                ),
                "said": tuple(one_line(said) for said in item.said[:_MOST_SAID]),
            }
        )
        for item in found
    ]
