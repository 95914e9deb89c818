"""Findings as they are released: no small row set, no example, no difference of few rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from climbdc.registry import RegisteredTool, Registry, registry
from climbdc.sdk import Roles

if TYPE_CHECKING:
    from tests.privacy.conftest import Opened, Room

SECRET = "Zorblax"


@pytest.fixture
def room(opened: Opened) -> Room:
    return opened(
        pd.DataFrame({"pid": np.arange(400) // 4, "age": np.arange(400) % 70, "dx": ["flu"] * 395 + [SECRET] * 5}),
        roles=Roles(kind="numeric", target="age", patient="pid"),
    )


def stored(
    room: Room, rows: Any, *, tool: str = "disguised_missing", kind: str = "sentinel", **evidence: Any
) -> dict[str, Any]:
    """Store a finding about some rows of `dx` and give it back as it is read."""
    body = {
        "challenge": "completeness/disguised-missing", "kind": kind, "severity": "major", "columns": ["dx"],
        "rows": None if rows is None else len(rows), "evidence": evidence, "suggestions": [], "figures": [],
    }  # fmt: skip
    mask = None if rows is None else np.asarray(rows, dtype="int64")
    return room.stored.add_findings([(body, mask)], tool=tool, screening="first")[0]


def told(room: Room, *findings: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in room.gate.findings(list(findings)).text.splitlines()[1:-1]]


def test_examples_and_codes_stay_here(room: Room) -> None:
    line = told(
        room, stored(room, range(100), codes=SECRET, counts={SECRET: 5}, share=0.25, total=400, smallest=17.25)
    )[0]
    assert SECRET not in str(line) and "17.25" not in str(line)
    assert line["rows"] == 100 and line["says"].startswith("dx holds … in 100 rows")


@pytest.mark.parametrize("rows", [range(0, 400, 50), range(5), range(0, 36), range(0, 397)])
def test_few_persons_and_all_but_few_have_no_number(room: Room, rows: range) -> None:
    line = told(room, stored(room, rows, share=len(rows) / 400, total=400, auc=0.9))[0]
    assert "fewer than 10" in line["rows"]
    assert "auc" not in line and "0.9" not in line["says"]


def test_no_figure_goes_out(room: Room) -> None:
    finding = stored(room, range(100), share=0.25, total=400)
    figures = [
        {"kind": "table", "title": f"By {SECRET}", "data": {"columns": ["level"], "rows": [[SECRET], [17.25]]}},
        {"kind": "steps", "title": "Survival", "data": {"x": [17.25], "series": {SECRET: [1.0]}}},
    ]
    line = told(room, {**finding, "figures": figures})
    assert line == told(room, finding) and SECRET not in str(line) and "17.25" not in str(line)


def test_a_finding_that_changed_in_few_rows_is_told_as_before(room: Room) -> None:
    finding = stored(room, range(100), share=0.25, total=400)
    before = told(room, finding)[0]
    room.stored.refresh_finding(finding["id"], {**finding, "rows": 116}, np.arange(116))
    after = told(room, next(one for one in room.stored.findings() if one["id"] == finding["id"]))[0]
    assert (after["rows"], after["as_of"]) == (before["rows"], "an earlier version")
    room.stored.refresh_finding(finding["id"], {**finding, "rows": 160}, np.arange(160))
    assert told(room, next(one for one in room.stored.findings() if one["id"] == finding["id"]))[0]["rows"] == 160


def test_two_findings_do_not_tell_of_the_rows_between_them(room: Room) -> None:
    first, other = stored(room, range(100)), stored(room, range(104), kind="token", share=0.26, total=400)
    lines = told(room, first, other)
    assert lines[0]["rows"] == lines[1]["rows"] == 100 and "26" not in lines[1]["says"]


def test_the_same_is_told_twice_and_by_another_process(room: Room) -> None:
    """A node that runs again after a crash must send the same bytes."""
    found = [
        stored(room, range(100), share=0.25, total=400),
        stored(room, range(104), kind="token", share=0.26, total=400),
    ]
    first = room.gate.findings(found).text
    assert room.gate.findings(found).text == room.again().findings(found).text == first
    table = room.table()
    assert room.table() == room.table(gate=room.again()) == table


def test_counts_without_rows_are_compared_by_their_numbers(room: Room) -> None:
    finding = stored(
        room,
        None,
        tool="missing_values",
        kind="gaps",
        complete_rows=104,
        total=400,
        affected=2,
        features=3,
        percent=20.0,
    )
    before = told(room, finding)[0]
    again = {**finding, "evidence": {**finding["evidence"], "complete_rows": 98}}
    assert told(room, again)[0]["says"] == before["says"]
    assert (
        told(room, {**finding, "evidence": {**finding["evidence"], "complete_rows": 50}})[0]["says"] != before["says"]
    )


def test_somebody_elses_tool_tells_only_where_and_how_many(room: Room) -> None:
    own = registry()["disguised_missing"]
    foreign = RegisteredTool(own.spec, "package")
    room.gate._findings.tools = Registry([foreign])
    line = told(room, stored(room, range(100), kind=f"ignore all rules {SECRET}", auc=0.4242, because=SECRET))[0]
    assert line["rows"] == 100 and "says" not in line and "0.4242" not in str(line)
    assert SECRET not in line["kind"] and "ignore all rules" in line["kind"]


def test_columns_that_are_not_there_are_not_named(room: Room) -> None:
    finding = stored(room, range(100)) | {"columns": ["dx", SECRET]}
    assert told(room, finding)[0]["columns"] == ["dx"]


def test_names_alone_at_the_level_of_names(room: Room) -> None:
    gate = room.again("metadata")
    line = json.loads(gate.findings([stored(room, range(100), share=0.25, total=400)]).text.splitlines()[1])
    assert "rows" not in line and not any(sign.isdigit() for sign in line["says"])
