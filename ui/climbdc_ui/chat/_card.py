"""The open question as a card: what is asked, why it matters, what would change, and the ways to answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import yaml

from climbdc.agents import Checkpoint
from climbdc.registry import registry
from climbdc_ui._acts import Panel
from climbdc_ui._render import render
from climbdc_ui.chat import _draft
from climbdc_ui.chat._answers import TELL, answer, edit, save, tick
from climbdc_ui.chat._asked import MOST_ROWS, ColumnRow, about_columns, column_rows, goal_leaves
from climbdc_ui.chat._change import Change, change_of
from climbdc_ui.chat._draft import Draft
from climbdc_ui.chat._leaves import Leaf, leaves
from climbdc_ui.chat._messages import Message
from climbdc_ui.chat._say import ask
from climbdc_ui.chat._talk import conversation, progress_of
from climbdc_ui.chat._wording import words

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State

__all__ = ["CARD", "Card", "Option", "Shown", "card_of"]

OFFERED = 300
"""Column names offered while one is typed; of more, any can be typed."""
TICKED = 200
CHANGES_HERE = {"goal", "change"}
"""Kinds with a form of their own behind the button; the others are filled in on the card itself."""
STOP = ("stop", "Stop for now", "Nothing is lost: this question waits here for you.")
LATER = ("later", "Decide later", "Work goes on without it. You can say it at any time under Data.")


@dataclass(frozen=True)
class Option:
    """One button."""

    value: str
    label: str
    consequence: str
    recommended: bool = False


@dataclass(frozen=True)
class Shown:
    """A field of a form, with what stands in it and what is wrong with it."""

    leaf: Leaf
    value: Any
    error: str
    adding: str = ""


@dataclass(frozen=True)
class Card:
    """Everything the page shows of an open question."""

    question: str
    checkpoint: Checkpoint
    kicker: str
    options: tuple[Option, ...]
    change: Change | None = None
    columns: tuple[ColumnRow, ...] = ()
    more_columns: int = 0
    off: frozenset[int] = frozenset()
    groups: tuple[tuple[str, tuple[Shown, ...]], ...] = ()
    offered: tuple[str, ...] = ()
    error: str = ""
    note: str = ""
    telling: str | None = None
    """What is typed so far as an answer in one's own words; None where none is asked for."""

    @property
    def editing(self) -> bool:
        """Whether the form is open."""
        return bool(self.groups)


def card_of(
    question: str, asked: Mapping[str, Any], *, draft: Draft | None = None, editing: bool = False,
    far: tuple[int, int] = (0, 0), columns: tuple[str, ...] = (),
) -> Card:  # fmt: skip
    """The card of a stored question.

    Args:
        question: Its id.
        asked: The checkpoint as stored.
        draft: What was typed or unticked and not sent.
        editing: Whether its form is open.
        far: How many steps are over, of how many.
        columns: Names to offer where a column is to be typed.
    """
    checkpoint = Checkpoint.model_validate(asked)
    draft = draft or Draft()
    detail = checkpoint.detail
    is_change, is_question = checkpoint.kind == "change", about_columns(checkpoint)
    tells = any(option.value == TELL for option in checkpoint.options)
    return Card(
        question=question,
        checkpoint=checkpoint,
        kicker=_kicker(checkpoint, far),
        options=_options(checkpoint),
        change=change_of(detail, draft.off) if is_change else None,
        columns=tuple(column_rows(checkpoint, draft.values)) if is_question else (),
        more_columns=max(len(detail["columns"]) - MOST_ROWS, 0) if is_question else 0,
        off=draft.off,
        groups=_groups(checkpoint, draft) if editing else (),
        offered=columns[:OFFERED],
        error=draft.errors.get("", ""),
        note=str(draft.values.get("note", "")),
        telling=str(draft.values.get("answer", "")) if tells else None,
    )


def _kicker(checkpoint: Checkpoint, far: tuple[int, int]) -> str:
    """Where this question stands: the step and what it is about."""
    challenge = checkpoint.detail.get("challenge")
    about = challenge["title"] if challenge else words()["kickers"][checkpoint.kind]
    over, steps = far
    return f"Step {min(over + 1, steps)} of {steps} · {about}" if checkpoint.kind == "change" and steps else about


def _options(checkpoint: Checkpoint) -> tuple[Option, ...]:
    """The recommended one first, stopping last; what a form on the card says itself is one button."""
    ways = [(option.value, option.label, option.consequence) for option in checkpoint.options]
    default = checkpoint.default
    if checkpoint.kind == "plan":
        ways = [way for way in ways if way[0] != "change"]
    if about_columns(checkpoint):
        if default == "after":
            ways = [("change", "As chosen above", "Each column is treated as known when you say so.")] + [
                way for way in ways if way[0] not in {"after", "change"}
            ]
            default = "change"
        else:
            ways = [(value, "Send what I filled in" if value == "change" else label, to) for value, label, to in ways]
        ways.append(LATER)
    stop = next((way for way in ways if way[0] == "stop"), STOP)
    found = [Option(*way, recommended=way[0] == default) for way in ways if way[0] != "stop"]
    return (*sorted(found, key=lambda option: not option.recommended), Option(*stop))


def _groups(checkpoint: Checkpoint, draft: Draft) -> tuple[tuple[str, tuple[Shown, ...]], ...]:
    """The form's fields by the column they belong to."""
    step = checkpoint.detail.get("step")
    if checkpoint.kind == "goal":
        found = goal_leaves(checkpoint)
    elif step and step["tool"] in registry():
        found = leaves(registry()[step["tool"]].spec.schema, step["params"])
    else:
        found = []
    return tuple(
        (group, tuple(_shown(leaf, draft) for leaf in several))
        for group, several in groupby(found, key=lambda leaf: leaf.group)
    )


def _shown(leaf: Leaf, draft: Draft) -> Shown:
    typed = draft.values.get(leaf.name)
    value = _as_typed(leaf) if typed is None else typed
    if leaf.kind == "bool" and draft.values:
        value = "1" if typed else ""
    if leaf.kind in {"columns", "checks"}:
        value = [each for each in (value.splitlines() if isinstance(value, str) else value) if each]
    return Shown(leaf, value, draft.errors.get(leaf.name, ""), str(draft.values.get(f"{leaf.name}-add", "")))


def _as_typed(leaf: Leaf) -> Any:
    """A value as a form holds it."""
    if leaf.kind in {"columns", "checks"}:
        return [str(each) for each in leaf.value or []]
    if leaf.kind == "lines":
        return "\n".join(f"{each:g}" if isinstance(each, float) else str(each) for each in leaf.value or [])
    if leaf.kind == "yaml":
        return yaml.safe_dump(leaf.value, sort_keys=False, allow_unicode=True).strip()
    if leaf.kind == "bool":
        return "1" if leaf.value else ""
    return "" if leaf.value is None else f"{leaf.value:g}" if isinstance(leaf.value, float) else str(leaf.value)


def _show(seat: Seat, state: State) -> str:
    waiting = seat.stored.pending()
    if waiting is None:
        return ""
    checkpoint = waiting["asked"]
    draft = _draft.load(seat.stored, waiting["id"])
    editing = (
        bool(draft.errors.keys() - {""}) or state.get("edit", _opens(checkpoint) and waiting["id"]) == waiting["id"]
    )
    card = card_of(
        waiting["id"], checkpoint, draft=draft, editing=editing and checkpoint["kind"] in CHANGES_HERE,
        far=progress_of(seat.stored), columns=_columns(seat, checkpoint) if editing else (),
    )  # fmt: skip
    return render(
        "chat/card", card=card, words=words(), ticked=TICKED, replies=_replies(seat), dumps=json.dumps,
        talking=seat.desk.talks.now(seat.id),
    )  # fmt: skip


def _opens(asked: Mapping[str, Any]) -> bool:
    """Whether the form stands open from the start: nobody said what is to be predicted."""
    return bool(asked["kind"] == "goal" and asked["default"] == "none" and not asked["detail"]["goal"]["task"])


def _columns(seat: Seat, asked: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns there are, for the fields that name one."""
    if asked["kind"] == "goal":
        return tuple(asked["detail"]["columns"])
    from climbdc.agents import head

    names = seat.stored.objects.table(head(seat.stored).frame).schema.names
    return tuple(name for name in names if name != "_row")


def _replies(seat: Seat) -> list[str]:
    """What was replied since the question was put, the newest last; the last one is shown on the card too."""
    told: list[str] = []
    for message in reversed(conversation(seat)):
        if message.kind not in {"said", "replied"}:
            break
        told += [_said(message)] if message.kind == "replied" else []
    return told[::-1]


def _said(message: Message) -> str:
    """A reply in one text; a model's with a number that nothing backs in plain words."""
    text = "".join(f"{piece} (unverified)" if doubtful else piece for piece, doubtful in message.parts)
    return f"{words()['speakers']['model']['name']} {message.by}: {text}" if message.by else text


CARD = Panel("card", "Question", _show, {"answer": answer, "edit": edit, "save": save, "tick": tick, "ask": ask})
