"""The conversation as a part of the page: its newest messages, what is being done just now, how far it is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from climbdc.agents import current_plan
from climbdc.conversation import pieces
from climbdc.registry import doing
from climbdc_ui._acts import Panel
from climbdc_ui._render import render
from climbdc_ui.chat._messages import Message, messages
from climbdc_ui.chat._proposed import do_proposed
from climbdc_ui.chat._wording import words

if TYPE_CHECKING:
    from climbdc.store import SessionStore
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["TALK", "conversation", "progress_of"]

SHOWN = 40
MORE = 40
MOST = 2000
KEPT = 64
"""Conversations remembered, so that one that did not change is not read again."""

_known: OrderedDict[str, tuple[Any, list[Message]]] = OrderedDict()
_lock = threading.Lock()


def conversation(seat: Seat) -> list[Message]:
    """The messages; read anew only where there is something new."""
    stored = seat.stored
    waiting = stored.pending()
    mark = (stored.branch, seat.session.store.event_count(seat.id), None if waiting is None else waiting["id"])
    place = f"{seat.session.store.folder}/{seat.id}"
    with _lock:
        mark_then, told = _known.get(place, (None, []))
    if mark_then == mark:
        return told
    told = messages(stored)
    with _lock:
        _known[place] = (mark, told)
        _known.move_to_end(place)
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return told


def progress_of(stored: SessionStore) -> tuple[int, int]:
    """How many steps of the plan are over, and how many it has; zeros before there is one."""
    steps = [step for step in current_plan(stored).steps if step.status != "removed"]
    return sum(step.status != "pending" for step in steps), len(steps)


def _live(seat: Seat) -> dict[str, Any] | None:
    """What is being done just now; None where somebody is asked or nothing is done."""
    if not seat.desk.working(seat.id) or seat.stored.pending() is not None:
        return None
    now = seat.desk.progress(seat.id)
    if now is None:
        return {"text": "Working", "fraction": None}
    fraction = now["fraction"] if now["fraction"] and 0 < now["fraction"] <= 1 else None
    return {"text": doing(now["tool"]) if now["tool"] else str(now["text"] or "Working"), "fraction": fraction}


def _show(seat: Seat, state: State) -> str:
    told = conversation(seat)
    number = state.get("shown")
    shown = min(max(number, SHOWN), MOST) if isinstance(number, int) else SHOWN
    over, steps = progress_of(seat.stored)
    talking = seat.desk.talks.now(seat.id)
    return render(
        "chat/talk", talk=told[-shown:], earlier=max(len(told) - shown, 0), live=_live(seat), over=over, steps=steps,
        speakers=words()["speakers"], viewer=seat.person or "", talking=talking,
        streamed=pieces(talking.so_far) if talking else (),
    )  # fmt: skip


def _earlier(seat: Seat, state: State, values: Values) -> State:
    number = state.get("shown")
    return {"shown": min((number if isinstance(number, int) else SHOWN) + MORE, MOST)}


def _hush(seat: Seat, state: State, values: Values) -> State | None:
    """Stop the language model."""
    seat.desk.talks.stop(seat.id)
    return None


TALK = Panel(
    "talk", "Conversation", _show, {"earlier": _earlier, "hush": _hush, "propose": do_proposed},
    looks=frozenset({"earlier"}),
)  # fmt: skip
