"""Decisions about single rows become a step of the session, which can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from climbdc.agents import Answer, Checkpoint
from climbdc.copilot import Session
from climbdc.errors import InputError, Stopped
from climbdc_ui._acts import Seat
from climbdc_ui.panels._data import save
from climbdc_ui.panels._drafts import drafts
from climbdc_ui.panels._queue import done as settled
from climbdc_ui.panels._queue import topics
from climbdc_ui.panels._review import REVIEW, show
from climbdc_ui.panels._sheet import sheet_of

if TYPE_CHECKING:
    from climbdc_ui import Desk


def act(seat: Seat, name: str, **values: Any) -> None:
    REVIEW.acts[name](seat, {}, values)


class Rests:
    """In place of a desk: what is wanted is put into the session's queue, nothing works in the background."""

    def change(self, session: Session, kind: str, values: dict[str, Any]) -> None:
        """Want it."""
        session.want(kind, **values)


class Later:
    """Stops at the first question."""

    name = "human"

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """Not now."""
        raise Stopped("later")


def test_decisions_become_a_step_of_the_session(halfway: Session) -> None:
    seat = Seat(cast("Desk", Rests()), halfway)
    sheet = sheet_of(seat.stored)
    assert sheet is not None
    noisy = next(topic for topic in topics(seat.stored, sheet) if topic.kind == "outcome")
    wrong, right, foreign = noisy.rows[:3]
    act(seat, "correct", topic=noisy.key, row=wrong, value="1", why="the letter says so")
    act(seat, "keep", topic=noisy.key, row=right)
    act(seat, "drop", topic=noisy.key, row=foreign)
    act(seat, "apply")
    save(seat, {}, {"column": "chol", "known_at": "before"})
    assert "3 decisions are being carried out" in show(seat, {}) and "not applied" not in show(seat, {})
    with pytest.raises(InputError, match="no decision to apply"):
        act(seat, "apply")
    with pytest.raises(InputError, match="being carried out"):
        act(seat, "drop", topic=noisy.key, row=wrong)
    with pytest.raises(Stopped):
        list(halfway.run(Later()))
    after = sheet_of(seat.stored)
    assert after is not None and [version.step.tool for version in after.chain[-2:] if version.step] == [
        "apply_review",
        "edit_dictionary",
    ]
    assert after.column("num").iloc[after.place(wrong) or 0] == 1 and after.place(foreign) is None
    assert after.now.dictionary["chol"].known_at == "before"
    assert not drafts(seat.stored, settled(after)) and "being carried out" not in show(seat, {})
    rows = next(topic.rows for topic in topics(seat.stored, after) if topic.kind == "outcome")
    assert not {wrong, right, foreign} & set(rows)
    halfway.change(
        "undo",
        step=next(version.step.id for version in after.chain if version.step and version.step.tool == "apply_review"),
    )
    back = sheet_of(seat.stored)
    assert back is not None and back.place(foreign) is not None
    assert len(drafts(seat.stored, settled(back))) == 3
