"""The plan: what is to be done and why, what became of it, and how a person changes it before it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from climbdc.errors import InputError
from climbdc.registry import registry, sentence, title
from climbdc_ui._acts import Panel
from climbdc_ui._render import render
from climbdc_ui.panels._offers import offers
from climbdc_ui.panels._plan_edits import add, check_order, move, remove
from climbdc_ui.panels._revisions import revisions
from climbdc_ui.panels._waiting import waiting
from climbdc_ui.panels._words import (
    challenge_of,
    counted,
    dimension,
    setting_rows,
    spoken,
    taxonomy,
    words,
)  # fmt: skip

if TYPE_CHECKING:
    from climbdc.plan import PlannedStep
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["PLAN", "Row", "rows"]

MOST_FINDINGS = 6


@dataclass(frozen=True)
class Row:
    """One step as a person sees it.

    Args:
        id: Its id.
        title: What it does.
        challenge: The problem it is for, in a clinician's words.
        about: The problem's dimension, in plain words.
        status: Name of how it stands.
        mark: A shape for that.
        word: A word for that.
        reason: Why it stands so.
        why: Why it is planned.
        matters: What goes wrong if the problem is ignored.
        findings: What was found that it answers.
        more_findings: How many more.
        ground: What the step rests on.
        sure: How sure, in percent.
        settings: Its params, named and in words.
        order: What it must wait for, and what waits for it.
        others: Other ways to do it.
        place: Its place among those still to do, from 0; None where it is not to do any more.
        up: Why it cannot come earlier; empty where it can.
        down: Why it cannot come later; empty where it can.
        origin: Who proposed it: the rules, a model or a person.
        doubt: Why a model would not do it.
        told: A model's explanation.
    """

    id: str
    title: str
    challenge: str
    about: str
    status: str
    mark: str
    word: str
    reason: str
    why: str
    matters: str
    findings: tuple[str, ...]
    more_findings: int
    ground: str
    sure: int
    settings: tuple[tuple[str, str], ...]
    order: tuple[str, ...]
    others: tuple[str, ...]
    place: int | None
    up: str = ""
    down: str = ""
    origin: str = "rules"
    doubt: str = ""
    told: str = ""


def rows(steps: Sequence[PlannedStep], findings: Sequence[Mapping[str, Any]], asked: str = "") -> list[Row]:
    """The steps in their order.

    Args:
        steps: All of the plan.
        findings: All of the session.
        asked: Id of the step whose change waits for an answer.
    """
    found = {finding["id"]: finding for finding in findings}
    places = {step.id: place for place, step in enumerate(step for step in steps if step.status == "pending")}
    told = [_row(step, steps, found, places.get(step.id), asked) for step in steps]
    pending = [step for step in steps if step.status == "pending"]
    held = {(one.id, other.id): _held(one, other) for one, other in pairwise(pending)}
    up = {later: why for (_, later), why in held.items()}
    down = {earlier: why for (earlier, _), why in held.items()}
    return [replace(row, up=up.get(row.id, ""), down=down.get(row.id, "")) for row in told]


def _held(one: PlannedStep, other: PlannedStep) -> str:
    """Why two neighbours cannot change places; empty where they can."""
    try:
        check_order([other, one])
    except InputError as refused:
        return refused.message
    return ""


def _row(
    step: PlannedStep, steps: Sequence[PlannedStep], found: Mapping[str, Mapping[str, Any]], place: int | None,
    asked: str,
) -> Row:  # fmt: skip
    challenge = challenge_of(step.challenge)
    status = "asked" if step.id == asked and place is not None else step.status
    mark, word = words()["status"].get(status, ["·", spoken(status)])
    answers = [found[name] for name in step.answers if name in found]
    return Row(
        id=step.id,
        title=title(step.tool),
        challenge=challenge.title if challenge else spoken(step.challenge),
        about=dimension(challenge.dimension if challenge else step.challenge.split("/")[0]),
        status=status,
        mark=mark,
        word=word,
        reason=step.reason,
        why=step.why,
        matters=challenge.why if challenge else "",
        findings=tuple(sentence(finding, registry()) for finding in answers[:MOST_FINDINGS]),
        more_findings=max(0, len(answers) - MOST_FINDINGS),
        ground=str(words()["grounds"].get(step.backed_by, "")),
        sure=round(100 * step.confidence),
        settings=tuple(setting_rows(step.params)),
        order=tuple(_order(step, steps)) if place is not None else (),
        others=tuple(f"{title(other.tool)}: {other.why}".rstrip(": ") for other in step.alternatives),
        place=place,
        origin=step.origin,
        doubt=step.doubt,
        told=step.told,
    )


def _order(step: PlannedStep, steps: Sequence[PlannedStep]) -> list[str]:
    known = [other for other in steps if other.status == "pending" and other.id != step.id]
    if challenge_of(step.challenge) is None:
        return []
    known = [other for other in known if challenge_of(other.challenge) is not None]
    rule = taxonomy().must_follow
    told = [f"Comes after {_named(other)}." for other in known if rule(step.challenge, other.challenge)]
    return told + [f"Comes before {_named(other)}." for other in known if rule(other.challenge, step.challenge)]


def _named(step: PlannedStep) -> str:
    return f"{step.id}, “{title(step.tool)}”"


def _asked(seat: Seat) -> str:
    """The step whose change waits for an answer."""
    waiting = seat.stored.pending()
    kind, _, rest = (waiting or {"id": ""})["id"].partition(":")
    return rest.partition(":")[0] if kind == "change" else ""


def _headline(told: Sequence[Row]) -> str:
    left = sum(row.place is not None for row in told)
    done = sum(row.status == "applied" for row in told)
    if not told:
        return "There is no plan yet. It is made once the table has been looked at."
    if not left:
        return f"{counted(done, 'step')} done; nothing is left to do."
    return f"{counted(done, 'step')} done, {left:,} to do. Every step is tried on a copy and shown before it counts."


def show(seat: Seat, state: State) -> str:
    """The panel as HTML."""
    steps = seat.session.plan.steps
    findings = seat.stored.findings()
    told = rows(steps, findings, _asked(seat))
    pending = [row for row in told if row.place is not None]
    chosen = _chosen(state, pending)
    finished = seat.session.status == "finished"
    wanted = state.get("for") if isinstance(state.get("for"), str) else ""
    choices = [] if finished else offers(seat, findings, str(wanted))
    return render(
        "panels/plan",
        headline=_headline(told),
        steps=told,
        pending=pending,
        chosen=chosen,
        lit=state.get("step") if isinstance(state.get("step"), str) else "",
        finished=finished,
        offers=choices,
        wanted=next((item for item in findings if item["id"] == wanted), None),
        waiting=waiting(seat.stored, ("plan",)),
        sentence=lambda finding: sentence(finding, registry()),
        revisions=revisions(seat.stored.plans()),
    )


def _chosen(state: State, pending: Sequence[Row]) -> str:
    """The step that keys act on."""
    ids = [row.id for row in pending]
    return str(state.get("step")) if state.get("step") in ids else ids[0] if ids else ""


def _step(by: int) -> Any:
    """Choose the next or the previous of the steps still to do."""

    def go(seat: Seat, state: State, values: Values) -> State:
        ids = [step.id for step in seat.session.plan.pending]
        if not ids:
            return state
        at = ids.index(state["step"]) + by if state.get("step") in ids else max(0, by)
        return {**state, "step": ids[at % len(ids)]}

    return go


def _all_offers(seat: Seat, state: State, values: Values) -> State:
    return {name: value for name, value in state.items() if name != "for"}


def _badge(seat: Seat) -> str:
    left = len(seat.session.plan.pending)
    return str(left) if left else ""


PLAN = Panel(
    id="plan",
    title="Plan",
    show=show,
    acts={
        "move": move, "remove": remove, "add": add, "next": _step(1), "previous": _step(-1), "all-offers": _all_offers,
    },
    badge=_badge,
    looks=frozenset({"next", "previous", "all-offers"}),
)  # fmt: skip
