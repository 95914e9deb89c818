"""Applying fitted steps to a frame, in a sandbox."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from climbdc.data import from_arrow, write_frame
from climbdc.errors import ToolError
from climbdc.sandbox import Job, Ok, Sandbox
from climbdc.sdk import Roles

if TYPE_CHECKING:
    from climbdc.recipe._recipe import RecipeStep

__all__ = ["run_steps", "run_steps_in"]


def run_steps(
    steps: Sequence[RecipeStep], frame: pd.DataFrame, roles: Roles, part: str, *, partial: bool, sandbox: str,
    unsafe: bool, record: Callable[[dict[str, Any]], None],
) -> tuple[pd.DataFrame, list[dict[str, str]]]:  # fmt: skip
    """Run all steps in a fresh sandbox; the treated frame, and the steps that failed where `partial`.

    `record` is told of each run; see `climbdc.runs`.

    Raises:
        ToolError: A step failed.
        SandboxUnavailable: No sandbox holds here and `unsafe` was not said.
    """
    from climbdc.runs import open_recorded

    if not steps:
        return frame, []
    with open_recorded(sandbox, record, unsafe=unsafe) as opened:
        return run_steps_in(opened, steps, frame, roles, part, partial=partial)


def run_steps_in(
    sandbox: Sandbox, steps: Sequence[RecipeStep], frame: pd.DataFrame, roles: Roles, part: str, *, partial: bool
) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """The same in a sandbox that is open.

    Raises:
        ToolError: A step failed, or the sandbox.
    """
    from climbdc.runs import explain

    payload: dict[str, Any] = {
        "steps": [
            {
                "step": item.step.model_dump(mode="json"),
                "state": item.state,
                "blobs": {name: base64.b64encode(blob).decode() for name, blob in item.blobs.items()},
            }
            for item in steps
        ],
        "roles": roles.model_dump(mode="json"),
        "part": part,
        "partial": partial,
    }
    with tempfile.TemporaryDirectory(prefix="climbdc-") as folder:
        frames = {"frame": Path(folder) / "frame.arrow"}
        write_frame(frame, frames["frame"])
        for number, item in enumerate(steps):
            for name, table in item.tables.items():
                path = Path(folder) / f"state-{number}-{name}.arrow"
                with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                    writer.write_table(table)
                frames[f"state/{item.step.id}/{name}"] = path
        outcome = sandbox.run(Job(verb="apply", payload=payload, frames=frames))
    if not isinstance(outcome, Ok):
        raise ToolError(
            getattr(outcome, "message", "") or explain(outcome), fix=getattr(outcome, "fix", ""),
            code=getattr(outcome, "code", "") or "apply-failed",
        )  # fmt: skip
    return from_arrow(outcome.tables["frame"]), outcome.payload["failed"]
