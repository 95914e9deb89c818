"""What is typed: understood by phrases, done or answered, and kept with its reply as part of the conversation.

What no phrase fits goes to the session's language model, where it has one; its reply comes later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from climbdc.conversation import NOTHING_DONE, keep_said
from climbdc.errors import ClimbdcError, InputError
from climbdc_ui.chat._intents import HARMLESS, meant
from climbdc_ui.chat._orders import ORDERS, named_option, press
from climbdc_ui.chat._proposed import orders_now
from climbdc_ui.chat._replies import ANSWERS, Reply, offers

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["ask", "say"]

NOT_UNDERSTOOD = f"{NOTHING_DONE} Here is what you can do:"
STILL = "The language model still answers what you asked before. Wait for it, or stop it."
ONLY_QUESTIONS = "Here I only answer questions. To do something, press a button or type it below the conversation."


def say(seat: Seat, text: str, state: State) -> None:
    """Take what a person typed below the conversation.

    Args:
        seat: Who, where.
        text: What was typed.
        state: State of all parts; a panel that was asked for is opened in it.
    """
    reply = _converse(seat, text, orders=True)
    if reply.panel:
        state["open"] = reply.panel
        state[reply.panel] = dict(reply.state or {})
    if reply.edits:
        state["card"] = {"edit": reply.edits}


def ask(seat: Seat, state: State, values: Values) -> State:
    """Take what a person asked on the card.

    Raises:
        InputError: Nothing was typed.
    """
    text = str(values.get("text", "")).strip()
    if not text:
        raise InputError("There is no question yet.", fix="Type one, or press one of those below.", code="no-question")
    reply = _converse(seat, text, orders=False)
    panel = {"open-panel": {"panel": reply.panel, "state": dict(reply.state or {})}} if reply.panel else {}
    return {**state, **panel}


def _converse(seat: Seat, text: str, *, orders: bool) -> Reply:
    """Keep what was typed, do or answer it, and keep the reply."""
    text = keep_said(seat.stored, text, seat.person or "")
    try:
        reply = _reply(seat, text, orders=orders)
    except ClimbdcError as error:
        reply = Reply(f"{error.message} {error.fix}".strip())
    if reply.lost and seat.session.options.policy == "llm":
        if seat.desk.talks.ask(seat.session, text, orders_now(seat) if orders else ("show",), reply.said):
            return Reply("")
        reply = Reply(STILL)
    body: dict[str, Any] = {"text": reply.text, "said": list(reply.said)}
    if reply.panel:
        label = str((reply.state or {}).get("column") or reply.panel)
        body["open"] = {"label": f"Open {label}", "panel": reply.panel, "state": dict(reply.state or {})}
    seat.stored.say("replied", body)
    seat.desk.live.poke()
    return reply


def _reply(seat: Seat, text: str, *, orders: bool) -> Reply:
    found = meant(text)
    option = named_option(seat, text) if orders else ""
    if option:
        return press(seat, option)
    if found is None:
        return Reply(NOT_UNDERSTOOD, said=offers(seat), lost=True)
    if found.intent in HARMLESS:
        return ANSWERS[found.intent](seat, found.slot)
    return ORDERS[found.intent](seat, found.slot) if orders else Reply(ONLY_QUESTIONS)
