"""Checkpoints: what is asked, in one shape for every expert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from langgraph.types import Command, interrupt
from pydantic import BaseModel, ConfigDict, Field

from climbdc.agents._context import GraphState
from climbdc.store import SessionStore

__all__ = ["Answer", "Checkpoint", "Choice", "pause", "wait_for"]

Kind = Literal["goal", "question", "plan", "change", "reveal", "finish"]


class Choice(BaseModel):
    """One way to answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    label: str
    consequence: str = ""


class Checkpoint(BaseModel):
    """A typed pause."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    title: str
    text: str = ""
    """What is asked, in plain words."""
    why: str = ""
    options: tuple[Choice, ...]
    default: str
    """What the taxonomy or the tools recommend."""
    detail: dict[str, Any] = Field(default_factory=dict)


class Answer(BaseModel):
    """An expert's answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    choice: str
    values: dict[str, Any] = Field(default_factory=dict)
    """Edited values: params of a step, fields of the goal, entries of the dictionary."""
    note: str = ""
    rule: str = ""
    """The rule by which an automatic expert decided."""


def options(*pairs: tuple[str, str, str]) -> tuple[Choice, ...]:
    """Choices from value, label and consequence."""
    return tuple(Choice(value=value, label=label, consequence=consequence) for value, label, consequence in pairs)


def wait_for(session: SessionStore, name: str, checkpoint: Checkpoint, after: str) -> Command[Any]:
    """Store a question and go to the node that pauses; asking again after a crash changes nothing."""
    session.ask(name, checkpoint.model_dump(mode="json"))
    stored = session.checkpoint(name)
    if stored is None or stored["answer"] is None:
        session.say("asked", {"checkpoint": name, "title": checkpoint.title})
    return Command(goto="pause", update={"checkpoint": name, "after": after})


def pause(state: GraphState) -> Command[str]:
    """Wait for the answer, and do nothing else: a node runs again from its start when it is resumed."""
    interrupt({"checkpoint": state["checkpoint"]})
    return Command(goto=state["after"])


def answer_of(session: SessionStore, name: str) -> Answer:
    """The stored answer to a question."""
    stored = session.checkpoint(name)
    assert stored is not None and stored["answer"] is not None, f"{name} was not answered"
    return Answer.model_validate(stored["answer"])


def count(things: Sequence[object], one: str, many: str = "") -> str:
    """A number with its noun.

    >>> count([1], "row"), count([], "row")
    ('1 row', '0 rows')
    """
    return f"{len(things):,} {one if len(things) == 1 else many or one + 's'}"
