"""The queue of single rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.errors import ClimbdcError, InputError
from climbdc.plan import Plan, PlannedStep
from climbdc.sdk import Column, Limits, Roles
from climbdc_tools.apply_review import ApplyReview
from climbdc_ui._acts import Seat
from climbdc_ui.panels._drafts import NAME, drafts
from climbdc_ui.panels._queue import MOST, topics
from climbdc_ui.panels._review import REVIEW, badge, params_of, show
from climbdc_ui.panels._sheet import sheet_of

Make = Callable[..., Seat]
FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 4, 5],
        "hr": [70.0, 900.0, 80.0, 80.0, 950.0],
        "sex": ["f", "m", "m", "m", None],
        "died": [0, 1, 0, 0, 1],
    }
)
COLUMNS = [Column(name="hr", unit="1/min", limits=Limits(low=10, high=350, unit="1/min"))]


def finding(seat: Seat, tool: str, challenge: str, kind: str, columns: list[str], rows: list[int], **more: Any) -> None:
    body = {
        "challenge": challenge, "kind": kind, "severity": "minor", "columns": columns, "rows": len(rows),
        "evidence": more, "suggestions": [], "figures": [],
    }  # fmt: skip
    seat.stored.add_findings([(body, np.array(rows, dtype="int64"))], tool=tool, screening="first")


@pytest.fixture
def seat(made: Make) -> Seat:
    """A table with two impossible values, a row entered twice and an outcome that looks wrong."""
    seat = made(FRAME, columns=COLUMNS, roles=Roles(kind="binary", target="died"))
    finding(seat, "impossible_values", "plausibility/impossible-values", "out-of-range", ["hr"], [1, 4])
    finding(seat, "find_duplicates", "plausibility/duplicates", "exact", [], [3], compared=["hr", "sex", "died"])
    finding(seat, "label_noise", "labels/label-noise", "suspect-labels", ["died"], [4, 1])
    return seat


def keys(seat: Seat) -> list[str]:
    sheet = sheet_of(seat.stored)
    assert sheet is not None
    return [topic.key for topic in topics(seat.stored, sheet)]


def act(seat: Seat, name: str, state: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    told = REVIEW.acts[name](seat, state or {}, values)
    assert told is not None
    return told


def test_a_value_with_its_place_among_the_others(seat: Seat) -> None:
    html = show(seat, {})
    assert "Row 1" in html and "<strong><bdi>900</bdi></strong>" in html and "10 to 350 1/min" in html
    assert 'class="here"' in html and "1 of 2" in html
    assert badge(seat) == "5"


def test_rows_that_occur_twice_stand_side_by_side(seat: Seat) -> None:
    html = show(seat, {"topic": keys(seat)[1]})
    assert "Row 3 and row 2" in html
    assert re.findall(r'<tr class="differs"><th scope="row"><bdi[^>]*>([^<]*)', html) == ["id"]


def test_outcomes_come_in_the_order_of_suspicion(seat: Seat) -> None:
    topic = keys(seat)[2]
    assert "Row 4" in show(seat, {"topic": topic})
    assert act(seat, "look", {"topic": topic, "row": 4}, step=1) == {"topic": topic, "row": 1}
    assert act(seat, "look", {"topic": topic, "row": 1}, step=1)["row"] == 1
    assert act(seat, "look", {"topic": topic, "row": 1}, topic=keys(seat)[0]) == {"topic": keys(seat)[0]}


def test_decisions_are_kept_and_taken_back(seat: Seat) -> None:
    first, _, labels = keys(seat)
    assert act(seat, "missing", topic=first, row=1) == {"topic": first, "row": 4}
    act(seat, "correct", topic=first, row=4, value=" 95 ", why="the chart says so")
    act(seat, "correct", topic=labels, row=4, value="0")
    assert [(one.row, one.column, one.value) for one in drafts(seat.stored)] == [
        (1, "hr", None),
        (4, "hr", "95"),
        (4, "died", "0"),
    ]
    html = show(seat, {"topic": first, "row": 4})
    assert "the chart says so" in html and "Apply 3 decisions" in html and "2 decided" in html
    assert badge(seat) == "2"
    assert act(seat, "undo") == {"topic": labels, "row": 4}
    act(seat, "keep", topic=first, row=1)
    assert [(one.row, one.do) for one in drafts(seat.stored)] == [(4, "correct"), (1, "keep")]
    act(seat, "undo", about=drafts(seat.stored)[0].about, row=4)
    assert [one.do for one in drafts(seat.stored)] == ["keep"]
    act(seat, "undo")
    with pytest.raises(InputError, match="no decision"):
        act(seat, "undo")


def test_all_decisions_are_applied_as_one(seat: Seat, wanted: Any) -> None:
    first, twice, labels = keys(seat)
    act(seat, "correct", topic=first, row=1, value="90")
    act(seat, "drop", topic=twice, row=3)
    act(seat, "keep", topic=labels, row=4)
    act(seat, "apply")
    ((kind, values),) = wanted.changes
    params = params_of(values["decisions"])
    assert kind == "review"
    assert [(cell["row"], cell["column"], cell["value"]) for cell in params["cells"]] == [(1, "hr", "90")]
    assert [one["row"] for one in params["drop"]] == [3] and [one["row"] for one in params["kept"]] == [4]
    assert all(one["why"] and one["about"] for part in params.values() for one in part)
    ApplyReview(params)


def test_what_was_carried_out_is_not_asked_again(seat: Seat, made: Make) -> None:
    first, _, labels = keys(seat)
    act(seat, "correct", topic=first, row=1, value="90")
    act(seat, "keep", topic=labels, row=4)
    told = params_of([one.decision() for one in drafts(seat.stored)])
    later = made(
        FRAME, FRAME.assign(hr=[70, 90, 80, 80, 950]), steps=[{"tool": "apply_review", "params": told}], columns=COLUMNS
    )
    finding(later, "impossible_values", "plausibility/impossible-values", "out-of-range", ["hr"], [1, 4])
    finding(later, "label_noise", "labels/label-noise", "suspect-labels", ["died"], [4, 1])
    later.stored.put(NAME, seat.stored.get(NAME) or {})
    sheet = sheet_of(later.stored)
    assert sheet is not None
    assert [topic.rows for topic in topics(later.stored, sheet)] == [(4,), (1,)]
    assert "not applied" not in show(later, {})


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("correct", {"row": 1, "value": "fast"}, "cannot stand"),
        ("correct", {"row": 1, "value": " "}, "no value"),
        ("keep", {"row": 2}, "not to be looked at"),
        ("keep", {"row": [1]}, "not to be looked at"),
        ("drop", {"row": 1, "topic": "x"}, "not to be looked at"),
        ("apply", {}, "no decision"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    seat: Seat, wanted: Any, name: str, values: dict[str, Any], told: str
) -> None:
    with pytest.raises(ClimbdcError, match=told):
        act(seat, name, **{"topic": keys(seat)[0], **values})
    assert not drafts(seat.stored) and not wanted.changes


def test_a_pair_is_corrected_in_a_column_that_is_named(seat: Seat) -> None:
    twice = keys(seat)[1]
    assert "review-column" in show(seat, act(seat, "write", {"topic": twice, "row": 3}, row=3, writing=1))
    with pytest.raises(InputError, match="Which column"):
        act(seat, "correct", topic=twice, row=3, value="9")
    with pytest.raises(ClimbdcError, match="no column"):
        act(seat, "correct", topic=twice, row=3, value="9", column="gone")
    act(seat, "missing", topic=twice, row=3, column="sex")
    assert drafts(seat.stored)[0].column == "sex"


def test_there_is_a_limit_and_it_is_told(made: Make) -> None:
    seat = made(pd.DataFrame({"hr": np.arange(700.0)}))
    finding(seat, "impossible_values", "plausibility/impossible-values", "negative", ["hr"], list(range(MOST + 100)))
    html = show(seat, {})
    assert f"1 of {MOST}" in html and "100 more" in html and len(html) < 20_000


def test_rows_that_are_gone_and_findings_that_are_answered_are_left_out(made: Make) -> None:
    seat = made(FRAME, FRAME.drop(index=[1, 3]), columns=COLUMNS)
    finding(seat, "impossible_values", "plausibility/impossible-values", "out-of-range", ["hr"], [1, 4])
    finding(seat, "find_duplicates", "plausibility/duplicates", "exact", [], [3], compared=["hr"])
    assert len(keys(seat)) == 1 and "Row 4" in show(seat, {})
    seat.stored.set_finding("F001", "answered", "S01")
    assert "No single row waits" in show(seat, {}) and badge(seat) == ""


def test_before_anything_is_read(made: Make) -> None:
    seat = made()
    assert "still being read" in show(seat, {}) and badge(seat) == ""
    with pytest.raises(InputError, match="still being read"):
        act(seat, "look")


def test_data_are_never_markup(made: Make) -> None:
    hostile = "<img src=x onerror=window.hurt=1>"
    seat = made(pd.DataFrame({hostile: [hostile, hostile, "b"], "b": [1, 2, 3]}))
    finding(seat, "find_duplicates", "plausibility/duplicates", "exact", [], [1], compared=[hostile])
    finding(seat, "inconsistent_values", "structure/inconsistent-values", "case", [hostile], [0])
    for topic in keys(seat):
        act(seat, "keep", topic=topic, row=1 if topic == keys(seat)[0] else 0, why=hostile)
        for state in ({"topic": topic}, {"topic": topic, "writing": True}):
            assert "<img" not in show(seat, state)


@pytest.fixture
def reviewed(done_seat: Seat) -> Iterator[Seat]:
    """The finished sample; decisions are forgotten afterwards."""
    yield done_seat
    done_seat.stored.drop_results(NAME)


def test_the_queue_of_the_sample(reviewed: Seat) -> None:
    sheet = sheet_of(reviewed.stored)
    assert sheet is not None
    kinds = {topic.kind: topic for topic in topics(reviewed.stored, sheet)}
    assert {"pair", "outcome"} <= set(kinds)
    assert "differs" in show(reviewed, {"topic": kinds["pair"].key})
    noisy = kinds["outcome"]
    assert (
        noisy.column == "num" and noisy.finding["screening"] == "last" and set(noisy.rows) <= set(sheet.rows.tolist())
    )
    act(reviewed, "correct", topic=noisy.key, row=noisy.rows[0], value="1")
    assert drafts(reviewed.stored)[0].column == "num"


def test_what_a_planned_step_treats_comes_last_and_is_not_counted(seat: Seat) -> None:
    step = PlannedStep(
        id="S05", challenge="plausibility/impossible-values", tool="correct_implausible", params={}, answers=("F001",)
    )
    seat.stored.put_plan(Plan(steps=(step,)).model_dump(mode="json"), "planned")
    assert badge(seat) == "3"
    html = show(seat, {})
    assert "Row 3 and row 2" in html and "is to treat them all" not in html
    assert "is to treat them all" in show(seat, {"topic": keys(seat)[0]})
