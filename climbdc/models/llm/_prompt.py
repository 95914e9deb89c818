"""The messages of a turn: prompt files, filled in with what the gate released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from climbdc.models._message import Message
from climbdc.models.llm._table import Table
from climbdc.models.llm._view import View, few_alike
from climbdc.plan import Plan, PlannedStep
from climbdc.privacy import Released
from climbdc.store import SessionStore

if TYPE_CHECKING:
    from climbdc.privacy import Gate

__all__ = ["coordinator_messages", "trial_messages", "way_messages", "worker_messages"]

NEWEST = 5
"""Remarks of the expert that are told again."""
SPEAKER: Final[Mapping[str, Literal["tool", "model", "person"]]] = {
    "rules": "tool", "model": "model", "person": "person",
}  # fmt: skip
"""Whose words the reasons of a step are. The rules pass on what tools say, plug-ins too: no number of that leaves."""


def coordinator_messages(view: View, gate: Gate, stored: SessionStore, table: Table) -> list[Message]:
    """What changes least comes first, so that a server that keeps what it has read reads little anew."""
    parts = [
        gate.own(
            "coordinator_turn",
            goal=_goal(gate, stored, view),
            table=gate.table(table.frame, table.dictionary, table.roles, view.detailed, detail="short"),
            names=gate.table(table.frame, table.dictionary, table.roles, view.named, detail="names"),
            findings=gate.findings(view.findings),
            plan=gate.plan(view.plan, view.findings),
        )
    ]
    if view.untold and view.size.free:
        parts.append(gate.own("untold", counts=gate.words(view.untold, of="model")))
    tried = (stored.get("trials/done") or {"results": []})["results"]
    if tried:
        parts.append(gate.own("tried", trials=gate.trials(tried)))
    parts += _remarks(gate, stored)
    if view.offers.tools:
        parts.append(gate.own("coordinator_tools", tools=gate.tools([*view.offers.tools])))
    if view.to_reveal:
        parts.append(gate.own("coordinator_reveal"))
    parts += refusals(gate, view.situation.refused)
    if view.verdicts_on:
        parts.append(gate.own("coordinator_judge", steps=gate.words(", ".join(view.verdicts_on), of="tool")))
    else:
        parts.append(gate.own("coordinator_add"))
    return [
        Message("system", (gate.own("coordinator"),)), *_example(view, gate, "coordinator"),
        Message("user", tuple(parts)),
    ]  # fmt: skip


def worker_messages(
    step: PlannedStep, view: View, gate: Gate, stored: SessionStore, table: Table, columns: Sequence[str]
) -> list[Message]:
    """One step, what it answers, why it is to be done, and what the expert said of it."""
    answered = few_alike([finding for finding in view.situation.findings if finding["id"] in step.answers], view.size)
    parts = [
        gate.own(
            "worker_turn",
            goal=_goal(gate, stored, view),
            table=gate.table(table.frame, table.dictionary, table.roles, columns, detail="short"),
            findings=gate.findings(answered),
            step=gate.plan(Plan(steps=(step,)), answered),
            reasons=gate.words(_reasons(stored, step), of=SPEAKER[step.origin], longest=600),
            does=_does(gate, view, step),
        )
    ]
    if step.origin == "model":
        parts.append(gate.own("worker_tool", tool=gate.tools([step.tool], params=True)))
    for question, answer in view.situation.told:
        asked, said = gate.words(question, of="model"), gate.words(answer, of="person")
        parts.append(gate.own("answered", question=asked, answer=said))
    parts += refusals(gate, view.situation.refused)
    parts.append(gate.own("worker_params" if step.origin == "model" else "worker_explain"))
    return [
        Message("system", (gate.own("worker"),)), *_example(view, gate, "worker"), Message("user", tuple(parts)),
    ]  # fmt: skip


def _example(view: View, gate: Gate, name: str) -> list[Message]:
    """A turn about another table with a good answer, which a weak model needs."""
    if view.size.free:
        return []
    return [Message("user", (gate.own(f"{name}_example"),)), Message("assistant", (gate.own(f"{name}_answer"),))]


def trial_messages(view: View, steps: Sequence[PlannedStep], gate: Gate, stored: SessionStore) -> list[Message]:
    """Which applied steps could have been done otherwise, and with which tools."""
    tried = (stored.get("trials/done") or {"results": []})["results"]
    turn = gate.own(
        "trials_turn",
        goal=_goal(gate, stored, view),
        plan=gate.plan(Plan(steps=tuple(steps)), view.situation.findings),
        tried=gate.trials(tried),
        tools=gate.tools([*view.offers.tools]),
    )
    return [Message("system", (gate.own("trials"),)), Message("user", (turn, *refusals(gate, view.situation.refused)))]


def way_messages(step: PlannedStep, view: View, gate: Gate) -> list[Message]:
    """The params of one other way."""
    asked = gate.own(
        "trials_params",
        step=gate.plan(Plan(steps=(view.situation.plan.get(step.id),)), view.situation.findings),
        tool=gate.tools([step.tool], params=True),
    )
    return [Message("system", (gate.own("trials"),)), Message("user", (asked,))]


def refusals(gate: Gate, refused: Sequence[str]) -> list[Released]:
    """Why earlier answers of this turn were not taken: the newest says what to mend."""
    return [gate.own("refused", reason=gate.words(refused[-1], of="model", longest=400))] if refused else []


def _goal(gate: Gate, stored: SessionStore, view: View) -> Released:
    notes = str((stored.options.get("goal") or {}).get("notes") or "")
    return gate.goal(view.situation.roles, notes)


def _remarks(gate: Gate, stored: SessionStore) -> list[Released]:
    """What the expert remarked with their newest decisions."""
    notes = [_note(decision) for decision in stored.decisions()]
    said = " / ".join([note for note in notes if note][-NEWEST:])
    return [gate.own("remarks", words=gate.words(said, of="person", longest=600))] if said else []


def _note(decision: Mapping[str, Any]) -> str:
    return str((decision["answer"] or {}).get("note") or "").strip()


def _does(gate: Gate, view: View, step: PlannedStep) -> Released:
    """The first sentence of what the tool says of itself; of a foreign one no number passes."""
    tool = view.situation.tools[step.tool]
    said = tool.spec.doc.strip().split("\n")[0]
    return gate.words(said, of="model" if tool.origin == "built-in" else "tool", longest=240)


def _reasons(stored: SessionStore, step: PlannedStep) -> str:
    """What the coordinator said of this step, the newest last; that it is to be kept is no reason."""
    said = [step.why, step.reason, step.doubt]
    for revision in stored.plans():
        verdicts = (revision["assessment"] or {}).get("verdicts", [])
        said += [each["reason"] for each in verdicts if each["step"] == step.id and each["verdict"] != "keep"]
    kept = list(dict.fromkeys(words for words in said if words))
    return " ".join([*kept[:1], *kept[1:][-2:]])
