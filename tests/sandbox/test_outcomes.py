"""Every way a job can end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from climbdc.sandbox import (
    Job,
    JobLimits,
    LimitHit,
    NotApplicable,
    Ok,
    Sandbox,
    SandboxFailed,
    ToolFailed,
)


def test_payload_tables_and_blobs_come_back(sandbox: Sandbox, frame_file: Path) -> None:
    outcome = sandbox.run(Job("echo", {"words": ["é", 1, None]}, {"train": frame_file, "new": frame_file}))
    assert isinstance(outcome, Ok)
    assert outcome.payload == {"words": ["é", 1, None]}
    assert outcome.blobs == {"picture": b"\x00\xff"}
    with pa.memory_map(str(frame_file)) as source:
        sent = pa.ipc.open_file(source).read_all()
    assert outcome.tables["train"].equals(sent) and outcome.tables["new"].equals(sent)
    assert outcome.usage.wall_seconds > 0 and outcome.usage.peak_mb > 20


def test_a_tool_works_on_a_frame(sandbox: Sandbox, frame_file: Path) -> None:
    outcome = sandbox.run(Job("group", {}, {"train": frame_file}))
    assert isinstance(outcome, Ok)
    assert outcome.tables["means"].to_pydict() == {"group": ["a", "b"], "f0": [49.0, 50.0], "f1": [1.0, 1.0]}


def test_progress_and_printing(sandbox: Sandbox) -> None:
    heard: list[tuple[float, str]] = []
    outcome = sandbox.run(Job("report", {}), lambda share, text: heard.append((share, text)))
    assert heard == [(0.25, "reading"), (1.0, "done")]
    assert isinstance(outcome, Ok)
    assert outcome.usage.output == "said on standard output\nsaid on standard error\n"


def test_what_progress_raises_ends_the_job(sandbox: Sandbox) -> None:
    def stop(share: float, text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sandbox.run(Job("rest", {"seconds": 30}), stop)


def test_not_applicable(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("fail", {"kind": "nothing"}))
    assert isinstance(outcome, NotApplicable) and outcome.reason == "No dates here."
    assert outcome.usage.exit_code == 0 and outcome.usage.peak_mb > 20


def test_told_failure(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("fail", {"kind": "told"}))
    assert isinstance(outcome, ToolFailed)
    assert (outcome.code, outcome.message, outcome.fix) == ("known", "It came so.", "Do that.")
    assert not outcome.retryable and "before the end" in outcome.trace


def test_retryable_failure(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("fail", {"kind": "busy"}))
    assert isinstance(outcome, ToolFailed) and outcome.retryable


@pytest.mark.parametrize(("kind", "message"), [("bug", "KeyError: 'column'"), ("exit", "SystemExit: 3")])
def test_bug(sandbox: Sandbox, kind: str, message: str) -> None:
    outcome = sandbox.run(Job("fail", {"kind": kind}))
    assert isinstance(outcome, ToolFailed)
    assert (outcome.code, outcome.message) == ("tool-bug", message)
    assert "handlers_for_tests.py" in outcome.trace and len(outcome.trace) <= 8_000


def test_text_that_utf8_cannot_carry(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("fail", {"kind": "surrogate"}))
    assert isinstance(outcome, ToolFailed) and outcome.message == "ValueError: ?"


@pytest.mark.parametrize("kind", ["object", "nan", "numpy"])
def test_bad_reply(sandbox: Sandbox, kind: str) -> None:
    outcome = sandbox.run(Job("odd_reply", {"kind": kind}))
    assert isinstance(outcome, ToolFailed) and outcome.code == "bad-reply"


@pytest.mark.parametrize(
    ("verb", "payload", "limits", "limit"),
    [
        ("spin", {}, {"wall_seconds": 0.3}, "time"),
        ("memory", {"megabytes": 1024}, {"memory_mb": 256}, "memory"),
        ("big_answer", {"megabytes": 8}, {"output_mb": 4}, "output"),
        ("fork_bomb", {}, {}, "processes"),
    ],
)
def test_limits(sandbox: Sandbox, verb: str, payload: dict[str, Any], limits: dict[str, Any], limit: str) -> None:
    outcome = sandbox.run(Job(verb, payload, limits=JobLimits(**limits)))
    assert isinstance(outcome, LimitHit) and outcome.limit == limit


def test_memory_within_the_budget_is_given(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("memory", {"megabytes": 256}, limits=JobLimits(memory_mb=512)))
    assert isinstance(outcome, Ok) and outcome.payload == {"kept": 4}


@pytest.mark.parametrize(("how", "said"), [("exit", "exit code 7"), ("crash", "SIGSEGV")])
def test_death_without_an_answer(sandbox: Sandbox, how: str, said: str) -> None:
    outcome = sandbox.run(Job("die", {"how": how}))
    assert isinstance(outcome, SandboxFailed) and said in outcome.detail


def test_killed_from_outside_is_taken_for_memory(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("die", {"how": "killed"}))
    assert isinstance(outcome, LimitHit) and outcome.limit == "memory"


def test_frames_that_cannot_be_handed_over(sandbox: Sandbox, frame_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.arrow"
    link.symlink_to(frame_file)
    for path in (link, tmp_path / "missing.arrow", tmp_path):
        assert isinstance(sandbox.run(Job("echo", {}, {"train": path})), SandboxFailed)


def test_a_frame_that_is_not_arrow(sandbox: Sandbox, tmp_path: Path) -> None:
    junk = tmp_path / "junk.arrow"
    junk.write_bytes(b"junk" * 100)
    outcome = sandbox.run(Job("echo", {}, {"train": junk}))
    assert isinstance(outcome, SandboxFailed) and "could not begin" in outcome.detail


def test_same_random_state_and_order_in_every_job(sandbox: Sandbox) -> None:
    first, second = (sandbox.run(Job("seeds", {})) for _ in range(2))
    assert isinstance(first, Ok) and isinstance(second, Ok)
    assert {**first.payload, "pid": 0} == {**second.payload, "pid": 0}
    assert first.payload["pid"] != second.payload["pid"]


def test_no_state_crosses_jobs(sandbox: Sandbox) -> None:
    for _ in range(2):
        outcome = sandbox.run(Job("remember", {}))
        assert isinstance(outcome, Ok) and outcome.payload == {"count": 1}


def test_threads_may_start(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("threads", {}))
    assert isinstance(outcome, Ok) and outcome.payload == {"count": 8}
