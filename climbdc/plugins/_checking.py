"""What `climbdc tools check` does with a tool: the rules on a messy table, then one run on real data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from climbdc.plugins._jobs import shipped_tools
from climbdc.sdk import (
    Dataset,
    Evaluation,
    Inspection,
    NotApplicable,
    Roles,
    Target,
    Tool,
    ToolError,
    Transform,
    check_tool,
)  # fmt: skip

__all__ = ["REAL_DATA", "check_job", "check_one"]

REAL_DATA = "real-data"
"""Name of the last check."""
_SHOWN = 8


def check_job(payload: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Check the tools that came with a job; for the inside of the sandbox.

    Args:
        payload: `plugins` as in any job, `roles` of the real table, and `tool` where only one is meant.
        frames: `real`, a table of real data.
    """
    wanted = payload.get("tool")
    tools = [tool for tool in shipped_tools(payload) if wanted in (None, tool.spec.name)]
    return {"tools": [check_one(tool, frames["real"], Roles.model_validate(payload["roles"])) for tool in tools]}


def check_one(tool: type[Tool[Any]], real: pd.DataFrame, roles: Roles) -> dict[str, Any]:
    """Each rule with what was seen, and what the tool did to real data."""
    report = check_tool(tool)
    checks = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in report.checks]
    name = getattr(tool, "spec", None)
    said: list[str] = []
    if report.ok:
        try:
            said = _run(tool({}), _suited(tool, Dataset(train=real, roles=roles)))
            checks.append({"name": REAL_DATA, "ok": True, "detail": ""})
        except Exception as error:
            checks.append({"name": REAL_DATA, "ok": False, "detail": f"{type(error).__name__}: {error}"})
    return {"tool": report.tool if name is None else name.name, "checks": checks, "said": said}


def _suited(tool: type[Tool[Any]], data: Dataset) -> Dataset:
    """The same patients with the target as the tool wants it: a degree of 0 to 4, whether any, or a number."""
    wanted, target = tool.spec.targets, data.roles.target
    if target is None or {"any", "multiclass"} & set(wanted) or not {"binary", "numeric"} & set(wanted):
        return data
    kind: Target = "binary" if "binary" in wanted else "numeric"
    values = (data.train[target] > 0).astype("int64") if kind == "binary" else data.train[target].astype("float64")
    roles = data.roles.model_copy(update={"kind": kind})
    return replace(data, train=data.train.assign(**{target: values}), roles=roles)


def _run(tool: Tool[Any], data: Dataset) -> list[str]:
    """What came of one run, in a few lines."""
    targets = tool.spec.targets
    if "any" not in targets and data.roles.kind not in targets:
        return [f"It is for {', '.join(targets)} targets, so it was not asked about this {data.roles.kind} one."]
    try:
        if isinstance(tool, Inspection):
            return _looked(tool, data)
        if isinstance(tool, Transform):
            return _treated(tool, data)
        return _measured(tool, data) if isinstance(tool, Evaluation) else []
    except (NotApplicable, ToolError) as refusal:
        return [f"It does not apply: {refusal}"]


def _looked(tool: Inspection[Any], data: Dataset) -> list[str]:
    answer = tool.look(data)
    if isinstance(answer, NotApplicable):
        return [f"It does not apply: {answer}"]
    told = [f"{len(answer)} findings" if len(answer) != 1 else "1 finding"]
    for finding in answer[:_SHOWN]:
        rows = None if finding.rows is None else len(finding.rows)
        fields = {**finding.evidence, "columns": ", ".join(finding.columns), "rows": rows}
        told.append(f"{finding.severity}: {tool.spec.says[finding.kind].format(**fields)}")
    return told


def _treated(tool: Transform[Any], data: Dataset) -> list[str]:
    before = data.train
    after = tool.apply(before.copy(), tool.fit(data), data.roles)
    new = [str(name) for name in after.columns if name not in before.columns]
    gone = [str(name) for name in before.columns if name not in after.columns]
    kept = [name for name in before.columns if name in after.columns]
    rows = before.index.intersection(after.index)
    first, second = before.loc[rows, kept].astype("str"), after.loc[rows, kept].astype("str")
    changed = int((first != second).to_numpy().sum()) if rows.is_unique else 0
    told = [f"{len(before)} rows before, {len(after)} after; {changed} cells changed"]
    told += [f"new columns: {', '.join(new[:_SHOWN])}"] if new else []
    return told + ([f"columns taken away: {', '.join(gone[:_SHOWN])}"] if gone else [])


def _measured(tool: Evaluation[Any], data: Dataset) -> list[str]:
    half = data.train.sample(frac=0.5, random_state=data.seed).sort_index()
    answer = tool.measure(Dataset(train=half, roles=data.roles), lambda train, rows: (train, rows))
    if isinstance(answer, NotApplicable):
        return [f"It does not apply: {answer}"]
    return [f"{metric.name} of {metric.model}: {metric.value:.3f}" for metric in answer[:_SHOWN]]
