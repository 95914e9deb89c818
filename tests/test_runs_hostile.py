"""Answers that are well written and mean nothing: each ends its job, and none the session."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from climbdc.data import ROW
from climbdc.registry import registry
from climbdc.replies import PIECES
from climbdc.runs import RecordedSandbox
from climbdc.sandbox import Job, Ok, Outcome, SandboxFailed, Usage, pack_documents

USED = Usage(1.0, 1.0, 100.0, exit_code=0)
NUMBERS = pa.array([0, 1])
ROWS = {ROW: NUMBERS}
STEP = {"step": {"id": "S1", "tool": "impute"}}
JOBS = {
    "look": Job("look", {"tool": "missing_values", "params": {}}),
    "fit": Job("fit", STEP),
    "apply": Job("apply", {"steps": [STEP]}),
    "measure": Job("measure", {"tool": "quick_models", "steps": []}),
}


class Liar:
    """A sandbox whose answer is given."""

    name = "landlock"

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def run(self, job: Job, *_: Any) -> Outcome:
        return self._outcome

    def close(self) -> None:
        pass

    def __enter__(self) -> Liar:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def judged(verb: str, payload: dict[str, Any], tables: dict[str, pa.Table]) -> Outcome:
    return RecordedSandbox(Liar(Ok(payload, tables, usage=USED)), lambda record: None, registry()).run(JOBS[verb])


def twice(name: str, other: str = ROW) -> pa.Table:
    names = dict.fromkeys([other, name]) if name != other else [name]
    return pa.table([NUMBERS] * (len(names) + 1), names=[*names, name])


def finding(**changed: Any) -> dict[str, Any]:
    own: dict[str, Any] = {
        "challenge": registry()["missing_values"].spec.addresses[0], "kind": "gaps", "severity": "info", "columns": [],
        "rows": None, "evidence": {}, "suggestions": [], "figures": [],
    }  # fmt: skip
    return {"findings": [own | changed]}


TABLES = {
    "two columns of row numbers": twice(ROW),
    "two columns of one name": twice("x"),
    "no column of row numbers": pa.table({"x": NUMBERS}),
    "row numbers that are missing": pa.table({ROW: pa.array([0, None])}),
    "row numbers that are texts": pa.table({ROW: pa.array(["0", "1"], pa.large_string())}),
    "categories": pa.table({**ROWS, "x": pa.array(["a", "b"]).dictionary_encode()}),
    "lists": pa.table({**ROWS, "x": pa.array([[1], [2]])}),
    "records": pa.table({**ROWS, "x": pa.array([{"a": 1}, {"a": 2}])}),
    "nothing": pa.table({**ROWS, "x": pa.nulls(2)}),
    "decimals": pa.table({**ROWS, "x": pa.array([1, 2]).cast(pa.decimal128(21, 2))}),
    "half numbers": pa.table({**ROWS, "x": pa.array(np.array([1, 2], np.float16))}),
    "moments elsewhere": pa.table({**ROWS, "x": pa.array([1, 2], pa.timestamp("us", "Europe/Paris"))}),
}


@pytest.mark.parametrize("odd", TABLES)
def test_an_odd_frame(odd: str) -> None:
    for verb, payload, name in (("apply", {"failed": []}, "frame"), ("fit", {"state": {}, "dictionary": []}, "train")):
        outcome = judged(verb, payload, {name: TABLES[odd]})
        assert isinstance(outcome, SandboxFailed) and outcome.usage == USED, (verb, odd)


@pytest.mark.parametrize("odd", TABLES)
def test_odd_rows_of_a_finding(odd: str) -> None:
    assert isinstance(judged("look", finding(rows=2), {"rows/0": TABLES[odd]}), SandboxFailed)


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"frame": pa.table({})},
        {"Frame": pa.table(ROWS)},
        {"frame": pa.table(ROWS), PIECES: pa.table({})},
        {"frame": pa.table(ROWS), PIECES: pa.table({"x": NUMBERS})},
        {"frame": pa.table(ROWS), PIECES: pack_documents([5])},
        {"frame": pa.table(ROWS), PIECES: pack_documents([[["failed"], []]] * 32_000)},
    ],
    ids=["none", "empty", "other", "no pieces", "other pieces", "broken pieces", "many pieces"],
)
def test_odd_tables(tables: dict[str, pa.Table]) -> None:
    assert isinstance(judged("apply", {"failed": []}, tables), SandboxFailed)


@pytest.mark.parametrize(
    ("verb", "payload"),
    [
        ("look", {}),
        ("look", {"findings": {}}),
        ("look", finding(challenge="no/such-thing")),
        ("look", finding(rows=-5)),
        ("look", finding(rows=1 << 62)),
        ("look", finding(figures=[{}])),
        ("look", finding(severity="very")),
        ("look", finding(more=1)),
        ("fit", {"state": {}, "dictionary": [{"name": 1}]}),
        ("apply", {"failed": "all"}),
        ("measure", {"metrics": [{}]}),
    ],
)
def test_odd_payloads(verb: str, payload: dict[str, Any]) -> None:
    assert isinstance(judged(verb, payload, {}), SandboxFailed)


def test_an_honest_answer_passes() -> None:
    assert isinstance(judged("look", finding(rows=2), {"rows/0": pa.table(ROWS)}), Ok)
    assert isinstance(judged("apply", {"failed": []}, {"frame": pa.table({**ROWS, "x": NUMBERS})}), Ok)
