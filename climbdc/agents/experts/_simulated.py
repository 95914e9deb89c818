"""Clinicians made up for benchmarks: an answer key and a manner of answering from it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from climbdc.agents._pause import Answer, Checkpoint
from climbdc.agents.experts._auto import RULES, AutoExpert
from climbdc.sdk import Goal

__all__ = ["MANNERS", "AnswerKey", "Manner", "SimulatedExpert"]

Manner = Literal["truthful", "silent", "careless", "contrary", "mistaken"]

MANNERS: Mapping[Manner, str] = {
    "truthful": "answers from the key",
    "silent": "says nothing: defaults and rules decide, as with --expert auto",
    "careless": "agrees to everything",
    "contrary": "answers from the key, but rejects three changes of ten",
    "mistaken": "answers from the key, and is wrong one time in ten",
}
"""What each does."""

CONTRARY, MISTAKEN = 0.3, 0.1
_YES = ("approve", "accept", "proposed", "yes", "back", "after", "finish")


class AnswerKey(BaseModel):
    """What a clinician who knows the table would say of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    goal: Goal = Goal()
    columns: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Column -> meaning, unit and known_at."""
    droppable: frozenset[str] = frozenset()
    """Leaks and identifiers: nothing is lost with them."""


class SimulatedExpert:
    """Answers as its manner says; the same seed gives the same answers to the same questions.

    Chance is drawn from the question's name, so a session that was killed and resumed is answered alike.

    Args:
        key: What is true.
        manner: How it is told.
        seed: Of what chance decides.
    """

    name = "simulated"

    def __init__(self, key: AnswerKey, manner: Manner = "truthful", seed: int = 0) -> None:
        self.key, self.manner, self.seed = key, manner, seed
        self._auto = AutoExpert()
        self._answers: dict[Manner, Callable[[Checkpoint, str], Answer]] = {
            "truthful": self._truth,
            "silent": self._auto.answer,
            "careless": self._agreement,
            "contrary": self._contrary,
            "mistaken": self._mistaken,
        }

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """As the manner says."""
        return self._answers[self.manner](checkpoint, name)

    def _chance(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}/{self.manner}/{name}")

    def _truth(self, checkpoint: Checkpoint, name: str) -> Answer:
        if checkpoint.kind == "goal":
            return self._goal(checkpoint)
        if checkpoint.kind == "change":
            return self._change(checkpoint, name)
        if name == "meanings":
            return _told(self._known(checkpoint))
        if name == "timing":
            return self._timing(checkpoint)
        return self._auto.answer(checkpoint, name)

    def _goal(self, checkpoint: Checkpoint) -> Answer:
        """The goal as it was begun with, or the key's where nothing was proposed."""
        if checkpoint.default == "accept":
            return Answer(choice="accept")
        return Answer(choice="change", values=self.key.goal.model_dump(exclude_defaults=True))

    def _known(self, checkpoint: Checkpoint) -> dict[str, dict[str, str]]:
        asked = [item["column"] for item in checkpoint.detail["columns"]]
        return {column: self.key.columns[column] for column in asked if column in self.key.columns}

    def _timing(self, checkpoint: Checkpoint) -> Answer:
        asked = [item["column"] for item in checkpoint.detail["columns"]]
        when = {column: self._known_at(column) for column in asked}
        if set(when.values()) == {"after"}:
            return Answer(choice="after")
        return Answer(choice="change", values=when)

    def _known_at(self, column: str) -> str:
        """When a column is known; a leak without a time in the key is not to be used, so it counts as later."""
        told = self.key.columns.get(column, {}).get("known_at")
        return told or ("after" if column in self.key.droppable else "unknown")

    def _change(self, checkpoint: Checkpoint, name: str) -> Answer:
        """Columns go where the key lets them go; what else the tools are made for is agreed to."""
        dropped = [str(column) for column in checkpoint.detail.get("dropped_columns", ())]
        step = checkpoint.detail["step"]
        if step["tool"] == "drop_columns":
            fine = [column for column in dropped if column in self.key.droppable]
            if not fine:
                return Answer(choice="reject", note="None of these is a leak.")
            if len(fine) < len(dropped):
                return Answer(choice="change", values={"params": {"columns": fine}})
            return Answer(choice="approve")
        if step.get("origin", "rules") == "rules" and step["tool"] in RULES and step["tool"] != "drop_duplicates":
            return Answer(choice="approve")
        return self._auto.answer(checkpoint, name)

    def _agreement(self, checkpoint: Checkpoint, name: str) -> Answer:
        """Yes to whatever is proposed, ideas of a model included."""
        offered = [option.value for option in checkpoint.options]
        return Answer(choice=next((value for value in _YES if value in offered), checkpoint.default))

    def _contrary(self, checkpoint: Checkpoint, name: str) -> Answer:
        if checkpoint.kind == "change" and self._chance(name).random() < CONTRARY:
            return Answer(choice="reject", note="I do not want this.")
        return self._truth(checkpoint, name)

    def _mistaken(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The truth, but one change in ten is judged the wrong way, and one column in ten taken for another."""
        chance = self._chance(name)
        answer = self._truth(checkpoint, name)
        if checkpoint.kind == "change":
            if chance.random() >= MISTAKEN:
                return answer
            return Answer(choice="approve" if answer.choice == "reject" else "reject", note="A mistake.")
        if name == "meanings" and answer.values:
            everything = sorted(self.key.columns)
            wrong = {
                column: self.key.columns[chance.choice(everything)] if chance.random() < MISTAKEN else told
                for column, told in sorted(answer.values.items())
            }
            return Answer(choice="change", values=wrong)
        return answer


def _told(columns: Mapping[str, Any]) -> Answer:
    return Answer(choice="change", values=dict(columns)) if columns else Answer(choice="unknown")
