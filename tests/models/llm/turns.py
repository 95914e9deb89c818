"""Turns of a language model: a session that stopped halfway, the real gate, and a client that is told its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from climbdc.agents import Answer, Checkpoint, head
from climbdc.agents._screening import situation
from climbdc.agents.experts import AutoExpert
from climbdc.copilot import Copilot, Session
from climbdc.errors import Stopped
from climbdc.models import Message, ModelError, Situation
from climbdc.models._schema import strict_schema
from climbdc.models.llm import LanguagePolicy, Table
from climbdc.plan import Plan, PlannedStep
from climbdc.privacy import Disclosure, Gate
from climbdc.registry import registry
from climbdc.sdk import Goal
from climbdc.settings import Settings

__all__ = ["BIG", "TINY", "FakeClient", "Moment", "moment", "own_step"]

BIG, TINY = "llm:large", "llm:qwen2.5-coder-0.5b"
T = TypeVar("T", bound=BaseModel)


@dataclass
class FakeClient:
    """Answers what it is told to, in order, and keeps what it was asked."""

    answers: Sequence[Mapping[str, Any] | ModelError] = ()
    name: str = BIG
    asked: list[tuple[str, list[Message], type[BaseModel]]] = field(default_factory=list)

    def ask(
        self, purpose: str, messages: Sequence[Message], reply: type[T], *, max_tokens: int = 800,
        on_text: Callable[[str], None] | None = None,
    ) -> T:  # fmt: skip
        """The next answer, as if it had come from a server that holds nobody to a form."""
        strict_schema(reply)
        self.asked.append((purpose, list(messages), reply))
        answer = self.answers[len(self.asked) - 1]
        if isinstance(answer, ModelError):
            raise answer
        try:
            return reply.model_validate(answer)
        except ValidationError as error:
            raise ModelError(str(error)) from error

    @property
    def text(self) -> str:
        """All that was sent with the last question."""
        return "\n\n".join(message.text for message in self.asked[-1][1])

    @property
    def schema(self) -> dict[str, Any]:
        """The form of the last question."""
        return strict_schema(self.asked[-1][2])


@dataclass(frozen=True)
class Moment:
    """A session at some point of its plan."""

    session: Session
    situation: Situation

    def mind(
        self, *answers: Mapping[str, Any] | ModelError, name: str = BIG, level: Disclosure = "aggregates"
    ) -> tuple[LanguagePolicy, FakeClient]:
        """The policy of a model that will answer so."""
        stored, client = self.session.stored, FakeClient(answers, name)
        version = head(stored)
        table = Table(version.load(), version.dictionary, version.roles)
        gate = Gate(stored, registry(), level=level)
        return LanguagePolicy(client, gate, stored, lambda: table), client  # type: ignore[arg-type]

    def with_step(self, step: PlannedStep) -> Situation:
        """The situation with this step at the head of what is to be done."""
        return replace(self.situation, plan=Plan(steps=(step, *self.situation.plan.steps)))


class _Until(AutoExpert):
    """Decides by rule until a change is asked about after the split, and so many were approved."""

    def __init__(self, approved: int) -> None:
        self.left = approved
        self.sealed = False

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """By rule."""
        train = checkpoint.kind == "change" and self.sealed
        if train and not self.left:
            raise Stopped("Far enough for this test.")
        self.left -= train
        self.sealed |= checkpoint.kind == "change" and checkpoint.detail["step"]["tool"] == "split_data"
        return super().answer(checkpoint, name)


def moment(folder: Path, file: Path, goal: Goal, *, approved: int = 0) -> Moment:
    """A session by the rules, stopped when so many changes of the training rows were decided."""
    session = Copilot(Settings(data_dir=folder / "store")).start([file], goal)
    try:
        for _ in session.run(_Until(approved)):
            pass
    except Stopped:
        pass
    with session.context() as context:
        return Moment(session, situation(context))


def own_step(tool: str, challenge: str, params: dict[str, Any], **more: Any) -> PlannedStep:
    """A step that a model proposed."""
    return PlannedStep(id="S50", challenge=challenge, tool=tool, params=params, confidence=0.5, origin="model", **more)
