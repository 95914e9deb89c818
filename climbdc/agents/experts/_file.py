"""Answers written down beforehand in a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from climbdc.agents._pause import Answer, Checkpoint
from climbdc.agents.experts._auto import AutoExpert
from climbdc.errors import InputError, Stopped

__all__ = ["AnswerFile", "FileExpert"]


class StepAnswer(BaseModel):
    """What to do with the steps that match: every field given must fit."""

    model_config = ConfigDict(extra="forbid")

    tool: str = ""
    challenge: str = ""
    column: str = ""
    choice: Literal["approve", "reject", "change", "stop"] = "approve"
    params: dict[str, Any] = Field(default_factory=dict)
    note: str = ""

    def fits(self, step: dict[str, Any]) -> bool:
        """Whether this answer is about the step."""
        return (
            self.tool in {"", step["tool"]}
            and self.challenge in {"", step["challenge"]}
            and (not self.column or repr(self.column) in str(step["params"]))
        )


class JoinAnswer(BaseModel):
    """How several tables are joined; what is left out is as it is proposed."""

    model_config = ConfigDict(extra="forbid")

    choice: Literal["join", "join_last", "join_summary", "join_all", "every_row", "first_only", "stop"] = "join"
    main: str | None = None
    """Name of the main table: its file's without the ending."""
    rules: list[str] | None = None
    """What is kept of several rows: first, last, mean, min, max, count."""
    until: float | None = None
    """Only rows up to this moment enter."""
    without: list[str] = Field(default_factory=list)
    """Tables to leave out."""


class AnswerFile(BaseModel):
    """The file's content."""

    model_config = ConfigDict(extra="forbid")

    goal: dict[str, Any] = Field(default_factory=dict)
    """Fields of the goal: target, task, time, event, id, visit_time, group."""
    join: JoinAnswer | None = None
    """How several tables belong together."""
    meanings: dict[str, str | dict[str, str]] = Field(default_factory=dict)
    """Column -> what it is in a few words, or its meaning, unit and known_at."""
    known_at: dict[str, Literal["before", "at", "after", "unknown"]] = Field(default_factory=dict)
    without: list[str] = Field(default_factory=list)
    """Challenges whose steps are left out of the plan."""
    steps: list[StepAnswer] = Field(default_factory=list)
    """The first that fits decides."""
    otherwise: Literal["auto", "approve", "reject"] = "auto"


class FileExpert:
    """Answers from a file; what the file does not say is decided as `otherwise` says."""

    name = "file"

    def __init__(self, path: str | Path) -> None:
        try:
            self.answers = AnswerFile.model_validate(yaml.safe_load(Path(path).read_text("utf-8")) or {})
        except OSError as error:
            raise InputError(
                f"The answers file {path} cannot be read: {error.strerror}.", fix="Check its name.", code="no-file"
            ) from error
        except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
            raise InputError(
                f"{Path(path).name} is not an answers file: {error}",
                fix="See docs/answers.md for its form.",
                code="bad-answers",
            ) from error

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """What the file says."""
        if checkpoint.kind == "goal" and self.answers.goal:
            return Answer(choice="change", values=self.answers.goal)
        if name == "join" and self.answers.join is not None:
            told = self.answers.join
            return Answer(
                choice=_offered(told.choice, checkpoint), values=told.model_dump(exclude={"choice"}, exclude_none=True)
            )
        if name == "meanings" and self.answers.meanings:
            return Answer(choice="change", values=dict(self.answers.meanings))
        if name == "timing" and self.answers.known_at:
            return Answer(choice="change", values=dict(self.answers.known_at))
        if checkpoint.kind == "plan" and self.answers.without:
            left_out = [s["id"] for s in checkpoint.detail["steps"] if s["challenge"] in self.answers.without]
            return Answer(choice="approve", values={"without": left_out})
        if checkpoint.kind == "change":
            return self._change(checkpoint, name)
        return AutoExpert().answer(checkpoint, name)

    def _change(self, checkpoint: Checkpoint, name: str) -> Answer:
        step = checkpoint.detail["step"]
        for told in self.answers.steps:
            if told.fits(step):
                if told.choice == "stop":
                    raise Stopped("The answers file says to stop here.", fix="Resume with `climbdc sessions resume`.")
                if told.choice == "change" and self._changed(step, told.params):
                    return Answer(choice="approve", note=told.note)
                return Answer(choice=told.choice, values={"params": told.params} if told.params else {}, note=told.note)
        if self.answers.otherwise == "auto":
            return AutoExpert().answer(checkpoint, name)
        return Answer(choice=self.answers.otherwise, note="What the file says of all other steps.")

    @staticmethod
    def _changed(step: dict[str, Any], params: dict[str, Any]) -> bool:
        """Whether the step was changed as the file says, as far as its columns are there."""
        return all(name in step["settled"] or step["params"].get(name) == value for name, value in params.items())


def _offered(choice: str, checkpoint: Checkpoint) -> str:
    """The choice, or the default where it is not offered: with one row a patient there is nothing to sum up."""
    return choice if choice in {option.value for option in checkpoint.options} else checkpoint.default
