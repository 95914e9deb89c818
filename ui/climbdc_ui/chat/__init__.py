"""The conversation, the card of the open question, and what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from climbdc.errors import InputError
from climbdc_ui._acts import Panel
from climbdc_ui._card import card_of
from climbdc_ui._render import render
from climbdc_ui._talk import messages

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["CARD", "TALK", "say"]


def _talk(seat: Seat, state: State) -> str:
    busy = "Working …" if seat.desk.working(seat.id) and seat.stored.pending() is None else ""
    return render("talk", talk=messages(seat.stored), busy=busy)


def _card(seat: Seat, state: State) -> str:
    waiting = seat.stored.pending()
    return "" if waiting is None else render("card", card=card_of(waiting["id"], waiting["asked"]))


def _answer(seat: Seat, state: State, values: Values) -> None:
    seat.desk.answer(seat.id, str(values.get("question")), str(values.get("choice")), str(values.get("values", "")))


TALK = Panel("talk", "Conversation", _talk)
CARD = Panel("card", "Question", _card, {"answer": _answer})


def say(seat: Seat, text: str, state: State) -> None:
    """Take what a person typed.

    Raises:
        InputError: It is not understood.
    """
    raise InputError("I did not understand.", fix="Press one of the buttons.", code="not-understood")
