"""The expert that waits for the store."""

from __future__ import annotations

import threading

import pytest

from climbdc.agents import Answer, Checkpoint, Choice
from climbdc.errors import Stopped
from climbdc.store import SessionStore
from climbdc_ui import Desk
from climbdc_ui._expert import BY_RULE, PageExpert

QUESTION = Checkpoint(
    kind="finish", title="Finish?", options=(Choice(value="finish", label="Finish"),), default="finish"
)  # fmt: skip


@pytest.fixture
def stored(desk: Desk) -> SessionStore:
    """A session with an open question."""
    session = desk.copilot.store.create("a.csv", {"files": ["a.csv"]})
    session.ask("finish:1", QUESTION.model_dump(mode="json"))
    return session


def test_it_rests_when_nobody_answers(stored: SessionStore) -> None:
    expert = PageExpert(stored, patience=0)
    with pytest.raises(Stopped):
        expert.answer(QUESTION, "finish:1")
    assert not expert.wake(), "who answers now must start the work again"


def test_it_takes_an_answer_that_comes_while_it_waits(stored: SessionStore) -> None:
    expert = PageExpert(stored, patience=30)

    def person() -> None:
        stored.answer("finish:1", Answer(choice="finish", note="by hand").model_dump(mode="json"), "human")
        assert expert.wake()

    threading.Timer(0.2, person).start()
    assert expert.answer(QUESTION, "finish:1").note == "by hand"


def test_rules_decide_the_rest_and_are_named_for_it(stored: SessionStore) -> None:
    stored.put(BY_RULE, {"on": True})
    assert PageExpert(stored).answer(QUESTION, "finish:1").choice == "finish"
    decision = stored.checkpoint("finish:1")
    assert decision is not None and decision["expert"] == "auto"


def test_it_can_be_stopped_while_it_waits(stored: SessionStore) -> None:
    expert = PageExpert(stored, patience=30)
    threading.Timer(0.2, expert.stop).start()
    with pytest.raises(Stopped):
        expert.answer(QUESTION, "finish:1")
