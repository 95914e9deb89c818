"""The panel to look at single rows: one at a time, with keys, and nothing is done before it is applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from climbdc.data import from_arrow
from climbdc.errors import InputError
from climbdc.registry import registry, title
from climbdc.sdk import Dataset, NotApplicable, Transform
from climbdc_ui._acts import Panel, Seat, State, Values
from climbdc_ui._render import render
from climbdc_ui.panels._drafts import Do, Verdict, decide, decisions_of, take_back
from climbdc_ui.panels._item import item
from climbdc_ui.panels._pile import pile_of, pile_there
from climbdc_ui.panels._queue import MOST, Topic
from climbdc_ui.panels._sheet import Sheet

__all__ = ["REVIEW", "params_of", "show"]

SHOWN_DRAFTS = 30
REASONS = {
    "keep": "Looked at and found right",
    "correct": "Looked at and corrected",
    "missing": "Looked at: the true value is not known",
    "drop": "Looked at: the row does not belong here",
}


def show(seat: Seat, state: State) -> str:
    """The panel."""
    pile = pile_of(seat)
    waiting = len(pile.underway) if pile else 0
    if pile is None or not pile.topics:
        return render(
            "panels/review_none", reading=pile is None, waiting=waiting, drafts=[] if pile is None else pile.drafts
        )
    topic = pile.topic(state.get("topic"))
    row = pile.row(topic, state.get("row"))
    at = topic.rows.index(row)
    decided = {verdict.item: verdict for verdict in pile.drafts}
    here = [verdict for verdict in pile.drafts if verdict.about == topic.about and verdict.row in topic.rows]
    return render(
        "panels/review",
        topics=pile.topics,
        topic=topic,
        name=title(topic.finding["tool"]),
        titles={one.key: title(one.finding["tool"]) for one in pile.topics},
        left={one.key: sum((one.about, row) not in decided for row in one.rows) for one in pile.topics},
        item=item(pile.sheet, topic, row),
        at=at + 1,
        of=len(topic.rows),
        most=MOST,
        decided=len(here),
        verdict=decided.get((topic.about, row)),
        writing=bool(state.get("writing")),
        drafts=pile.open[-SHOWN_DRAFTS:][::-1],
        waiting=waiting,
        total=len(pile.open),
        planned=pile.planned.get(topic.finding["id"]),
        here={"topic": topic.key, "row": row},
        columns=[topic.column] if topic.column else list(pile.sheet.names)[:500],
    )


def look(seat: Seat, state: State, values: Values) -> State:
    """Another finding, or the row before or after."""
    pile = pile_there(seat)
    topic = pile.topic(values.get("topic", state.get("topic")))
    if "topic" in values and values["topic"] != state.get("topic"):
        return {"topic": topic.key}
    at = topic.rows.index(pile.row(topic, values.get("row", state.get("row"))))
    step = values.get("step")
    by = step if step in (1, -1) else 0
    return {"topic": topic.key, "row": topic.rows[min(len(topic.rows) - 1, max(0, at + by))]}


def write(seat: Seat, state: State, values: Values) -> State:
    """Open the small form in which another value is written, or close it."""
    return {**look(seat, state, {"row": values.get("row", state.get("row"))}), "writing": bool(values.get("writing"))}


def _verdict(kind: str) -> Callable[[Seat, State, Values], State]:
    """A decision about the row that was shown when the button was pressed, then the next row."""

    def act(seat: Seat, state: State, values: Values) -> State:
        pile = pile_there(seat)
        topic = next((one for one in pile.topics if one.key == values.get("topic")), None)
        if topic is None or values.get("row") not in topic.rows:
            raise InputError("That row is not to be looked at any more.", fix="Take the next one.", code="no-such-item")
        if (topic.about, values["row"]) in pile.underway:
            raise InputError("That decision is being carried out.", fix="Take the next row.", code="underway")
        verdict = _made(kind, topic, values)
        if verdict.do == "correct":
            _fits(pile.sheet, [verdict])
        decide(seat.stored, verdict)
        decided = {one.item for one in pile.drafts} | {verdict.item}
        at = topic.rows.index(verdict.row)
        order = [*topic.rows[at + 1 :], *topic.rows[:at]]
        return {
            "topic": topic.key,
            "row": next((row for row in order if (topic.about, row) not in decided), verdict.row),
        }

    return act


def _made(kind: str, topic: Topic, values: Values) -> Verdict:
    do: Do = "keep" if kind == "keep" else "drop" if kind == "drop" else "correct"
    why = " ".join(str(values.get("why") or "").split())[:400] or f"{REASONS[kind]} ({title(topic.finding['tool'])})"
    row = int(values["row"])
    if do != "correct":
        return Verdict(topic.about, row, do, why)
    column = topic.column or str(values.get("column") or "")
    if not column:
        raise InputError("Which column is it about?", fix="Choose the column, then write its value.", code="no-column")
    value = str(values.get("value") or "").strip()
    if kind == "correct" and not value:
        raise InputError("There is no value yet.", fix="Write what is true, or make the cell missing.", code="no-value")
    return Verdict(topic.about, row, do, why, column, None if kind == "missing" else value)


def undo(seat: Seat, state: State, values: Values) -> State:
    """Take the last decision back, or the one that is named, and return to its row."""
    pile = pile_there(seat)
    named = (values.get("about"), values.get("row"))
    wanted = [verdict for verdict in pile.open if verdict.item == named] if "about" in values else pile.open
    if not wanted:
        raise InputError("There is no decision to take back.", fix="Decide something first.", code="nothing-decided")
    take_back(seat.stored, wanted[-1].item)
    topic = next((one for one in pile.topics if one.about == wanted[-1].about), None)
    return state if topic is None else {"topic": topic.key, "row": wanted[-1].row}


def apply(seat: Seat, state: State, values: Values) -> State:
    """Let all decisions be carried out as one step, which can be taken back."""
    pile = pile_there(seat)
    there = [verdict for verdict in pile.open if pile.sheet.place(verdict.row) is not None]
    if not there:
        raise InputError("There is no decision to apply.", fix="Decide something first.", code="nothing-decided")
    _fits(pile.sheet, there)
    decided = {verdict.item for verdict in pile.drafts}
    through = [one for one in pile.topics if not one.more and all((one.about, row) in decided for row in one.rows)]
    seat.change("review", decisions=decisions_of(there), answers=[str(one.finding["id"]) for one in through])
    return {"topic": state.get("topic")}


def params_of(decisions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Decisions as the params of the step that carries them out.

    >>> params_of([{"do": "drop", "row": 4, "why": "twice"}])
    {'cells': [], 'drop': [{'row': 4, 'why': 'twice'}], 'kept': []}
    """
    parts = {"cells": "correct", "drop": "drop", "kept": "keep"}
    return {
        part: [{key: value for key, value in told.items() if key != "do"} for told in decisions if told["do"] == do]
        for part, do in parts.items()
    }


def _fits(sheet: Sheet, verdicts: Sequence[Verdict]) -> None:
    """Refuse, in the words of the tool that will do it, what cannot be done to these rows.

    Raises:
        ClimbdcError: A column is not there, or cannot hold a value.
    """
    places = np.flatnonzero(np.isin(sheet.rows, [verdict.row for verdict in verdicts]))
    rows = from_arrow(sheet.table.take(pa.array(places)))
    tool = registry().create("apply_review", params_of(decisions_of(verdicts)))
    assert isinstance(tool, Transform)
    try:
        tool.fit(Dataset(rows, roles=sheet.now.roles))
    except NotApplicable as error:
        raise InputError(str(error), fix="Take the next one.", code="no-such-item") from error


def badge(seat: Seat) -> str:
    """How many rows are left to look at that no step of the plan is to treat."""
    pile = pile_of(seat)
    if pile is None:
        return ""
    decided = {verdict.item for verdict in pile.drafts}
    left = sum(
        (one.about, row) not in decided
        for one in pile.topics
        if one.finding["id"] not in pile.planned
        for row in one.rows
    )
    return f"{left:,}" if left else ""


REVIEW = Panel(
    id="review",
    title="Review",
    show=show,
    acts={
        "look": look, "write": write, "undo": undo, "apply": apply,
        **{kind: _verdict(kind) for kind in ("keep", "correct", "missing", "drop")},
    },
    badge=badge,
    looks=frozenset({"look", "write"}),
)  # fmt: skip
