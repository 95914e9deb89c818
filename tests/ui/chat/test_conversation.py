"""A whole conversation over a real session: buttons, ticks, forms and words, two tabs at once, a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from climbdc.copilot import Copilot
from climbdc.errors import InputError
from climbdc.sdk import Goal
from climbdc.settings import Settings
from climbdc_ui import Desk
from climbdc_ui._acts import Seat
from climbdc_ui.chat import CARD, TALK, say

PATIENCE = 120
BAD = "<i>bp</i> {{1}}"


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    """Somebody in front of a new session on a table with two spellings of each sex and two codes for missing."""
    sex = ["male", "MALE", "female", "FEMALE"]
    rows = [
        f"{n},{sex[n % 4]},{-9 if n % 20 == 0 else 30 + n % 50},{-9 if n % 40 == 0 else 110 + n % 40}"
        for n in range(160)
    ]
    (tmp_path / "table.csv").write_text("\n".join([f"id,sex,age,{BAD}", *rows]), "utf-8")
    desk = Desk(Copilot(Settings(data_dir=tmp_path / "data")))
    yield Seat(desk, desk.session(desk.start([tmp_path / "table.csv"], Goal(notes="none"))))
    desk.close()


def asked(seat: Seat, begins: str) -> dict[str, Any]:
    """Wait for a question."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        waiting = seat.stored.pending()
        if waiting is not None and waiting["id"].startswith(begins):
            return waiting
        time.sleep(0.05)
    raise AssertionError(f"never asked {begins}: {seat.stored.pending()} {seat.stored.get('trouble')}")


def told(seat: Seat, text: str, state: dict[str, Any] | None = None) -> str:
    """Type something; the reply."""
    say(seat, text, {} if state is None else state)
    return str([event for event in seat.stored.events() if event["kind"] == "replied"][-1]["text"])


def test_a_conversation(seat: Seat) -> None:
    asked(seat, "goal")
    assert "This is the goal" in CARD.show(seat, {}), "nobody said what is predicted, so the form stands open"
    _a_form_with_errors_keeps_what_was_typed(seat)
    CARD.acts["answer"](seat, {}, {"question": "goal", "choice": "none"})
    _two_tabs(seat)
    asked(seat, "plan:")
    _words(seat)
    assert "Go on" in told(seat, "go on")
    _ticks(seat)
    _later(seat)
    asked(seat, "finish:")
    talk = TALK.show(seat, {})
    assert talk.count("<article") == 40 and "earlier messages" in talk and "never changed: all" not in talk
    talk = TALK.show(seat, TALK.acts["earlier"](seat, {}, {}) or {})
    assert "Left for later" in talk and "Your file itself is never changed" in talk
    assert "<i>" not in talk and "&lt;i&gt;" in talk
    fresh = Seat(Desk(seat.desk.copilot), seat.desk.copilot.session(seat.id))
    assert TALK.show(fresh, {"shown": "nonsense"}) == TALK.show(seat, {}), "a restart shows the same"
    assert "Decide them now" in CARD.show(fresh, {})


def _a_form_with_errors_keeps_what_was_typed(seat: Seat) -> None:
    typed = {"question": "goal", "g-target": "aeg", "g-task": "regression", "g-id": "id"}
    state = CARD.acts["save"](seat, {}, dict(typed))
    assert state == {"edit": "goal"} and seat.stored.pending() is not None
    html = CARD.show(seat, {})
    assert "Did you mean" in html and 'aria-invalid="true"' in html and "regression" in html
    assert CARD.acts["edit"](seat, state, {"question": "goal", "close": True}) == {"edit": ""}
    assert "This is the goal" not in CARD.show(seat, {"edit": ""})


def _two_tabs(seat: Seat) -> None:
    """The same press twice is one answer; another answer to the same question is refused and says why."""
    assert CARD.acts["answer"](seat, {}, {"question": "goal", "choice": "none"}) is None
    with pytest.raises(InputError, match="answered already: No target"):
        CARD.acts["answer"](seat, {}, {"question": "goal", "choice": "accept"})
    with pytest.raises(InputError, match="not asked"):
        CARD.acts["answer"](seat, {}, {"question": "change:S99:1", "choice": "approve"})
    stored = seat.stored.checkpoint("goal")
    assert stored is not None and stored["answer"]["choice"] == "none"


def _words(seat: Seat) -> None:
    """Questions are answered from what is stored, nonsense changes nothing, all of it is kept."""
    state: dict[str, Any] = {"open": "plan"}
    before = seat.stored.pending()
    assert "No value of age is missing in 160 rows" in told(seat, "How many missing in AGE?")
    assert "160 rows and 4 columns" in told(seat, "how many rows?")
    assert "never changed" in told(seat, "what happens to the original?")
    assert "did not understand" in told(seat, "make it all nice")
    assert "did not understand" in told(seat, "don't stop")
    assert "did not understand" in told(seat, "approve everything but age")
    assert "other answers" in told(seat, "reject")
    assert told(seat, "show column age", state) == "Here is age." and state["open"] == "data"
    assert state["data"] == {"column": "age"}
    assert "nothing to take back" in told(seat, "undo")
    assert "Imputation" in told(seat, "what is imputation?")
    assert seat.stored.pending() == before and seat.desk.working(seat.id), "nothing of this answered the question"
    talk = TALK.show(seat, {})
    assert "make it all nice" in talk and 'data-open="data"' in talk
    said = CARD.acts["ask"](seat, {}, {"text": "why do you ask?"})
    assert said == {} and 'class="reply"' in CARD.show(seat, {}), "the card shows the reply, too"
    with pytest.raises(InputError, match="no question"):
        CARD.acts["ask"](seat, {}, {"text": " "})
    CARD.acts["ask"](seat, {}, {"text": "approve"})
    assert seat.stored.pending() == before, "the box for questions only answers"


def _ticks(seat: Seat) -> None:
    """What is unticked is left out: the step is tried again, shown, and then says only the rest."""
    waiting = asked(seat, "change:")
    while waiting["asked"]["detail"]["step"]["tool"] != "mark_missing":
        assert "harmonise" in waiting["asked"]["detail"]["step"]["tool"]
        CARD.acts["answer"](seat, {}, {"question": waiting["id"], "choice": "later", "note": "ask the nurse"})
        waiting = asked(seat, "change:S01")
    name = waiting["id"]
    columns = [row["column"] for row in waiting["asked"]["detail"]["mappings"]]
    assert set(columns) == {"age", BAD}
    html = CARD.show(seat, {})
    assert html.count('name="keep[]"') == 2 and "<i>" not in html and "Step 2 of 2" in html
    CARD.acts["answer"](seat, {}, {"question": name, "choice": "approve", "keep": []})
    assert "Nothing is ticked" in CARD.show(seat, {}) and seat.stored.pending() is not None
    CARD.acts["tick"](seat, {}, {"question": name, "row": columns.index(BAD), "keep[]": ""})
    assert CARD.show(seat, {}).count(" checked") == 1, "a reload shows the tick gone"
    assert "left out" in told(seat, "approve"), "words honour the ticks"
    again = asked(seat, f"{name.rpartition(':')[0]}:2")
    assert {row["column"] for row in again["asked"]["detail"]["mappings"]} == {"age"}
    assert again["asked"]["detail"]["step"]["params"] == {"codes": {"age": ["-9"]}}
    CARD.acts["answer"](seat, {}, {"question": again["id"], "choice": "approve", "keep": ["0"]})


def _later(seat: Seat) -> None:
    """What was left for later is in the store with the note, and comes up at the end."""
    waiting = asked(seat, "finish:")
    (left,) = waiting["asked"]["detail"]["postponed"]
    assert left["title"] == "Write the same thing in one way"
    answers = [item["answer"] for item in seat.stored.decisions() if item["id"].startswith("change:")]
    assert {answer["note"] for answer in answers if answer["choice"] == "later"} == {"ask the nurse"}
    assert "no plain yes" in told(seat, "yes"), "to finish with something left for later is said in full"
