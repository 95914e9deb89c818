"""Every run is recorded, foreign code is refused where nothing contains it, and a false answer is no answer."""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import ROW, read, write_frame
from climbdc.describe import describe
from climbdc.errors import ToolError
from climbdc.pieces import json_size
from climbdc.plugins import PluginCode
from climbdc.registry import RegisteredTool, Registry, registry
from climbdc.runs import LOOK_SECONDS, RecordedSandbox, audit, explain, open_recorded
from climbdc.sandbox import (
    Cancelled,
    Job,
    JobLimits,
    LimitHit,
    NotApplicable,
    Ok,
    Outcome,
    SandboxFailed,
    SandboxUnavailable,
    ToolFailed,
    Usage,
)  # fmt: skip
from climbdc.sdk import Dictionary

USED = Usage(1.5, 2.5, 300.04, exit_code=-9)


class Scripted:
    """A sandbox that answers as it is told and remembers what it was asked."""

    def __init__(self, outcome: Outcome | Exception, name: str = "landlock") -> None:
        self.outcome = outcome
        self.name = name
        self.jobs: list[Job] = []
        self.closed = False

    def run(self, job: Job, *_: Any) -> Outcome:
        self.jobs.append(job)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def recorded(inner: Scripted, tools: Registry | None = None) -> tuple[RecordedSandbox, list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    return RecordedSandbox(inner, told.append, tools or registry()), told


def look(tool: str = "missing_values") -> Job:
    return Job("look", {"tool": tool, "params": {}}, limits=JobLimits(wall_seconds=9))


def source_hash(tool: str) -> str:
    file = importlib.import_module(f"climbdc_tools.{tool}").__file__
    return hashlib.sha256(Path(str(file)).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("outcome", "name", "limit"),
    [
        (Ok({"findings": []}, usage=USED), "ok", ""),
        (NotApplicable("no", USED), "not-applicable", ""),
        (ToolFailed("tool-bug", "broke", usage=USED), "tool-failed", ""),
        (LimitHit("memory", "too much", USED), "limit-hit", "memory"),
        (Cancelled(usage=USED), "cancelled", ""),
        (SandboxFailed("gone", USED), "sandbox-failed", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_outcome_is_recorded(outcome: Outcome, name: str, limit: str) -> None:
    sandbox, told = recorded(Scripted(outcome))
    assert sandbox.run(look()) == outcome
    (record,) = told
    assert record.pop("start") >= 0
    assert record == {
        "backend": "landlock", "verb": "look", "tool": "missing_values", "code": source_hash("missing_values"),
        "limits": JobLimits(wall_seconds=9).model_dump(), "outcome": name, "limit": limit, "exit": "SIGKILL",
        "wall": 1.5, "cpu": 2.5, "peak_mb": 300.0,
    }  # fmt: skip


def test_a_run_that_the_host_broke_off_is_recorded() -> None:
    sandbox, told = recorded(Scripted(ZeroDivisionError("in the progress of the caller")))
    with pytest.raises(ZeroDivisionError):
        sandbox.run(look())
    assert [record["outcome"] for record in told] == ["cancelled"]


def test_several_tools_are_one_name_and_one_hash() -> None:
    sandbox, told = recorded(Scripted(SandboxFailed("gone")))
    steps = [{"step": {"id": f"S{n}", "tool": tool}} for n, tool in enumerate(["impute", "drop_columns", "impute"])]
    sandbox.run(Job("apply", {"steps": steps}))
    sandbox.run(Job("apply", {"steps": steps[:2]}))
    sandbox.run(Job("apply", {"steps": steps[:1]}))
    assert [record["tool"] for record in told] == ["impute and 2 more", "impute and 1 more", "impute"]
    hashes = [record["code"] for record in told]
    assert len(set(hashes)) == 3 and hashes[2] == source_hash("impute") and {len(code) for code in hashes} == {64}


@pytest.mark.parametrize("changed", [None, {}, {"challenge": "leakage/target-proxy"}], ids=["empty", "own", "other"])
def test_a_tool_finds_only_what_it_looks_for(changed: dict[str, Any] | None) -> None:
    own: dict[str, Any] = {
        "challenge": registry()["missing_values"].spec.addresses[0], "kind": "gaps", "severity": "info", "columns": [],
        "rows": None, "evidence": {}, "suggestions": [], "figures": [],
    }  # fmt: skip
    sandbox, _ = recorded(Scripted(Ok({"findings": [] if changed is None else [{**own, **changed}]})))
    assert isinstance(sandbox.run(look()), Ok if not changed else SandboxFailed)


def test_an_answer_of_another_form_is_a_failure_of_the_sandbox() -> None:
    sandbox, told = recorded(Scripted(Ok({"findings": [{}]}, usage=USED)))
    outcome = sandbox.run(look())
    assert isinstance(outcome, SandboxFailed) and "cannot be trusted" in outcome.detail and outcome.usage == USED
    assert told[0]["outcome"] == "sandbox-failed"


def test_a_job_nobody_knows_is_not_begun() -> None:
    inner = Scripted(Ok({}))
    sandbox, told = recorded(inner)
    with pytest.raises(ToolError, match="no job named 'dance'"):
        sandbox.run(Job("dance", {}))
    assert inner.jobs == [] and told == []


def with_foreign(origin: Any) -> Registry:
    own = list(registry().values())
    spec = replace(registry()["impute"].spec, name="add_noise")
    return Registry([*own, RegisteredTool(spec, origin, registry()["impute"].cls)])


@pytest.mark.parametrize("origin", ["package", "file"])
@pytest.mark.parametrize(
    "job",
    [
        look("add_noise"),
        Job("fit", {"step": {"tool": "add_noise"}}, tool="impute"),
        Job("apply", {"steps": [{"step": {"tool": "impute"}}, {"step": {"tool": "add_noise"}}]}),
        Job("measure", {"tool": "quick_models", "steps": [{"tool": "add_noise"}]}),
    ],
    ids=lambda job: job.verb,
)
def test_without_a_sandbox_only_built_in_tools_run(job: Job, origin: Any) -> None:
    tools = with_foreign(origin)
    bare, told = recorded(Scripted(SandboxFailed("never begun"), "none"), tools)
    with pytest.raises(SandboxUnavailable, match="'add_noise' is not built in") as raised:
        bare.run(job)
    assert raised.value.code == "foreign-tool" and told == []
    contained, told = recorded(Scripted(SandboxFailed("begun")), tools)
    assert contained.run(job) == SandboxFailed("begun") and len(told) == 1


def test_an_inspection_of_a_plug_in_that_never_ends_is_asked_once() -> None:
    code = PluginCode("noise", {"noise.py": b"x = 1"})
    spec = replace(registry()["impute"].spec, name="add_noise")
    tools = Registry([*registry().values(), RegisteredTool(spec, "file", code=code, source="noise.py")])
    inner = Scripted(LimitHit("time", "It ran on."))
    sandbox, told = recorded(inner, tools)
    for _ in range(3):
        assert isinstance(sandbox.run(replace(look("add_noise"), limits=JobLimits(wall_seconds=900))), LimitHit)
    (job,) = inner.jobs
    assert job.payload["plugins"] == [code.to_json()] and job.code == code.sha256 and len(told) == 1
    assert job.limits.wall_seconds == LOOK_SECONDS
    sandbox.run(look())
    sandbox.run(look())
    assert len(inner.jobs) == 3 and "plugins" not in inner.jobs[1].payload


def test_without_a_sandbox_a_tool_nobody_knows_is_refused() -> None:
    bare, _ = recorded(Scripted(Ok({}), "none"))
    with pytest.raises(SandboxUnavailable, match="'generated' is not built in"):
        bare.run(look("generated"))
    assert isinstance(bare.run(look()), SandboxFailed)


@pytest.mark.parametrize("unsafe", [False, True], ids=["contained", "unsafe"])
def test_a_real_run_says_what_it_used(unsafe: bool, heart: Path, tmp_path: Path) -> None:
    frame = read([heart]).frame
    write_frame(frame, tmp_path / "train.arrow")
    roles = {"kind": "multiclass", "target": "num"}
    context = {"roles": roles, "dictionary": describe(frame).to_json(), "seed": 0}
    told: list[dict[str, Any]] = []
    with open_recorded("auto", told.append, unsafe=unsafe) as sandbox:
        payload = {"tool": "missing_values", "params": {}, "context": context}
        outcome = sandbox.run(Job("look", payload, {"train": tmp_path / "train.arrow"}))
    assert isinstance(outcome, Ok) and outcome.payload["findings"]
    (record,) = told
    assert record["wall"] > 0 and record["peak_mb"] > 20 and record["outcome"] == "ok"
    assert (record["backend"] == "none") == unsafe
    summed = audit(told)
    assert summed["contained"] != unsafe and summed["runs"] == told
    assert (summed["jobs"], summed["failed"], summed["limits_hit"]) == (1, 0, 0)


def test_an_audit_sums_up() -> None:
    runs: list[dict[str, Any]] = [
        {"backend": "none", "outcome": "ok", "cpu": 1.25, "peak_mb": 100.0},
        {"backend": "landlock", "outcome": "limit-hit", "cpu": 2.0, "peak_mb": 50.0},
        {"backend": "landlock", "outcome": "not-applicable"},
    ]
    assert audit(runs) == {
        "backends": ["landlock", "none"], "contained": False, "jobs": 3, "failed": 1, "limits_hit": 1,
        "cpu_seconds": 3.25, "largest_mb": 100.0, "runs": runs,
    }  # fmt: skip
    assert audit([])["jobs"] == 0


def test_every_outcome_is_said_in_words() -> None:
    said = [
        explain(NotApplicable("No dates.")),
        explain(ToolFailed("bad", "It broke.", "Mend it.")),
        explain(LimitHit("time", "It was stopped.")),
        explain(Cancelled()),
        explain(SandboxFailed("It is gone.")),
    ]
    assert said == [
        "No dates.", "It broke. Mend it.", "It used more time than allowed. It was stopped.",
        "The job was cancelled.", "The sandbox failed: It is gone.",
    ]  # fmt: skip


def test_a_wide_file_passes_whole(tmp_path: Path) -> None:
    """5,000 columns, each with a long meaning: several MiB of answer, of which no JSON may be longer than one."""
    names = [f"measurement_{number}" for number in range(5000)]
    values = np.random.default_rng(0).normal(50, 10, (30, len(names))).round(1)
    values[::7] = np.nan
    frame = pd.DataFrame(values, columns=names, index=pd.Index(range(30), name=ROW))
    write_frame(frame, tmp_path / "train.arrow")
    told: list[dict[str, Any]] = []
    columns = [column.model_copy(update={"meaning": "what it was " * 40}) for column in describe(frame).values()]
    context = {"roles": {"kind": "none"}, "dictionary": Dictionary(columns).to_json(), "seed": 0}
    with open_recorded("auto", told.append) as sandbox:
        payload = {"step": {"id": "S01", "tool": "impute"}, "context": context}
        outcome = sandbox.run(Job("fit", payload, {"train": tmp_path / "train.arrow"}))
    assert isinstance(outcome, Ok), outcome
    assert [entry["name"] for entry in outcome.payload["dictionary"]] == names
    assert all(entry["meaning"].startswith("what it was") for entry in outcome.payload["dictionary"])
    assert json_size(outcome.payload) > 2 << 20 and outcome.tables.keys() == {"train"}
    assert not outcome.tables["train"].to_pandas().isna().any().any() and told[0]["outcome"] == "ok"
