"""What the sandbox runs: the one function through which tools meet data."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa

from climbdc.data import from_arrow, to_arrow
from climbdc.errors import ToolError
from climbdc.plugins import check_job, describe_job, shipped_tools
from climbdc.recipe import PackedState, StepSpec, apply_step, canonical_json, fit_step, refit, unpack
from climbdc.registry import Registry, inside
from climbdc.replies import pack_reply
from climbdc.sandbox import Reply
from climbdc.sdk import Dataset, Dictionary, Evaluation, Finding, Inspection, NotApplicable, Roles

__all__ = ["PRELOAD", "handle", "tools_of"]

PRELOAD = (
    "sklearn.impute", "sklearn.experimental.enable_iterative_imputer", "sklearn.linear_model", "sklearn.ensemble",
    "sklearn.model_selection", "sklearn.preprocessing", "sklearn.metrics", "scipy.stats", "rapidfuzz",
    "climbdc.warm",
)  # fmt: skip
"""Imported once, before any job, so that no job pays for it."""

Progress = Callable[[float, str], None]


def handle(verb: str, payload: dict[str, Any], tables: dict[str, pa.Table], progress: Progress) -> Reply:
    """Run one job: `look`, `fit`, `apply`, `measure`, `describe` or `check`. A long answer leaves in pieces.

    The code of plug-ins comes with the job and is imported here, behind the lock. See `climbdc.replies` for answers.
    """
    return pack_reply(_handle(verb, payload, tables, progress))


def tools_of(verb: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The tools that a job would run, in order: what is recorded of it and what it is refused for.

    Raises:
        ToolError: There is no such job.

    >>> tools_of("measure", {"tool": "quick_models", "steps": [{"id": "S01", "tool": "impute"}]})
    ('quick_models', 'impute')
    """
    if verb == "look":
        return (payload["tool"],)
    if verb == "fit":
        return (payload["step"]["tool"],)
    if verb == "apply":
        return tuple(item["step"]["tool"] for item in payload["steps"])
    if verb == "measure":
        return (payload["tool"], *(step["tool"] for step in payload["steps"]))
    raise ToolError(f"There is no job named {verb!r}.", code="unknown-job")


def _handle(verb: str, payload: dict[str, Any], tables: dict[str, pa.Table], progress: Progress) -> Reply:
    if verb == "describe":
        return Reply(describe_job(payload))
    frames = {name: from_arrow(table) for name, table in tables.items() if not name.startswith("state/")}
    if verb == "check":
        return Reply(_json(check_job(payload, frames)))
    tools = inside(shipped_tools(payload))
    if verb == "look":
        return _look(tools, payload, frames, progress)
    if verb == "fit":
        return _fit(tools, payload, frames, progress)
    if verb == "apply":
        return _apply(tools, payload, frames, tables)
    if verb == "measure":
        return _measure(tools, payload, frames, progress)
    raise ToolError(f"There is no job named {verb!r}.", code="unknown-job")


def _dataset(payload: dict[str, Any], frames: dict[str, pd.DataFrame], progress: Progress) -> Dataset:
    context = payload["context"]
    return Dataset(
        train=frames["train"],
        test=frames.get("test"),
        audit=frames.get("audit"),
        roles=Roles.model_validate(context["roles"]),
        dictionary=Dictionary.from_json(context["dictionary"]),
        seed=int(context["seed"]),
        progress=progress,
    )


def _look(tools: Registry, payload: dict[str, Any], frames: dict[str, pd.DataFrame], progress: Progress) -> Reply:
    tool = tools.create(payload["tool"], payload["params"])
    if not isinstance(tool, Inspection):
        raise ToolError(f"{payload['tool']!r} does not look for findings.", code="not-an-inspection")
    data = _dataset(payload, frames, progress)
    targets = tool.spec.targets
    if "any" not in targets and data.roles.kind not in targets:
        raise NotApplicable(f"It is for {', '.join(targets)} targets; this one is {data.roles.kind}.")
    answer = tool.look(data)
    if isinstance(answer, NotApplicable):
        raise answer
    body, masks = _found(tool, answer)
    return Reply({"findings": body}, masks)


def _found(tool: Inspection[Any] | Evaluation[Any], found: list[Finding]) -> tuple[Any, dict[str, pa.Table]]:
    """Findings as JSON, and the rows of each as a table."""
    masks = {
        f"rows/{number}": pa.table({"_row": pa.array(finding.rows, pa.int64())})
        for number, finding in enumerate(found)
        if finding.rows is not None
    }
    body = [{**finding.to_json(), "challenge": finding.challenge or tool.spec.addresses[0]} for finding in found]
    return _json(body), masks


def _json(value: Any) -> Any:
    return json.loads(canonical_json(value))


def _fit(tools: Registry, payload: dict[str, Any], frames: dict[str, pd.DataFrame], progress: Progress) -> Reply:
    step = StepSpec.model_validate(payload["step"])
    fitted = fit_step(tools, _dataset(payload, frames, progress), step)
    tables = {f"state/{name}": table for name, table in fitted.packed.tables.items()}
    tables["train"] = to_arrow(fitted.data.train)
    if fitted.lineage is not None:
        tables["lineage"] = pa.Table.from_pandas(fitted.lineage, preserve_index=False)
    reply = {"state": fitted.packed.values, "dictionary": fitted.data.dictionary.to_json()}
    return Reply(_json(reply), tables, dict(fitted.packed.blobs))


def _apply(
    registry: Registry, payload: dict[str, Any], frames: dict[str, pd.DataFrame], tables: dict[str, pa.Table]
) -> Reply:
    """All given steps, with their stored state, on one frame."""
    frame = frames["frame"]
    roles = Roles.model_validate(payload["roles"])
    failed: list[dict[str, str]] = []
    for item in payload["steps"]:
        step = StepSpec.model_validate(item["step"])
        prefix = f"state/{step.id}/"
        packed = PackedState(
            item["state"],
            {name.removeprefix(prefix): table for name, table in tables.items() if name.startswith(prefix)},
            {name: base64.b64decode(text) for name, text in item.get("blobs", {}).items()},
        )
        try:
            frame = apply_step(registry, frame, step, unpack(packed), roles, payload["part"])
        except Exception as error:
            if not payload["partial"]:
                raise ToolError(
                    f"Step {step.id} ({step.tool}) cannot run on this data: {error}",
                    fix="Mend the data, or leave the step out with --partial.",
                    code="step-failed",
                ) from error
            failed.append({"step": step.id, "tool": step.tool, "reason": str(error)})
    return Reply({"failed": failed}, {"frame": to_arrow(frame)})


def _measure(tools: Registry, payload: dict[str, Any], frames: dict[str, pd.DataFrame], progress: Progress) -> Reply:
    """An evaluation over a recipe that is refitted wherever the evaluation asks."""
    tool = tools.create(payload["tool"], payload["params"])
    if not isinstance(tool, Evaluation):
        raise ToolError(f"{payload['tool']!r} does not measure.", code="not-an-evaluation")
    data = _dataset(payload, frames, progress)
    steps = [StepSpec.model_validate(step) for step in payload["steps"]]

    def treat(train: pd.DataFrame, valid: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        treated, others = refit(tools, replace(data, train=train), steps, {"valid": valid})
        return treated.train, others["valid"]

    answer = tool.measure(data, treat)
    if isinstance(answer, NotApplicable):
        raise answer
    body, masks = _found(tool, tool.conclude(data, answer))
    return Reply({"metrics": [metric.model_dump(mode="json") for metric in answer], "findings": body}, masks)
