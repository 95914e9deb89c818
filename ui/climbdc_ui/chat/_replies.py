"""Replies to what is asked in words: from stored facts, changing nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from climbdc.agents import current_plan
from climbdc.conversation import YES
from climbdc.registry import doing, title
from climbdc_ui._minds import place_of, sentences
from climbdc_ui.chat._facts import Named, Table, term
from climbdc_ui.chat._intents import lexicon
from climbdc_ui.chat._wording import count, listed

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat

__all__ = ["ANSWERS", "Reply", "done_steps", "not_there", "offers"]

PANELS = ("data", "plan", "findings", "history", "review", "figures", "model", "report")
MOST_OFFERS = 8


@dataclass(frozen=True)
class Reply:
    """What is answered.

    Args:
        text: In plain words.
        panel: The panel that is opened, with the label of a button that opens it again.
        state: The panel's state.
        said: What may be typed next.
        edits: The question whose form is opened.
        lost: Whether nothing is known of what was asked, so that a language model may be asked where there is one.
    """

    text: str
    panel: str = ""
    state: Mapping[str, Any] | None = None
    said: tuple[str, ...] = ()
    edits: str = ""
    lost: bool = False


def offers(seat: Seat) -> tuple[str, ...]:
    """What may be typed just now."""
    waiting = seat.stored.pending()
    told: Mapping[str, str] = lexicon()["offers"]
    asked: Mapping[str, Any] = waiting["asked"] if waiting else {"options": [], "default": ""}
    values = {option["value"] for option in asked["options"]}
    names = ["approve", "reject", "later", "change", "why"] if waiting else ["progress", "resume"]
    if waiting and asked["default"] not in YES:
        names.remove("approve")
    names = [name for name in names if name not in {"reject", "later"} or name in values]
    if waiting and waiting["asked"]["kind"] == "goal":
        names = ["target", *names]
    if current_plan(seat.stored).applied:
        names.append("undo")
    column = Table(seat.stored).example
    names += ["show", "gaps"] if column else []
    return tuple(told[name].format(column=column) for name in [*names, "original", "stop"])[: MOST_OFFERS + 1]


def not_there(named: Named, text: str) -> Reply:
    """That no column is meant for sure."""
    if named.alike:
        said = f"There are several columns like “{text}”: {listed(named.alike)}. Which one do you mean?"
        return Reply(said, lost=" " in text)
    return Reply(
        f"I know no column “{text}”. The Data tab lists all of them.", panel="data", state={}, said=("show data",),
        lost=True,
    )  # fmt: skip


def _why(seat: Seat, slot: str) -> Reply:
    waiting = seat.stored.pending()
    if waiting is None:
        return Reply("Nothing is asked just now. The History tab tells why each step was done.", "history", {})
    asked = waiting["asked"]
    reasons = [asked["text"]] if asked["kind"] == "change" else []
    found = [finding["sentence"] for finding in asked["detail"].get("findings", [])][:3] if asked["detail"] else []
    found = [str(each) for each in found]
    return Reply(
        " ".join([*reasons, *(f"{each.rstrip('.')}." for each in found), asked["why"]]).strip() or asked["title"]
    )


def _show(seat: Seat, slot: str) -> Reply:
    wanted = slot.casefold().removeprefix("the ").removesuffix(" panel").removesuffix(" tab").strip()
    table = Table(seat.stored)
    named = table.named(slot)
    if named.column is None and wanted in PANELS:
        return Reply(f"Here is {wanted}.", wanted, {})
    if named.column is None:
        return not_there(named, slot)
    if named.column not in table.columns:
        return Reply(table.about(named.column))
    return Reply(f"Here is {_taken(named, slot)}.", "data", {"column": named.column})


def _taken(named: Named, slot: str) -> str:
    return f"{named.column}" if named.exact else f"{named.column}, which I take you to mean by “{slot}”"


def _meaning(seat: Seat, slot: str) -> Reply:
    table = Table(seat.stored)
    named = table.named(slot)
    if named.exact and named.column is not None:
        return Reply(table.about(named.column), *_place(table, named.column))
    told = term(slot)
    if told:
        return Reply(told)
    if named.column is not None:
        return Reply(table.about(named.column), *_place(table, named.column))
    return Reply(f"I know neither a column nor a term “{slot}”.", said=offers(seat), lost=True)


def _place(table: Table, column: str) -> tuple[str, dict[str, Any] | None]:
    return ("data", {"column": column}) if column in table.columns else ("", None)


def _gaps(seat: Seat, slot: str) -> Reply:
    table = Table(seat.stored)
    named = table.named(slot)
    return not_there(named, slot) if named.column is None else Reply(table.gaps(named.column))


def _size(seat: Seat, slot: str) -> Reply:
    return Reply(Table(seat.stored).size())


def _original(seat: Seat, slot: str) -> Reply:
    copied = (
        "Your original file is never changed. It was copied when you chose it, all work is on the copy, and every step "
        "can be taken back."
    )
    asked = seat.session.options
    if asked.policy == "rules":
        return Reply(f"{copied} The rules of this program need no other computer: your data stay on this one.")
    place, told = place_of(asked.base_url), sentences()
    goes = told["stays"] if place == told["here"] else told["leaves"].format(place=place)
    sees = f"The language model sees {told['levels'][asked.disclosure]['sees']}"
    return Reply(f"{copied} {sees} {goes} {told['never']}", panel="model", state={})


def _progress(seat: Seat, slot: str) -> Reply:
    plan = current_plan(seat.stored)
    far = f"{count(len(plan.applied), 'step')} done, {len(plan.pending)} to do."
    waiting = seat.stored.pending()
    if waiting is not None:
        return Reply(f"I wait for your answer: {waiting['asked']['title']} {far}")
    now = seat.desk.progress(seat.id)
    if seat.desk.working(seat.id):
        return Reply(f"I am at work{': ' + doing(now['tool']).lower() if now and now['tool'] else ''}. {far}")
    return Reply("Everything is done." if seat.session.status == "finished" else f"I have stopped. {far}")


def _help(seat: Seat, slot: str) -> Reply:
    return Reply("Press a button of the card, or type one of these. You can also ask about columns and words.",
                 said=offers(seat))  # fmt: skip


def _thanks(seat: Seat, slot: str) -> Reply:
    return Reply("You are welcome.")


ANSWERS: Mapping[str, Callable[[Seat, str], Reply]] = {
    "why": _why, "show": _show, "meaning": _meaning, "gaps": _gaps, "size": _size, "original": _original,
    "progress": _progress, "help": _help, "thanks": _thanks,
}  # fmt: skip
"""Intents that change nothing."""


def done_steps(seat: Seat) -> str:
    """The steps that can be taken back, for a sentence."""
    return listed([f"{step.id} ({title(step.tool).lower()})" for step in current_plan(seat.stored).applied], most=8)
