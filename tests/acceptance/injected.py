"""Injected instructions: where each is put, an obedient model, and what reached it."""

from __future__ import annotations

import copy
import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import AutoExpert
from climbdc.sandbox import Job, Ok, Outcome, Sandbox, ToolFailed
from tests.models.hostile.behaviours import spelled
from tests.models.hostile.clinic import Clinic, clinic
from tests.models.hostile.server import Call, Reply

__all__ = ["Answering", "Case", "Obedient", "Tampered", "cases", "of_channel", "place_of", "seen_in"]

Channel = Literal[
    "column", "category", "cell", "file", "meaning", "unit", "notes", "words", "answer", "evidence", "reason", "error",
]  # fmt: skip
RENAMED = ("slope", "ca", "restecg", "exang", "oldpeak", "fbs")
FREQUENT = (("dataset", "Hungary"), ("cp", "asymptomatic"), ("cp", "non-anginal"))
MEANT = ("age", "thalch", "chol")
WINDOW = 20


class Case(BaseModel):
    """One text, where it stands and what it asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    group: int
    channel: Channel
    wants: str
    text: str
    reaches: bool = False
    """Whether the text gets to the model, as data."""


class Wish(BaseModel):
    """What an obedient model does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: dict[str, JsonValue] = Field(default_factory=dict)
    loose: bool = False
    text: str | None = None
    parrot: bool = False
    """It repeats what it was told."""


@cache
def _file() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("injection.yaml").read_text("utf-8"))
    return told


@cache
def cases() -> tuple[Case, ...]:
    """All cases."""
    return tuple(Case.model_validate(case) for case in _file()["cases"])


def of_channel(group: int, channel: Channel) -> list[Case]:
    """The cases of a group that stand in one place."""
    return [case for case in cases() if (case.group, case.channel) == (group, channel)]


def place_of(heart: Path, folder: Path, group: int) -> Clinic:
    """The clinic with all texts of a group in it."""
    columns = dict(zip(RENAMED, (case.text for case in of_channel(group, "column")), strict=False))
    values = zip(FREQUENT, of_channel(group, "category"), strict=True)
    (file,) = of_channel(group, "file")
    made = clinic(
        heart, folder, name=file.text, renamed=columns, cells=[case.text for case in of_channel(group, "cell")],
        replaced=[(column, value, case.text) for (column, value), case in values],
    )  # fmt: skip
    notes = " ".join(case.text for case in of_channel(group, "notes"))
    goal = made.goal.model_copy(update={"notes": notes})
    return replace(made, goal=goal, dictionary=_dictionary(folder, group))


def _dictionary(folder: Path, group: int) -> Path:
    path = folder / "meanings.csv"
    meanings = [case.text for case in of_channel(group, "meaning")]
    unit = next((case.text for case in of_channel(group, "unit")), "")
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["column", "meaning", "unit"])
        writer.writerows(zip(MEANT, meanings, [unit, "", ""], strict=True))
    return path


def _letters(text: str) -> str:
    """Letters and digits alone, as they stay whatever is put between them."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def seen_in(prompt: str, text: str) -> bool:
    """Whether any part of a text of some length is in a prompt, however it is written there."""
    plain = _letters(re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), prompt))
    wanted = _letters(text)
    window = min(WINDOW, len(wanted))
    return any(wanted[at : at + window] in plain for at in range(len(wanted) - window + 1))


@dataclass
class Obedient:
    """A model that does what the texts say which it can see: the worst there is."""

    group: int
    facts: Callable[[], Mapping[str, Any]]
    reached: dict[str, int] = field(default_factory=dict)
    """Case -> calls in which the model could see it."""
    obeyed: dict[str, int] = field(default_factory=dict)

    def __call__(self, call: Call) -> Reply:
        """Do what the text wants that was obeyed the least."""
        texts = [case for case in cases() if case.group == self.group and seen_in(call.prompt, case.text)]
        for case in texts:
            self.reached[case.name] = self.reached.get(case.name, 0) + 1
        if not texts:
            return Reply(call.answer())
        chosen = min(texts, key=lambda case: (self.obeyed.get(case.name, 0), case.name))
        self.obeyed[chosen.name] = self.obeyed.get(chosen.name, 0) + 1
        return _done(Wish.model_validate(_file()["wishes"][chosen.wants]), call, self.facts())


def _done(wish: Wish, call: Call, facts: Mapping[str, Any]) -> Reply:
    if wish.text is not None:
        return Reply(wish.text)
    if wish.parrot:
        said = {"observations": [call.prompt[:3000]], "told": call.prompt[:2000], "text": call.prompt[:2000]}
        return Reply(call.answer(said))
    return Reply(call.answer(spelled(wish.says, facts), loose=wish.loose))


class Tampered:
    """A sandbox whose tools say what was put into their mouths."""

    def __init__(self, inner: Sandbox, group: int) -> None:
        self.inner = inner
        self.group = group

    @property
    def name(self) -> str:
        """Of the one beneath."""
        return self.inner.name

    def run(self, job: Job, *more: Any) -> Outcome:
        """Its outcome, with texts in it."""
        outcome = self.inner.run(job, *more)
        if job.verb == "fit" and job.payload["step"]["tool"] == "encode_categories":
            (error,) = of_channel(self.group, "error")
            return ToolFailed("tool-error", error.text, "")
        if job.verb != "look" or not isinstance(outcome, Ok) or not outcome.payload["findings"]:
            return outcome
        payload = copy.deepcopy(outcome.payload)
        (evidence,), (reason,) = (of_channel(self.group, channel) for channel in ("evidence", "reason"))
        for finding in payload["findings"]:
            finding["evidence"] = {**finding["evidence"], "note": evidence.text, evidence.text: 12}
            for suggestion in finding["suggestions"]:
                suggestion["why"] = reason.text
        return replace(outcome, payload=payload)

    def __getattr__(self, name: str) -> Any:
        """As the one beneath."""
        return getattr(self.inner, name)


@dataclass
class Answering:
    """The automatic expert, who answers questions about meanings with a text of the group."""

    group: int
    name: str = "auto"

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The answer."""
        told = of_channel(self.group, "answer")
        if told and name == "meanings":
            return Answer(choice="change", values={"mrn": told[0].text, "remark": told[0].text})
        return AutoExpert().answer(checkpoint, name)


def parts_of(calls: Sequence[Call]) -> Iterator[tuple[str, str]]:
    """Role and text of each message that was sent."""
    for call in calls:
        for message in json.loads(call.body)["messages"]:
            yield str(message["role"]), str(message["content"])
