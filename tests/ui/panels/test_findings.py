"""Findings: grouped, filtered, each once, with what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from climbdc.copilot import Session
from climbdc.plan import PlannedStep
from climbdc_ui._acts import Seat
from climbdc_ui.panels._findings import FINDINGS
from climbdc_ui.panels._found import told_findings

At = Callable[..., Seat]


def finding(name: str, **more: Any) -> dict[str, Any]:
    """A stored finding."""
    return {
        "id": name, "challenge": "completeness/sparse-columns", "kind": "sparse", "severity": "minor", "rows": None,
        "columns": ["ca"], "evidence": {}, "suggestions": [], "figures": [], "screening": "first", "status": "open",
        "answered_by": None, "tool": "sparse_columns", **more,
    }  # fmt: skip


def test_a_finished_session(done_seat: Seat) -> None:
    html = FINDINGS.show(done_seat, {})
    assert "33 problems: 18 answered, 15 left as it is." in html
    assert html.index("What is missing") < html.index("The outcome") < html.index("Who is in the data")
    assert "chol is 0 in 132 rows" in html and "132 of 736 rows" in html and "Suspected codes" in html
    assert "more of these, all answered" in html
    both = html + FINDINGS.show(done_seat, {"page": 1}) + FINDINGS.show(done_seat, {"page": 2})
    assert re.search(r"Still there when all was checked again at the end, in \d+ rows\.", both)
    assert "Plan a step for it" not in html, "nothing is planned any more"
    assert html.count('id="finding-F') == 25, "a page at a time"


def test_open_findings_lead_on(halfway: Session, at: At) -> None:
    seat = at(halfway)
    html = FINDINGS.show(seat, {})
    assert FINDINGS.badge(seat) == "5!"
    assert "A step is planned" in html and "Plan a step for it" in html and "Look at the rows" in html
    one = FINDINGS.show(seat, {"finding": "F021"})
    assert one.count('id="finding-') == 1
    assert "Show all findings" in one


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [({"severity": "major"}, 5), ({"dimension": "leakage"}, 3), ({"q": "CHOL"}, 5), ({"stand": "left"}, 15),
     ({"severity": "major", "stand": "left"}, 2), ({"q": "nothing of the kind"}, 0)],
)  # fmt: skip
def test_filters(done_seat: Seat, chosen: dict[str, str], shown: int) -> None:
    state = FINDINGS.acts["filter"](done_seat, {"page": 2, "finding": "F001"}, chosen)
    assert state is not None and "page" not in state
    html = FINDINGS.show(done_seat, state)
    assert html.count('id="finding-F') == shown
    assert f"{shown} shown" in html


def test_filters_add_up_and_are_taken_away(done_seat: Seat) -> None:
    state = FINDINGS.acts["filter"](done_seat, {}, {"severity": "major"}) or {}
    state = FINDINGS.acts["filter"](done_seat, state, {"q": "chol"}) or {}
    assert (state["severity"], state["q"]) == ("major", "chol")
    assert FINDINGS.acts["all"](done_seat, state, {}) == {}


@pytest.mark.parametrize("state", [{"severity": "<b>"}, {"page": 99}, {"page": "2"}, {"q": ["x"]}, {"finding": 7}])
def test_strange_states_do_no_harm(done_seat: Seat, state: dict[str, Any]) -> None:
    assert "<h2>Findings</h2>" in FINDINGS.show(done_seat, state)


def test_first_and_last_screening_are_one_problem() -> None:
    rows = {"rows": 5, "evidence": {"total": 50}}
    told = told_findings(
        [finding("F001", **rows), finding("F002", columns=["thal"], status="answered", answered_by="S01"),
         finding("F003", screening="last", rows=3), finding("F004", screening="last", columns=["new"])],
        [PlannedStep(id="S01", challenge="completeness/sparse-columns", tool="drop_columns")], finished=True, total=90,
    )  # fmt: skip
    by = {one.id: one for one in told}
    assert set(by) == {"F001", "F002", "F004"}
    assert by["F001"].last == "Still there when all was checked again at the end, in 3 rows."
    assert (by["F001"].rows, by["F001"].stand) == ("5 of 50 rows", "left")
    assert (by["F002"].stand, by["F002"].step, by["F002"].step_title) == ("answered", "S01", "Leave columns out")
    assert by["F004"].stand == "again"


@pytest.mark.parametrize(
    ("status", "stand", "reason"),
    [("pending", "planned", ""), ("rejected", "left", "I know better"), ("applied", "left", "did not settle")],
)
def test_how_a_finding_stands_follows_its_step(status: Any, stand: str, reason: str) -> None:
    step = PlannedStep(
        id="S01", challenge="completeness/sparse-columns", tool="drop_columns", answers=("F001",), status=status,
        reason="I know better",
    )  # fmt: skip
    [told] = told_findings([finding("F001")], [step], finished=False, total=9)
    assert (told.stand, told.step) == (stand, "S01") and reason in told.reason


def test_what_a_foreign_tool_says_is_shown_too() -> None:
    odd = finding("F001", challenge="mine/own", tool="my_tool", severity="terrible", status="accepted", columns=[])
    [told] = told_findings([odd], [], finished=False, total=9)
    assert (told.severity, told.word, told.title) == ("info", "Accepted", "Mine/own")


def test_data_are_never_markup(hostile_done: Session, at: At) -> None:
    html = FINDINGS.show(at(hostile_done), {"q": "<script>"}) + FINDINGS.show(at(hostile_done), {})
    assert "<script" not in html and "<img" not in html and "&lt;script&gt;window.hurt=1" in html
    assert "{{7*7}}" in html and "49${" not in html
    assert "عمر" in html and "<bdi>" in html


def test_before_anything_is_found(made: Callable[..., Seat]) -> None:
    assert "Nothing has been found so far." in FINDINGS.show(made(), {})
