"""What is done on a word: only what was said plainly, and only what the open question allows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from climbdc.agents import current_plan
from climbdc.conversation import YES
from climbdc.registry import title
from climbdc_ui.chat import _draft
from climbdc_ui.chat._answers import answer
from climbdc_ui.chat._change import rows_of
from climbdc_ui.chat._facts import Table
from climbdc_ui.chat._intents import plain
from climbdc_ui.chat._replies import Reply, done_steps, not_there, offers

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat

__all__ = ["ORDERS", "named_option", "press"]


def named_option(seat: Seat, text: str) -> str:
    """The option of the open question whose label was typed; empty where none was."""
    waiting = seat.stored.pending()
    if waiting is None:
        return ""
    said = plain(text)
    return next((each["value"] for each in waiting["asked"]["options"] if plain(each["label"]) == said), "")


def press(seat: Seat, choice: str) -> Reply:
    """Press a button of the open card, with the ticks as they stand."""
    waiting = seat.stored.pending()
    assert waiting is not None
    asked, name = waiting["asked"], waiting["id"]
    if choice == "stop":
        return _stop(seat, "")
    if choice == "change":
        return _change(seat, "")
    off = _draft.load(seat.stored, name).off
    values: dict[str, Any] = {"question": name, "choice": choice}
    if off and choice == "approve":
        values |= _ticked(asked, off)
    answer(seat, {}, values)
    error = _draft.load(seat.stored, name).errors.get("", "")
    if error:
        return Reply(error)
    label = next((each["label"] for each in asked["options"] if each["value"] == choice), "Decide later")
    left = " What you unticked is left out." if off and choice == "approve" else ""
    return Reply(f"I take that as “{label}”.{left}")


def _ticked(asked: Mapping[str, Any], off: frozenset[int]) -> dict[str, list[str]]:
    """What is ticked on the card, as its form would send it."""
    detail = asked["detail"]
    if asked["kind"] == "plan":
        return {"steps": [step["id"] for number, step in enumerate(detail["steps"]) if number not in off]}
    return {"keep": [str(row.number) for row in rows_of(detail) if row.number not in off]}


def _open(seat: Seat) -> tuple[Mapping[str, Any], set[str]] | None:
    """The open question and the values of its options."""
    waiting = seat.stored.pending()
    return None if waiting is None else (waiting["asked"], {each["value"] for each in waiting["asked"]["options"]})


def _nothing_asked(seat: Seat) -> Reply:
    return Reply("Nothing is asked just now, so there is nothing to answer.", said=offers(seat))


def _approve(seat: Seat, slot: str) -> Reply:
    found = _open(seat)
    if found is None:
        return _nothing_asked(seat)
    asked, _ = found
    if asked["default"] not in YES:
        return Reply(f"“{asked['title']}” has no plain yes. Choose on the card.", said=_labels(asked))
    return press(seat, asked["default"])


def _labels(asked: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each["label"] for each in asked["options"])


def _reject(seat: Seat, slot: str) -> Reply:
    found = _open(seat)
    if found is None:
        return _nothing_asked(seat)
    asked, values = found
    if "reject" not in values:
        return Reply("Nothing is done without your yes. This question has other answers.", said=_labels(asked))
    return press(seat, "reject")


def _later(seat: Seat, slot: str) -> Reply:
    found = _open(seat)
    if found is None:
        return _nothing_asked(seat)
    asked, values = found
    if "later" in values or asked["kind"] == "question":
        return press(seat, "later")
    return Reply("What comes next depends on this, so it cannot wait. You can stop here and come back; type stop.")


def _change(seat: Seat, slot: str) -> Reply:
    waiting = seat.stored.pending()
    if waiting is None:
        return _nothing_asked(seat)
    if waiting["asked"]["kind"] in {"goal", "change"}:
        return Reply("The form is open on the card.", edits=waiting["id"])
    return Reply("Change it on the card: what you tick or fill in there is what counts.")


def _undo(seat: Seat, slot: str) -> Reply:
    plan = current_plan(seat.stored)
    if not plan.applied:
        return Reply("No step has been done yet, so there is nothing to take back.")
    number = re.fullmatch(r"(?:step\s+)?s?0*(\d+)", slot.strip().casefold())
    known = {step.id: step for step in plan.applied}
    wanted = plan.applied[-1].id if not slot else f"S{int(number[1]):02d}" if number else ""
    if wanted not in known:
        return Reply(f"“{slot}” is no step that was done. These were: {done_steps(seat)}. Type undo and the step.")
    seat.change("undo", step=wanted)
    return Reply(
        f"I take back {wanted} ({title(known[wanted].tool).lower()}); what was done after it is planned again."
    )


def _target(seat: Seat, slot: str) -> Reply:
    waiting = seat.stored.pending()
    named = Table(seat.stored).named(slot)
    if waiting is None or waiting["asked"]["kind"] != "goal":
        return Reply("What is predicted was settled at the beginning, and everything since follows from it. "
                     "Start a new session on the same file to predict something else.")  # fmt: skip
    if named.column is None or not named.exact:
        if named.column is not None:
            return Reply(f"Do you mean {named.column}?", said=(f"predict {named.column}",))
        return not_there(named, slot)
    from climbdc.agents import Answer

    values = {"target": named.column}
    if waiting["asked"]["detail"]["goal"].get("task") == "none":
        values["task"] = None  # type: ignore[assignment]
    seat.desk.answer(seat.id, waiting["id"], Answer(choice="change", values=values), seat.person)
    _draft.forget(seat.stored)
    return Reply(f"{named.column} is what is to be predicted.")


def _stop(seat: Seat, slot: str) -> Reply:
    seat.desk.stop(seat.id)
    return Reply("I stop here. Nothing is lost: type go on, or answer the question, whenever you like.")


def _resume(seat: Seat, slot: str) -> Reply:
    waiting = seat.stored.pending()
    if waiting is not None:
        return Reply(f"I wait for your answer: {waiting['asked']['title']}", said=_labels(waiting["asked"]))
    if seat.desk.working(seat.id):
        return Reply("I am at work already.")
    seat.desk.go_on(seat.id, again=True)
    return Reply("I go on.")


ORDERS: Mapping[str, Callable[[Seat, str], Reply]] = {
    "approve": _approve, "reject": _reject, "later": _later, "change": _change, "undo": _undo, "target": _target,
    "stop": _stop, "resume": _resume,
}  # fmt: skip
"""Intents that change something."""
