"""The plan: told in words, changed before it runs, in an order that the taxonomy allows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from climbdc.copilot import Session
from climbdc.errors import InputError
from climbdc.plan import Plan, PlannedStep
from climbdc_ui._acts import Seat
from climbdc_ui.panels._offers import answerable, offers
from climbdc_ui.panels._plan import PLAN, rows
from climbdc_ui.panels._plan_edits import check_order, place_for
from climbdc_ui.panels._revisions import revisions

At = Callable[..., Seat]


def wanted(seat: Seat) -> list[tuple[str, dict[str, Any]]]:
    """What was wanted of the desk, and by nobody in particular."""
    changes: list[tuple[str, dict[str, Any]]] = seat.desk.changes  # type: ignore[attr-defined]
    return [(kind, {name: value for name, value in told.items() if name != "person"}) for kind, told in changes]


def text_of(html: str) -> str:
    """What a person reads."""
    return re.sub(r"<[^>]*>", " ", html)


def step(step_id: str, challenge: str, tool: str = "impute", **more: Any) -> PlannedStep:
    return PlannedStep(id=step_id, challenge=challenge, tool=tool, **more)


def test_steps_are_told_in_words_with_their_reasons(halfway: Session, at: At) -> None:
    html = PLAN.show(at(halfway), {})
    assert "1 step done, 4 to do" in html and PLAN.badge(at(halfway)) == "4"
    assert "Fill gaps with estimates" in html and "Values are missing" in html and "What is missing" in html
    assert "mark_missing" not in text_of(html) and "completeness/" not in text_of(html)
    assert html.count("To do</span>") == 4 and "✓" in html
    assert "Why it matters" in html and "How the plan changed" in html
    assert "Comes after S03" in html, "the order that the taxonomy asks for is told"


def test_what_the_taxonomy_forbids_is_refused_with_its_reason(halfway: Session, at: At) -> None:
    seat = at(halfway)
    assert [one.id for one in halfway.plan.pending] == ["S03", "S05", "S04", "S06"]
    with pytest.raises(InputError, match=r"S05 .* has to wait for S03") as refused:
        PLAN.acts["move"](seat, {}, {"step": "S05", "to": "up"})
    assert "A missing value looks like a real one" in refused.value.fix, "the taxonomy's reason"
    assert not wanted(seat)
    assert 'class="held" title="S05' in PLAN.show(seat, {}), "a button that would be refused says so"


def test_a_step_is_moved_where_the_taxonomy_leaves_it_free(made: Callable[..., Seat]) -> None:
    seat = made()
    free = [step("S01", "labels/imbalance"), step("S02", "plausibility/duplicates", "drop_duplicates")]
    seat.stored.put_plan(Plan(steps=(*free, step("S03", "structure/free-text", status="applied"))).model_dump(), "")
    assert 'class="held"' not in PLAN.show(seat, {})
    assert PLAN.acts["move"](seat, {}, {"step": "S02", "to": "up"}) == {"step": "S02"}
    assert PLAN.acts["move"](seat, {"step": "S02"}, {"step": "S01", "to": "down"}) == {"step": "S01"}
    assert wanted(seat) == [("plan", {"order": ["S02", "S01"]})] * 2


@pytest.mark.parametrize("values", [{}, {"step": "S99"}, {"step": "S02", "to": "up"}, {"step": ["S03"]}])
def test_what_is_not_to_do_cannot_be_moved_or_taken_out(halfway: Session, at: At, values: dict[str, Any]) -> None:
    for act in ("move", "remove"):
        with pytest.raises(InputError, match="not to do any more"):
            PLAN.acts[act](at(halfway), {}, values)


def test_the_ends_of_the_list_hold(halfway: Session, at: At) -> None:
    for values in ({"step": "S03", "to": "up"}, {"step": "S06", "to": "down"}):
        with pytest.raises(InputError, match="at the end"):
            PLAN.acts["move"](at(halfway), {}, values)


def test_a_step_is_taken_out(halfway: Session, at: At) -> None:
    seat = at(halfway)
    PLAN.acts["remove"](seat, {}, {"step": "S05"})
    assert wanted(seat) == [("plan", {"remove": ["S05"]})]


def test_keys_go_through_the_steps_still_to_do(halfway: Session, at: At) -> None:
    seat, state, seen = at(halfway), {"step": "S03"}, []
    for _ in range(4):
        state = PLAN.acts["next"](seat, state, {}) or {}
        seen.append(state["step"])
    assert seen == ["S05", "S04", "S06", "S03"]
    assert PLAN.acts["previous"](seat, {"step": "S03"}, {}) == {"step": "S06"}
    assert 'data-key="u"' in PLAN.show(seat, {"step": "S04"})


def test_what_can_be_added_answers_open_findings(halfway: Session, at: At) -> None:
    seat = at(halfway)
    told = {offer.key: offer for offer in offers(seat)}
    assert "plausibility/duplicates|drop_duplicates" in told, "it was not wanted before, and may be wanted now"
    assert not any("split_data" in key or "edit_dictionary" in key or "apply_review" in key for key in told)
    assert "completeness/missing-values|impute" not in told, "it is planned already"
    ids = answerable(seat, seat.stored.findings())
    assert "F001" in ids


def test_a_step_is_added_where_it_fits(halfway: Session, at: At) -> None:
    seat = at(halfway)
    values = {"offer": "plausibility/duplicates|drop_duplicates", "before": "", "why": "  seen twice on the ward "}
    PLAN.acts["add"](seat, {"for": "F001"}, values)
    [(kind, told)] = wanted(seat)
    added = told["add"]
    assert kind == "plan" and added["tool"] == "drop_duplicates" and added["why"] == "seen twice on the ward"
    assert added["params"]["subset"] and added["before"] in {"", *(one.id for one in halfway.plan.pending)}


def test_what_is_added_too_early_is_refused(halfway: Session, at: At) -> None:
    seat = at(halfway)
    sparse = "completeness/sparse-columns|impute"
    assert sparse in {offer.key for offer in offers(seat)}
    with pytest.raises(InputError, match="has to wait for S03"):
        PLAN.acts["add"](seat, {}, {"offer": sparse, "before": "S03"})
    for offer in ("", "nonsense|tool", None):
        with pytest.raises(InputError, match="not on offer"):
            PLAN.acts["add"](seat, {}, {"offer": offer})
    assert not wanted(seat)


def test_the_order_of_the_taxonomy() -> None:
    codes, gaps = step("S01", "completeness/disguised-missing"), step("S02", "completeness/missing-values")
    check_order([codes, gaps])
    with pytest.raises(InputError):
        check_order([gaps, codes])
    check_order([gaps, step("S03", "foreign/unknown"), gaps])
    assert place_for([gaps], codes) == 0 and place_for([codes], gaps) == 1
    assert place_for([gaps], step("S04", "foreign/unknown")) == 1


def test_every_status_has_a_shape_and_a_word() -> None:
    named = ("pending", "applied", "rejected", "removed", "failed", "not-applicable", "undone")
    told = rows([step(f"S{n:02d}", "labels/imbalance", status=status) for n, status in enumerate(named)], [])
    assert len({(row.mark, row.word) for row in told}) == len(named)
    assert rows([step("S01", "labels/imbalance")], [], "S01")[0].word == "Waits for your answer"
    assert rows([step("S01", "foreign/unknown", tool="my_tool")], [])[0].title == "My tool"


def test_revisions_say_why(halfway: Session) -> None:
    newest, *_, first = revisions(halfway.stored.plans())
    assert newest.title == "4 steps added for what was found." and first.number == 1
    verdicts = [
        {"step": "S01", "verdict": "remove", "reason": "It is settled."},
        {"step": "S02", "verdict": "keep", "reason": "Still there."},
    ]
    assessment = {
        "verdicts": verdicts, "added": [], "observations": ["F1 (a/b) was answered by S01."],
        "backtrack": {"before_step": "S01", "reason": "It harmed."},
    }  # fmt: skip
    steps = [{"id": "S01", "tool": "impute"}, {"id": "S02", "tool": "split_data"}]
    stored = {"revision": 7, "reason": "", "assessment": assessment, "plan": {"steps": steps}}
    told = revisions([stored])[0]
    assert told.title.startswith("Went back before S01: It harmed.; 1 step changed; S02 stays")
    assert told.lines == ("S01, “Fill gaps with estimates”, is taken out: It is settled.",)
    assert told.saw == ("S01 (“Fill gaps with estimates”) answered 1 finding.",)


def test_a_finished_plan_offers_nothing_and_data_are_no_markup(hostile_done: Session, at: At) -> None:
    html = PLAN.show(at(hostile_done), {"for": "F001", "step": "<script>", "page": "x"})
    assert "The session is finished" in html and 'data-do="add"' not in html
    assert "<script" not in html and "&lt;script&gt;" in html and "<img" not in html


def test_before_there_is_a_plan(made: Callable[..., Seat]) -> None:
    html = PLAN.show(made(), {})
    assert "There is no plan yet" in html and "Add a step" not in html
