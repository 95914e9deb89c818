"""Answers made from what is ticked and typed: no more is done than was seen, no less than was ticked."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from climbdc.agents import Answer, Checkpoint, Choice
from climbdc.copilot import Copilot
from climbdc.errors import InputError
from climbdc.sdk import Goal
from climbdc.settings import Settings
from climbdc_ui import Desk
from climbdc_ui._acts import Seat
from climbdc_ui._render import render
from climbdc_ui.chat._answers import NotUsable, _meant, _send
from climbdc_ui.chat._asked import read_goal
from climbdc_ui.chat._card import card_of
from climbdc_ui.chat._wording import words


def question(kind: Any, detail: dict[str, Any], *values: str) -> Checkpoint:
    """A checkpoint."""
    options = tuple(Choice(value=value, label=value) for value in values)
    return Checkpoint(kind=kind, title="?", options=options, default=values[0], detail=detail)


def dropping(columns: list[str]) -> Checkpoint:
    """A step that drops columns."""
    step = {"tool": "drop_columns", "params": {"columns": columns}, "confidence": 1.0}
    return question("change", {"step": step, "dropped_columns": columns, "counts": {}}, "approve", "change", "reject")


def test_all_ticked_is_approved_and_some_unticked_is_tried_again_without_them() -> None:
    asked = dropping(["a", "b", "c"])
    assert _meant(asked, "approve", {"keep": ["0", "1", "2"]}).choice == "approve"
    narrowed = _meant(asked, "approve", {"keep": ["0", "2"], "note": "b is needed"})
    assert narrowed.choice == "change" and narrowed.values == {"params": {"columns": ["a", "c"]}}
    assert narrowed.note == "Without b. b is needed"
    with pytest.raises(NotUsable, match="Nothing is ticked"):
        _meant(asked, "approve", {"keep": []})
    assert _meant(asked, "reject", {"keep": ["0"]}).choice == "reject"


def test_of_3000_columns_those_that_are_not_listed_are_not_unticked() -> None:
    asked = dropping([f"c{n}" for n in range(3000)])
    card = card_of("q", asked.model_dump(mode="json"))
    html = render("chat/card", card=card, words=words(), ticked=200, replies=[])
    shown = [str(number) for number in range(3000) if f'id="keep-{number}"' in html]
    assert 100 <= len(shown) <= 200 and len(html) < 150_000 and "not listed here" in html
    assert _meant(asked, "approve", {"keep": shown}).choice == "approve"
    values = _meant(asked, "approve", {"keep": shown[1:]}).values["params"]["columns"]
    assert len(values) == 2999 and "c0" not in values


def test_a_goal_among_5000_columns_offers_some_and_takes_any() -> None:
    columns = [f"v{n}" for n in range(5000)]
    roles = {"kind": "none", "reasons": {}}
    detail = {"goal": {"target": None, "task": None}, "roles": roles, "columns": columns, "rows": 9, "targets": [],
              "questions": []}  # fmt: skip
    asked = question("goal", detail, "none", "change")
    card = card_of("goal", asked.model_dump(mode="json"), editing=True, columns=tuple(columns))
    html = render("chat/card", card=card, words=words(), ticked=200, replies=[])
    assert len(html) < 60_000 and html.count("<option") < 400
    assert read_goal(asked, {"g-target": "v4999"}) == ({"target": "v4999"}, {})
    assert "v4999" in read_goal(asked, {"g-target": "V4999"})[1]["g-target"]


def test_a_proposed_role_is_taken_away_and_an_untouched_one_is_not_said() -> None:
    detail = {
        "goal": {"target": "died", "task": None, "id": None},
        "roles": {"patient": "nr", "target": "died", "reasons": {}},
        "columns": ["nr", "died", "age"], "rows": 9, "targets": [], "questions": [],
    }  # fmt: skip
    asked = question("goal", detail, "accept", "change")
    assert read_goal(asked, {"g-target": "died", "g-id": "nr", "g-group": ""}) == ({}, {})
    assert read_goal(asked, {"g-target": "died", "g-id": ""}) == ({"id": None}, {})


def test_steps_that_are_not_ticked_are_left_out() -> None:
    steps: list[dict[str, Any]] = [
        {"id": name, "title": name, "why": "", "findings": []} for name in ("S01", "S02", "S03")
    ]
    asked = question("plan", {"steps": steps}, "approve", "change")
    assert _meant(asked, "approve", {"steps": ["S01", "S02", "S03"]}).values == {}
    assert _meant(asked, "approve", {"steps": ["S02"]}).values == {"without": ["S01", "S03"]}
    assert _meant(asked, "approve", {"steps": []}).values == {"without": ["S01", "S02", "S03"]}


def test_what_is_told_of_columns_is_kept_by_column() -> None:
    columns = [{"column": "<b>", "type": "integer"}, {"column": "dnr", "type": "binary"}]
    asked = question("question", {"columns": columns}, "unknown", "change")
    typed = {"m-0": " a stage ", "u-0": "", "k-0": "before", "m-1": "", "k-1": ""}
    assert _meant(asked, "change", typed).values == {"<b>": {"meaning": "a stage", "known_at": "before"}}
    with pytest.raises(NotUsable, match="Nothing is filled in"):
        _meant(asked, "change", {"m-0": " ", "k-0": "nonsense"})
    later = _meant(asked, "later", {})
    assert later.choice == "unknown" and "decided later" in later.note


def test_when_columns_are_known_is_what_was_chosen() -> None:
    columns = [{"column": name, "because": "its name says so", "meaning": "", "kind": ""} for name in ("a", "b")]
    asked = question("question", {"columns": columns}, "after", "change", "unknown")
    assert _meant(asked, "change", {"k-0": "after", "k-1": "before"}).values == {"a": "after", "b": "before"}


def test_a_double_click_is_one_answer_and_no_fault(tmp_path: Path) -> None:
    desk = Desk(Copilot(Settings(data_dir=tmp_path / "data")))
    session = desk.copilot.start([tmp_path / "none.csv"], Goal())
    session.stored.ask("q", question("finish", {}, "finish", "later").model_dump(mode="json"))
    desk._work = lambda session: None  # type: ignore[method-assign]
    seat = Seat(desk, session)
    _send(seat, "q", Answer(choice="finish"))
    _send(seat, "q", Answer(choice="finish"))
    with pytest.raises(InputError, match="answered already"):
        _send(seat, "q", Answer(choice="later"))
    assert [event["kind"] for event in session.stored.events()].count("answered") == 1
    desk.close()


def test_of_twenty_who_answer_at_once_one_is_taken(tmp_path: Path) -> None:
    desk = Desk(Copilot(Settings(data_dir=tmp_path / "data")))
    session = desk.copilot.start([tmp_path / "none.csv"], Goal())
    session.stored.ask("q", question("finish", {}, "finish", "later").model_dump(mode="json"))
    desk._work = lambda session: None  # type: ignore[method-assign]
    told: list[str] = []
    ready = threading.Barrier(20)

    def press(choice: str) -> None:
        ready.wait()
        try:
            desk.answer(session.id, "q", choice)
            told.append(choice)
        except InputError as error:
            assert "answered already" in error.message

    threads = [threading.Thread(target=press, args=(("finish", "later")[n % 2],)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = session.stored.checkpoint("q")
    assert len(told) == 1 and stored is not None and stored["answer"]["choice"] == told[0]
    assert [event["kind"] for event in session.stored.events()].count("answered") == 1
    desk.close()
