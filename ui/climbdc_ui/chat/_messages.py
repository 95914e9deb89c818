"""What happened so far, as messages of a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from climbdc.conversation import pieces
from climbdc.registry import registry, sentence, title
from climbdc_ui.chat._proposed import label_of
from climbdc_ui.chat._wording import answer_in_words, count, listed, sizes, words

if TYPE_CHECKING:
    from climbdc.store import SessionStore

__all__ = ["Line", "Message", "messages"]

RANK = ("critical", "major", "minor", "info")
SILENT = {"previewed", "asked", "found", "concluded", "answered"}
"""Told in another way: by the card, by the answer, together."""


@dataclass(frozen=True)
class Line:
    """One finding within a message."""

    severity: str
    text: str


@dataclass(frozen=True)
class Message:
    """One thing said, and by whom; everything in it may come from the data and is text, never markup.

    Args:
        id: Stays the same for the same message.
        who: Key of `speakers` in words.yaml.
        text: What is said.
        kind: The event it tells.
        more: The reason, or what else there is to say.
        lines: Findings.
        open: Label, panel and its state, for a button that opens it.
        said: Phrases that may be typed next.
        person: Whose account it is, where there are accounts.
        by: The language model that says it; empty where it is not a model's word.
        order: Label and key of what the model proposes to do, for a button that a person may press.
    """

    id: str
    who: str
    text: str
    kind: str = ""
    more: str = ""
    lines: tuple[Line, ...] = field(default=())
    open: tuple[str, str, Mapping[str, Any]] | None = None
    said: tuple[str, ...] = ()
    person: str = ""
    by: str = ""
    order: tuple[str, int] | None = None

    @property
    def parts(self) -> tuple[tuple[str, bool], ...]:
        """The text in pieces, each with whether it is a number that nothing backs."""
        return pieces(self.text) if self.by else ((self.text, False),)


def messages(stored: SessionStore) -> list[Message]:
    """The conversation from the stored events and answers; the open question is not part of it."""
    found = {item["id"]: item for item in stored.findings()}
    asked = {item["id"]: item for item in stored.decisions()}
    events = _with_orders(stored.events(), stored)
    at_once = set(asked) - {event["checkpoint"] for event in events if event["kind"] == "answered"}
    put: set[str] = set()
    told: list[Message] = []
    lines: list[Line] = []
    closing = False
    for event in [*events, {"kind": "end", "key": 0}]:
        if event["kind"] in {"found", "concluded"}:
            closing = event["kind"] == "concluded"
            finding = found.get(event["finding"])
            lines += [] if finding is None else [Line(finding["severity"], sentence(finding, registry()))]
            continue
        if lines:
            told.append(_found(f"f{event['key']}", lines, closing=closing))
            lines = []
        name = str(event.get("checkpoint", ""))
        if event["kind"] == "asked" and name in asked:  # the same question may be asked again after a crash
            told += [_question(asked[name])] if name not in put else []
            put.add(name)
            told += [_answer(asked.pop(name))] if name in at_once else []
        elif event["kind"] == "answered" and name in asked:
            told.append(_answer(asked.pop(name), str(event.get("person", ""))))
        elif event["kind"] not in SILENT and (message := _plain(event)) is not None:
            told.append(message)
    return told


def _with_orders(events: list[dict[str, Any]], stored: SessionStore) -> list[dict[str, Any]]:
    """The events, those with an order that can still be pressed with the label of its button."""
    if not any(event.get("order") for event in events):
        return events
    from climbdc.agents import current_plan

    pressed = {event.get("pressed") for event in events if event["kind"] == "said"}
    titles = {step.id: title(step.tool) for step in current_plan(stored).steps}
    return [
        {**event, "label": label_of(event["order"], titles)}
        if event.get("order") and event["key"] not in pressed else event
        for event in events
    ]  # fmt: skip


def _found(name: str, lines: list[Line], *, closing: bool) -> Message:
    worst_first = tuple(sorted(lines, key=lambda line: RANK.index(line.severity)))
    what = "this" if len(lines) == 1 else f"these {len(lines)} things"
    said = "At the end I measured what the treated table is good for:" if closing else f"I found {what}:"
    return Message(name, "coordinator", said, "found", lines=worst_first)


def _question(decision: Mapping[str, Any]) -> Message:
    asked = decision["asked"]
    who = "worker" if asked["kind"] == "change" else "coordinator"
    return Message(f"q{decision['id']}", who, asked["title"], "asked", more=asked["text"])


def _answer(decision: Mapping[str, Any], person: str = "") -> Message:
    asked, answer = decision["asked"], decision["answer"]
    labels = {option["value"]: option["label"] for option in asked["options"]}
    labels |= {"later": "Decide later", "change": labels.get("change", "Change it")}
    label = labels.get(answer["choice"], answer["choice"])
    more = answer_in_words(asked, answer)
    return Message(f"a{decision['id']}", decision["expert"], label, "answer", more=more, person=person)


def _plain(event: Mapping[str, Any]) -> Message | None:
    """An event in plain words; None for one that says nothing to a reader."""
    teller = TELLERS.get(event["kind"])
    if teller is not None:
        return teller(f"e{event['key']}", event)
    text, more = str(event.get("text", "")), str(event.get("reason", ""))
    return Message(f"e{event['key']}", "coordinator", text, event["kind"], more) if text else None


def _read(name: str, event: Mapping[str, Any]) -> Message:
    size = f"{count(event['rows'], 'row')} and {count(event['columns'], 'column')}"
    more = "Your file itself is never changed: all work is on a copy."
    return Message(name, "reader", f"I read {size}.", "read", more)


def _planned(name: str, event: Mapping[str, Any]) -> Message:
    steps = event["pending"]
    text = f"{count(steps, 'step')} to do." if steps else "No step is left to do."
    if "verdicts" not in event:
        return Message(name, "coordinator", text, "planned", more=event["reason"])
    changed = [
        f"{title(each['tool'])} {words()['verdicts'][each['verdict']]}: {each['reason']}"
        for each in event["verdicts"]
        if each["verdict"] != "keep"
    ]
    if event["added"]:
        changed.append(f"{count(event['added'], 'step is', 'steps are')} new, for what was found.")
    kept = sum(each["verdict"] == "keep" for each in event["verdicts"])
    if kept and not changed:
        changed.append("The next ones stay as planned: what they are for is still there.")
    return Message(name, "coordinator", text, "planned", more=" ".join(changed))


def _applied(name: str, event: Mapping[str, Any]) -> Message:
    size = listed(sizes(event["counts"], event["tool"])) or "only how values are stored"
    return Message(name, "worker", f"Done: {title(event['tool'])}. {size}.", "applied")


def _set_aside(name: str, event: Mapping[str, Any]) -> Message:
    said = words()["set_aside"].get(event["status"], event["status"])
    return Message(name, "worker", f"{said}: {title(event['tool'])}.", "set-aside", more=event["reason"])


def _backtracked(name: str, event: Mapping[str, Any]) -> Message:
    text = f"I went back to before step {event['before']}."
    return Message(name, "coordinator", text, "backtracked", event["reason"])


def _tried(name: str, event: Mapping[str, Any]) -> Message:
    holds = "It holds, so I take it up." if event["low"] > 0 else "It does not hold."
    more = f"Measured gain {event['gain']:+.3f}, at least {event['low']:+.3f}."
    return Message(name, "worker", f"I tested an idea: “{event['why']}” {holds}", "tried", more)


def _invalid(name: str, event: Mapping[str, Any]) -> Message:
    return Message(name, "coordinator", "I refused a proposal that does not fit the rules.", "invalid", event["reason"])


def _finished(name: str, event: Mapping[str, Any]) -> Message:
    text = "All done. Thank you for your help: every answer you gave is kept with the result."
    more = "The clean dataset, the recipe for new patients and the report are written down and ready to take with you."
    return Message(name, "coordinator", text, "finished", more, open=("Open the report", "report", {}))


def _said(name: str, event: Mapping[str, Any]) -> Message:
    return Message(name, "human", event["text"], "said", person=str(event.get("person") or ""))


def _replied(name: str, event: Mapping[str, Any]) -> Message:
    panel = event.get("open") or {}
    button = (str(panel["label"]), str(panel["panel"]), dict(panel["state"])) if panel else None
    said, order, by = tuple(event.get("said", ())), event.get("order") or {}, str(event.get("by", ""))
    if order.get("order") == "show":
        button = (f"Show {order['column']}", "data", {"column": order["column"]})
    press = (str(event["label"]), int(event["key"])) if event.get("label") else None
    return Message(
        name, "model" if by else "coordinator", event["text"], "replied", open=button, said=said, by=by, order=press
    )


def _mind(name: str, event: Mapping[str, Any]) -> Message:
    return Message(name, "coordinator", event["text"], "mind")


TELLERS = {
    "read": _read, "planned": _planned, "applied": _applied, "set-aside": _set_aside, "backtracked": _backtracked,
    "tried": _tried, "invalid": _invalid, "finished": _finished, "said": _said, "replied": _replied, "mind": _mind,
}  # fmt: skip
