"""What happened so far, as messages of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import yaml

from climbdc.narration import narrate
from climbdc.registry import registry, sentence

if TYPE_CHECKING:
    from climbdc.store import SessionStore

__all__ = ["Line", "Message", "messages"]

Speaker = Literal["reader", "coordinator", "worker", "human", "auto", "file", "simulated"]

SPEAKERS: dict[str, Speaker] = {
    "read": "reader", "applied": "worker", "previewed": "worker", "set-aside": "worker", "tried": "worker",
}  # fmt: skip
RANK = ("critical", "major", "minor", "info")


@dataclass(frozen=True)
class Line:
    """One finding within a message."""

    severity: str
    text: str


@dataclass(frozen=True)
class Message:
    """One thing said, and by whom; everything in it may come from the data and is text, never markup."""

    who: Speaker
    text: str
    kind: str = ""
    more: str = ""
    lines: tuple[Line, ...] = field(default=())


def messages(stored: SessionStore) -> list[Message]:
    """The conversation from the stored events and answers; the open question is not part of it."""
    events = stored.events()
    found = {item["id"]: item for item in stored.findings()}
    asked = {item["id"]: item for item in stored.decisions(answered=False)}
    told: list[Message] = []
    lines: list[Line] = []
    for event in [*events, {"kind": "end"}]:
        if event["kind"] == "found":
            finding = found[event["finding"]]
            lines.append(Line(finding["severity"], sentence(finding, registry())))
            continue
        if lines:
            told.append(_found(lines))
            lines = []
        if event["kind"] == "asked":
            told += _answered(asked[event["checkpoint"]])
        elif event["kind"] not in {"previewed", "end"}:
            told += _plain(stored, event)
    return told


def _found(lines: list[Line]) -> Message:
    worst_first = tuple(sorted(lines, key=lambda line: RANK.index(line.severity)))
    what = "this" if len(lines) == 1 else f"these {len(lines)} things"
    return Message("coordinator", f"I found {what}:", "found", lines=worst_first)


def _plain(stored: SessionStore, event: dict[str, Any]) -> Iterator[Message]:
    """An event in the words of the narration, or fewer."""
    kind = event["kind"]
    if kind == "planned":
        steps = event["pending"]
        text = f"{steps} {'step' if steps == 1 else 'steps'} to do." if steps else "No step is left to do."
        yield Message("coordinator", text, kind, more=event["reason"])
        return
    yield Message(SPEAKERS.get(kind, "coordinator"), narrate(stored, event, registry()).text, kind)


def _answered(decision: dict[str, Any]) -> Iterator[Message]:
    """A question and its answer, once there is one."""
    asked, answer = decision["asked"], decision["answer"]
    if answer is None:
        return
    yield Message("worker" if asked["kind"] == "change" else "coordinator", asked["title"], "asked", more=asked["text"])
    labels = {option["value"]: option["label"] for option in asked["options"]}
    values = answer["values"]
    said = yaml.safe_dump(values, sort_keys=False, allow_unicode=True).strip() if values else ""
    because = answer["rule"] or answer["note"]
    yield Message(decision["expert"], labels.get(answer["choice"], answer["choice"]), "answer", more=said or because)
