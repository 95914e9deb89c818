"""Answers of tools: long ones arrive whole, and one that is not of the agreed form is refused."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from climbdc.pieces import PIECE
from climbdc.replies import PIECES, BadReply, pack_reply, read_reply
from climbdc.sandbox import Ok, Reply, pack_documents

ROWS = pa.table({"_row": pa.array([3, 5], pa.int64())})
FRAME = pa.table({"_row": pa.array([0], pa.int64()), "sex": pa.array(["f"], pa.large_string())})
FINDING: dict[str, Any] = {
    "challenge": "completeness/missing-values", "kind": "gaps", "severity": "major", "columns": ["a"], "rows": 2,
    "evidence": {"share": 0.5}, "suggestions": [{"tool": "impute"}],
    "figures": [{"kind": "bars", "title": "t", "data": {}}],
}  # fmt: skip
METRIC: dict[str, Any] = {
    "name": "auc", "model": "linear", "value": 0.5, "low": None, "high": 1, "rows": 9, "folds": 5, "better": "higher",
    "detail": {},
}  # fmt: skip
LOOKED = {"findings": [FINDING]}
FITTED = {"state": {"fill": 1}, "dictionary": [{"name": "sex", "type": "binary"}]}


def sent(verb: str, reply: Reply) -> Ok:
    """An answer as the host gets it from an honest tool."""
    packed = pack_reply(reply)
    return read_reply(verb, Ok(packed.payload, packed.tables, packed.blobs))


def test_a_short_answer_stays_as_it_is() -> None:
    reply = Reply(LOOKED, {"rows/0": ROWS})
    assert pack_reply(reply) is reply
    assert sent("look", reply) == Ok(LOOKED, {"rows/0": ROWS})
    assert sent("measure", Reply({"metrics": [METRIC]})).payload == {"metrics": [METRIC]}
    assert sent("apply", Reply({"failed": []}, {"frame": FRAME})).tables == {"frame": FRAME}


def test_what_an_evaluation_concludes_comes_with_its_rows() -> None:
    answer = {"metrics": [METRIC], "findings": [FINDING]}
    assert sent("measure", Reply(answer, {"rows/0": ROWS})) == Ok(answer, {"rows/0": ROWS})
    for tables in ({}, {"rows/1": ROWS}, {"rows/0": FRAME}):
        with pytest.raises(BadReply):
            read_reply("measure", Ok(answer, tables))


def test_a_long_answer_arrives_whole() -> None:
    state = {"levels": {f"column_{n}": ["some level"] * 9 for n in range(5000)}, "text": "é" * (PIECE // 7)}
    dictionary = [{"name": f"column_{n}", "type": "categorical", "meaning": "x" * 200} for n in range(5000)]
    reply = Reply({"state": state, "dictionary": dictionary}, {"train": FRAME}, {"model": b"\x00"})
    packed = pack_reply(reply)
    assert packed.payload == {} and PIECES in packed.tables and packed.blobs == reply.blobs
    answer = sent("fit", reply)
    assert answer.payload == reply.payload and answer.tables == {"train": FRAME}


def test_what_is_no_json_is_left_to_the_sandbox_to_refuse() -> None:
    reply = Reply({"state": {1, 2}})
    assert pack_reply(reply) is reply


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"findings": 7},
        {"findings": [{**FINDING, "severity": "fatal"}]},
        {"findings": [{**FINDING, "columns": "a"}]},
        {"findings": [{**FINDING, "rows": "2"}]},
        {"findings": [{**FINDING, "more": 1}]},
        {"findings": [{**FINDING, "suggestions": [{}]}]},
        {"findings": [{**FINDING, "rows": 3}]},
        {"findings": [{**FINDING, "rows": None}]},
        {"findings": [FINDING, FINDING]},
    ],
    ids=str,
)
def test_findings_of_another_form_are_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        read_reply("look", Ok(payload, {"rows/0": ROWS}))


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"row": ROWS["_row"]}),
        pa.table({"_row": pa.array([3.0, 5.0])}),
        pa.table({"_row": pa.array([3, None], pa.int64())}),
        pa.table({"_row": ROWS["_row"], "more": ROWS["_row"]}),
    ],
    ids=["other-name", "no-numbers", "a-gap", "more"],
)
def test_rows_of_another_form_are_refused(table: pa.Table) -> None:
    with pytest.raises(BadReply, match="rows"):
        read_reply("look", Ok(LOOKED, {"rows/0": table}))


@pytest.mark.parametrize(
    ("payload", "tables"),
    [
        ({**FITTED, "state": []}, {"train": FRAME}),
        ({**FITTED, "dictionary": [{"type": "binary"}]}, {"train": FRAME}),
        ({**FITTED, "dictionary": [{"name": "a", "type": "odd"}]}, {"train": FRAME}),
        (FITTED, {}),
        (FITTED, {"train": FRAME, "more": FRAME}),
        (FITTED, {"train": FRAME.append_column("x", pa.array([True]))}),
        (FITTED, {"train": FRAME, "state/x": pa.table({"_row": pa.array([[1]])})}),
        (FITTED, {"train": FRAME, "lineage": ROWS}),
    ],
    ids=["state", "nameless", "odd-type", "no-frame", "more", "kinds", "state-table", "lineage"],
)
def test_a_fit_of_another_form_is_refused(payload: dict[str, Any], tables: dict[str, pa.Table]) -> None:
    lineage = pa.table({"_row": ROWS["_row"], "source_row": ROWS["_row"]})
    assert read_reply("fit", Ok(FITTED, {"train": FRAME, "lineage": lineage})).payload == FITTED
    with pytest.raises(BadReply):
        read_reply("fit", Ok(payload, tables))


@pytest.mark.parametrize("payload", [{"metrics": [{**METRIC, "value": "1"}]}, {"metrics": {}}, {"metric": []}], ids=str)
def test_metrics_of_another_form_are_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        read_reply("measure", Ok(payload))


@pytest.mark.parametrize(
    "pieces",
    [pack_documents([]), pack_documents([[["a"], 1]]), pack_documents([[[], [LOOKED]]]), pa.table({"x": [1]})],
    ids=["none", "misplaced", "list", "other-table"],
)
def test_pieces_of_another_form_are_refused(pieces: pa.Table) -> None:
    with pytest.raises(BadReply):
        read_reply("look", Ok({}, {PIECES: pieces}))


def test_a_verb_of_another_is_left_alone() -> None:
    assert read_reply("__probe__", Ok({"x": 1})).payload == {"x": 1}
