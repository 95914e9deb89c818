"""Orders that a language model names: which there can be just now, and what a person's press on one does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from climbdc.agents import current_plan
from climbdc.conversation import orders_about
from climbdc.errors import ClimbdcError, InputError
from climbdc.registry import registry, title
from climbdc_ui.chat._facts import Table
from climbdc_ui.chat._orders import ORDERS, press
from climbdc_ui.chat._replies import Reply

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["do_proposed", "label_of", "orders_now"]

ABOUT_THE_QUESTION: Final = ("approve", "reject", "later", "change")
DROP: Final = "drop_columns"
LEFT_OUT: Final = "You wanted it left out."


def orders_now(seat: Seat) -> list[str]:
    """The orders that could be carried out as things stand."""
    plan = current_plan(seat.stored)
    waiting = seat.stored.pending()
    begun = seat.stored.get("head") is not None
    found = orders_about(waiting["asked"]) if waiting else []
    found += ["undo"] * bool(plan.applied) + ["remove", "leave-out"] * bool(plan.pending and begun)
    return [*found, "show", "stop" if seat.desk.working(seat.id) else "go-on"]


def label_of(order: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """What the button says that carries an order out.

    Args:
        order: As stored with the reply.
        titles: Step -> what it does.

    >>> label_of({"order": "undo", "step": "S02", "column": ""}, {"S02": "Fill gaps"})
    'Take back S02 (fill gaps)'
    """
    step, column = str(order["step"]), str(order["column"])
    named = f"{step} ({titles[step][:1].lower() + titles[step][1:]})" if step in titles else step
    texts = {
        "approve": "Approve what the card asks", "reject": "Reject what the card asks", "later": "Decide it later",
        "undo": f"Take back {named}", "remove": f"Take {named} out of the plan",
        "leave-out": f"Leave {column} out of the data", "predict": f"Predict {column}", "stop": "Stop for now",
        "go-on": "Go on",
    }  # fmt: skip
    return texts.get(str(order["order"]), "")


def do_proposed(seat: Seat, state: State, values: Values) -> State | None:
    """Carry out an order that a model named and a person has pressed.

    Raises:
        InputError: It cannot be done as things stand now.
    """
    key = values.get("event")
    events = seat.stored.events()
    event = next((each for each in events if each["key"] == key and each["kind"] == "replied"), None)
    order = (event or {}).get("order")
    if not order or any(each["kind"] == "said" and each.get("pressed") == key for each in events):
        raise InputError("This was done already, or is not proposed any more.", fix="Look below.", code="answered")
    waiting = seat.stored.pending()
    if order["order"] in ABOUT_THE_QUESTION and (waiting is None or waiting["id"] != order["question"]):
        raise InputError(
            "The question that this was about is not open any more.", fix="Look at the card.", code="answered"
        )
    if order["order"] not in orders_now(seat):
        raise InputError("This cannot be done just now.", fix="Look at the card.", code="not-now")
    titles = {step.id: title(step.tool) for step in current_plan(seat.stored).steps}
    label = label_of(order, titles)
    seat.stored.say("said", {"text": label, "person": seat.person or "", "pressed": key})
    try:
        reply = DOES[order["order"]](seat, order)
    except ClimbdcError as error:
        reply = Reply(f"{error.message} {error.fix}".strip())
    seat.stored.say("replied", {"text": reply.text, "said": list(reply.said)})
    seat.desk.live.poke()
    return None


def _on_card(choice: str) -> Callable[[Seat, Mapping[str, Any]], Reply]:
    def do(seat: Seat, order: Mapping[str, Any]) -> Reply:
        return press(seat, choice)

    return do


def _approve(seat: Seat, order: Mapping[str, Any]) -> Reply:
    return ORDERS["approve"](seat, "")


def _undo(seat: Seat, order: Mapping[str, Any]) -> Reply:
    return ORDERS["undo"](seat, str(order["step"]))


def _remove(seat: Seat, order: Mapping[str, Any]) -> Reply:
    seat.change("plan", remove=[order["step"]])
    return Reply(f"I take {order['step']} out of the plan.")


def _leave_out(seat: Seat, order: Mapping[str, Any]) -> Reply:
    column = Table(seat.stored).named(str(order["column"]))
    if column.column is None or not column.exact:
        raise InputError("There is no such column any more.", fix="Look at the data.", code="no-such-column")
    challenge = registry()[DROP].spec.addresses[0]
    step = {"challenge": challenge, "tool": DROP, "params": {"columns": [column.column]}, "why": LEFT_OUT}
    seat.change("plan", add=step)
    return Reply(f"A step that leaves {column.column} out is planned. It is shown to you before it counts.")


def _plain(name: str) -> Callable[[Seat, Mapping[str, Any]], Reply]:
    def do(seat: Seat, order: Mapping[str, Any]) -> Reply:
        return ORDERS[name](seat, str(order["column"]))

    return do


DOES: Final[Mapping[str, Callable[[Seat, Mapping[str, Any]], Reply]]] = {
    "approve": _approve, "reject": _on_card("reject"), "later": _on_card("later"), "undo": _undo, "remove": _remove,
    "leave-out": _leave_out, "predict": _plain("target"), "stop": _plain("stop"), "go-on": _plain("resume"),
}  # fmt: skip
"""What is done by a press. `show` and `change` only open something and need none."""
