"""What one session was asked to do."""

from __future__ import annotations

from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict

from climbdc.errors import InputError
from climbdc.sdk import Goal

__all__ = ["Disclosure", "RunOptions", "known_level"]

Disclosure = Literal["metadata", "aggregates", "values"]
"""What a language model may see, the least first."""


def known_level(level: str) -> Disclosure:
    """The level of disclosure that was named.

    Raises:
        InputError: There is none of that name.

    >>> known_level("values")
    'values'
    """
    if level not in get_args(Disclosure):
        raise InputError(
            f"The level of disclosure {level!r} is not known.",
            fix=f"Name one of {', '.join(get_args(Disclosure))}.",
            code="disclosure",
        )
    return cast("Disclosure", level)


class RunOptions(BaseModel):
    """Options of `run` and `diagnose`, as stored with the session."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[str, ...]
    """Absolute paths."""
    goal: Goal = Goal()
    test: str | None = None
    dictionary: str | None = None
    seed: int = 0
    policy: Literal["rules", "llm"] = "rules"
    """Who plans; `llm` is a language model behind the gate, with the rules beneath it."""
    model: str = ""
    base_url: str = ""
    """Of the model's server; that of OpenAI when empty."""
    disclosure: Disclosure = "aggregates"
    """What a model may see."""
    look_ahead: int = 3
    """How many pending steps the coordinator judges in a turn; fewer only to measure what it is worth."""
    backtracking: bool = True
    """Whether steps may be taken back when something better is known; off only to measure what it is worth."""
    evaluations: bool = True
    """Whether the slow evaluations run at the end: calibration, explanation, equity and others."""
    sandbox: Literal["auto", "docker", "bubblewrap", "landlock"] = "auto"
    unsafe: bool = False
    """Built-in tools run without a sandbox; recorded in the report."""
    screen_only: bool = False
    """Look, and change nothing."""
    public: bool = False
    """The data is public, as in the demo."""
