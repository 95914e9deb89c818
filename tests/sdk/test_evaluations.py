"""What an evaluation concludes from its metrics: sentences are checked, and both come out of one job."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from climbdc import jobs
from climbdc.data import canonical, to_arrow
from climbdc.registry import RegisteredTool, Registry
from climbdc.sdk import (
    Dataset,
    Evaluation,
    Figure,
    Finding,
    Metric,
    NotApplicable,
    Params,
    Roles,
    ToolSpec,
    Treat,
    check_tool,
    evaluate,
)


def metric(rows: int) -> Metric:
    return Metric(name="rows", model="none", value=rows, low=rows, high=rows, rows=rows, folds=1)


class _Counting(Evaluation[Params]):
    """Count the rows that are left."""

    says: ClassVar[dict[str, str]] = {"counted": "{n} rows are left."}

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        if data.train.empty:
            return NotApplicable("There are no rows.")
        return [metric(len(treat(data.train, data.train)[1]))]


@evaluate("evaluation/baseline", sealed=True)
class Counting(_Counting):
    """Count the rows that are left."""

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        rows = np.asarray((data.train if data.test is None else data.test).index[:2], dtype="int64")
        picture = Figure(kind="bars", title="Rows", data={"labels": ["left"], "values": [metrics[0].rows]})
        return [Finding("counted", "info", rows=rows, evidence={"n": metrics[0].rows}, figures=(picture,))]


@evaluate("evaluation/baseline")
class Wordless(_Counting):
    """Say something that has no sentence."""

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        return [Finding("counted", "info", evidence={"left": metrics[0].rows})]


@evaluate("evaluation/baseline", sealed=True)
class OnlySealed(_Counting):
    """Go wrong on sealed rows only."""

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        return [] if data.test is None else [Finding("unknown", "info")]


@evaluate("evaluation/baseline")
class Silent(_Counting):
    """Conclude nothing."""


def test_an_evaluation_concludes_nothing_unless_it_says_so() -> None:
    assert check_tool(Silent).ok
    data = Dataset(train=canonical(pd.DataFrame({"a": [1, 2]})))
    assert Silent().conclude(data, [metric(2)]) == []
    spec: ToolSpec = Silent.spec
    assert spec.sealed is False and Counting.spec.sealed is True


def test_what_an_evaluation_concludes_is_checked_as_findings_are() -> None:
    assert check_tool(Counting).broken == ()
    assert "uses ['n']" in {check.name: check.detail for check in check_tool(Wordless).broken}["findings-well-formed"]
    assert [check.name for check in check_tool(OnlySealed).broken] == ["findings-well-formed"]


def test_metrics_and_findings_come_out_of_one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "inside", lambda shipped: Registry([RegisteredTool(Counting.spec, "file", Counting)]))
    context = {"roles": Roles().model_dump(mode="json"), "dictionary": [], "seed": 0}
    payload = {"tool": "counting", "params": {}, "steps": [], "context": context}
    frame = to_arrow(canonical(pd.DataFrame({"a": [1, 2, 3]})))
    reply = jobs.handle("measure", payload, {"train": frame}, lambda fraction, text: None)
    assert reply.payload["metrics"][0]["value"] == 3
    found = reply.payload["findings"][0]
    assert (found["challenge"], found["kind"], found["rows"]) == ("evaluation/baseline", "counted", 2)
    assert reply.tables["rows/0"].equals(pa.table({"_row": pa.array([0, 1], pa.int64())}))
