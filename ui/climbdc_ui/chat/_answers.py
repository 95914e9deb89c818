"""What may be done on a card: answer, edit, tick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from climbdc.agents import Answer, Checkpoint
from climbdc.errors import InputError
from climbdc.plan import without
from climbdc.registry import registry
from climbdc_ui.chat import _draft
from climbdc_ui.chat._asked import read_goal, read_rows
from climbdc_ui.chat._change import left_out, rows_of
from climbdc_ui.chat._draft import Draft
from climbdc_ui.chat._reading import read_params
from climbdc_ui.chat._wording import listed

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["TELL", "answer", "edit", "open_question", "save", "tick"]

LONGEST_NOTE = 500
LONGEST_ANSWER = 1000
TELL = "tell"
"""The option of a question that is answered in one's own words."""
LATER = "To be decided later; it can be said at any time under Data."
NOTHING_TICKED = "Nothing is ticked, so there would be nothing to do. Tick something, or press Reject."
NOTHING_SAID = "Nothing is written yet. Write a sentence, or press “I do not know”."
NOTHING_CHANGED = "Nothing is different yet. Change something here, or close this form."
NOTHING_TOLD = "Nothing is filled in yet. Fill in what you know, or press “I do not know”."


class NotUsable(Exception):
    """Why what was pressed cannot be done yet; it is told on the card."""


def open_question(seat: Seat, values: Values) -> tuple[str, Checkpoint] | None:
    """The open question, if it is the one that is meant; None where it was answered so already by another press.

    Raises:
        InputError: It was answered meanwhile in another way, or there is no such question.
    """
    name = str(values.get("question", ""))
    waiting = seat.stored.pending()
    if waiting is not None and waiting["id"] == name:
        return name, Checkpoint.model_validate(waiting["asked"])
    known = seat.stored.checkpoint(name)
    if known is None:
        raise InputError("This question is not asked any more.", fix="Look at the newest one.", code="answered")
    said = known["answer"]["choice"] if known["answer"] else ""
    if said and said in {str(values.get("choice")), "change" if values.get("keep") is not None else ""}:
        return None
    labels = {option["value"]: option["label"] for option in known["asked"]["options"]}
    raise InputError(
        f"This question was answered already: {labels.get(said, said or 'withdrawn')}.",
        fix="Look at the newest one; any step can be taken back under History.", code="answered",
    )  # fmt: skip


def answer(seat: Seat, state: State, values: Values) -> State | None:
    """Answer the open question with a button, and with what is ticked or filled in beside it."""
    found = open_question(seat, values)
    if found is None:
        return None
    name, checkpoint = found
    choice = str(values.get("choice", ""))
    try:
        meant = _meant(checkpoint, choice, values)
    except NotUsable as error:
        _draft.save(seat.stored, name, Draft(_texts(values), {"": str(error)}, _draft.load(seat.stored, name).off))
        return state
    _send(seat, name, meant)
    return {}


def _send(seat: Seat, name: str, meant: Answer) -> None:
    """Store the answer; a second press of the same button at the same moment is no fault.

    Raises:
        InputError: Somebody else answered otherwise in this moment.
    """
    try:
        seat.desk.answer(seat.id, name, meant, seat.person)
    except InputError as error:
        known = seat.stored.checkpoint(name) or {}
        if error.code != "answered" or (known.get("answer") or {}).get("choice") != meant.choice:
            raise
    _draft.forget(seat.stored)


def _meant(checkpoint: Checkpoint, choice: str, values: Values) -> Answer:
    """The answer to store."""
    note = str(values.get("note", "")).strip()[:LONGEST_NOTE]
    maker = MAKERS.get((checkpoint.kind, choice))
    meant = Answer(choice=choice) if maker is None else maker(checkpoint, values)
    return meant.model_copy(update={"note": " ".join(text for text in (meant.note, note) if text)})


def _approved(checkpoint: Checkpoint, values: Values) -> Answer:
    """Approval of what is ticked; without some of it the step is tried again and shown."""
    detail = checkpoint.detail
    kept = _numbers(values.get("keep"))
    unwanted = [] if kept is None else left_out(detail, kept)
    if not unwanted:
        return Answer(choice="approve")
    if len(unwanted) == len(rows_of(detail)):
        raise NotUsable(NOTHING_TICKED)
    step = detail["step"]
    touched = [*detail.get("by_column", {}), *detail.get("dropped_columns", ())]
    params = without(registry()[step["tool"]].spec.schema, step["params"], unwanted, touched)
    if not params:
        raise NotUsable("That cannot be left out of this step. Press Change it to say how it is to be done instead.")
    names = [column if value is None else f"{column} “{value or 'missing'}”" for column, value in unwanted]
    return Answer(choice="change", values={"params": params}, note=f"Without {listed(names)}.")


def _planned(checkpoint: Checkpoint, values: Values) -> Answer:
    """Approval of the steps that are ticked."""
    if values.get("steps") is None:
        return Answer(choice="approve")
    ticked = set(_several(values["steps"]))
    unwanted = [step["id"] for step in checkpoint.detail["steps"] if step["id"] not in ticked]
    return Answer(choice="approve", values={"without": unwanted} if unwanted else {})


def _told(checkpoint: Checkpoint, values: Values) -> Answer:
    """What was filled in about the columns."""
    told = read_rows(checkpoint, values)
    if not told:
        raise NotUsable(NOTHING_TOLD)
    return Answer(choice="change", values=told)


def _in_words(checkpoint: Checkpoint, values: Values) -> Answer:
    """What was written."""
    said = " ".join(str(values.get("answer", "")).split())[:LONGEST_ANSWER]
    if not said:
        raise NotUsable(NOTHING_SAID)
    return Answer(choice=TELL, values={"answer": said})


def _later(checkpoint: Checkpoint, values: Values) -> Answer:
    return Answer(choice="unknown", note=LATER)


MAKERS: Mapping[tuple[str, str], Callable[[Checkpoint, Values], Answer]] = {
    ("change", "approve"): _approved,
    ("plan", "approve"): _planned,
    ("question", "change"): _told,
    ("question", "later"): _later,
    ("question", TELL): _in_words,
}
"""How a button's answer is made where it is more than the choice."""


def edit(seat: Seat, state: State, values: Values) -> State:
    """Open or close the form of the open question."""
    found = open_question(seat, values)
    if found is None:
        return {}
    draft = _draft.load(seat.stored, found[0])
    if not (state.get("edit") == found[0] or draft.errors or values.get("close")):
        return {"edit": found[0]}
    if draft.errors:  # what was typed stays, for when the form is opened again
        _draft.save(seat.stored, found[0], Draft(draft.values, {}, draft.off))
    return {"edit": ""}


def save(seat: Seat, state: State, values: Values) -> State | None:
    """Answer with what stands in the form; what cannot be used is told at its field, and nothing typed is lost."""
    found = open_question(seat, {**values, "choice": "change"})
    if found is None:
        return None
    name, checkpoint = found
    changed, errors = _read(checkpoint, values, _columns(seat, checkpoint))
    adding = str(values.get("add", ""))
    if not changed and not errors and not adding:
        errors = {"": NOTHING_CHANGED}
    if errors or adding:
        typed = _texts(values) if errors else _added(_texts(values), adding)
        _draft.save(seat.stored, name, Draft(typed, errors, _draft.load(seat.stored, name).off))
        return {"edit": name}
    wrapped = {"params": changed} if checkpoint.kind == "change" else changed
    _send(seat, name, Answer(choice="change", values=wrapped))
    return {}


def _added(typed: dict[str, Any], field: str) -> dict[str, Any]:
    """What stood in the fields, with the column that was typed beside a list now in it."""
    several = [*_several(typed.get(field)), str(typed.get(f"{field}-add", "")).strip()]
    return {**typed, field: list(dict.fromkeys(each for each in several if each)), f"{field}-add": ""}


def _read(checkpoint: Checkpoint, values: Values, columns: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    if checkpoint.kind == "goal":
        return read_goal(checkpoint, values)
    if checkpoint.kind != "change":
        return {}, {}
    step = checkpoint.detail["step"]
    return read_params(registry()[step["tool"]], step["params"], values, columns)


def _columns(seat: Seat, checkpoint: Checkpoint) -> list[str]:
    """The columns there are."""
    from climbdc.agents import head

    if checkpoint.kind == "goal":
        return list(checkpoint.detail["columns"])
    names = seat.stored.objects.table(head(seat.stored).frame).schema.names
    return [name for name in names if name != "_row"]


def tick(seat: Seat, state: State, values: Values) -> State | None:
    """Keep what was unticked, so that a reload shows it."""
    found = open_question(seat, values)
    row = values.get("row")
    if found is None or not isinstance(row, int):
        return None
    draft = _draft.load(seat.stored, found[0])
    on = any(value for key, value in values.items() if key.endswith("[]"))
    off = draft.off - {row} if on else draft.off | {row}
    _draft.save(seat.stored, found[0], Draft(draft.values, draft.errors, off))
    return None


def _numbers(said: Any) -> frozenset[int] | None:
    """Numbers of the ticked rows; None where the form had none to tick."""
    return None if said is None else frozenset(int(each) for each in _several(said) if each.isdigit())


def _several(said: Any) -> list[str]:
    return [str(each) for each in said] if isinstance(said, list) else [str(said)] if said else []


def _texts(values: Values) -> dict[str, Any]:
    """What stood in the fields."""
    return {
        key: value for key, value in values.items()
        if isinstance(value, str | list) and key not in {"question", "choice", "add"}
    }  # fmt: skip
