"""What a server understands: found out by asking, and remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from climbdc.models._errors import ModelError
from climbdc.models._schema import BOUNDS, without_bounds

__all__ = ["Dialect", "Mode", "wanted"]

Mode = Literal["schema", "json", "text"]
_WEAKER: Mapping[Mode, Mode] = {"schema": "json", "json": "text"}
_UNKNOWN = frozenset({400, 415, 422, 500, 501})
"""Statuses by which servers say that they do not know a part of a request; some say so as a fault of their own."""
THOUGHTS = 6000
"""Tokens that are allowed on top to a model that thinks before it answers."""
_FORM = re.compile(r"response_format|json|schema|grammar|guided|structured", re.IGNORECASE)
_BOUNDS = re.compile(rf"\b({'|'.join([*BOUNDS, 'repetitions?'])})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a server wants to be asked.

    Args:
        mode: How an answer is held to its form: a strict JSON schema, JSON of any form, or by the prompt alone.
        bounds: Whether a schema may say lengths, ranges and patterns.
        limit: What the greatest number of tokens is called.
        temperature: Whether it can be chosen.
        seed: Whether it can be chosen.
        usage: Whether the server can be asked to count tokens.
        thoughts: Tokens that the model needs before it answers.
    """

    mode: Mode = "schema"
    bounds: bool = True
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True
    seed: bool = True
    usage: bool = True
    thoughts: int = 0

    def facts(self) -> dict[str, Any]:
        """As kept in the ledger."""
        return asdict(self)

    def weaker(self) -> Dialect | None:
        """The next way of asking for a form, or None."""
        return replace(self, mode=_WEAKER[self.mode]) if self.mode in _WEAKER else None

    def thinking(self) -> Dialect | None:
        """With room for thoughts, or None where there is some."""
        return None if self.thoughts else replace(self, thoughts=THOUGHTS)

    def after(self, error: ModelError, *, free: bool) -> Dialect | None:
        """How to ask after a server refused, or None where that is not what it is about.

        Args:
            error: What was refused.
            free: Whether the mode is still to be found out.
        """
        if error.http not in _UNKNOWN or error.code in ("too-long", "no-key"):
            return None
        said = error.said.lower()
        if "max_completion_tokens" in said and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens", thoughts=THOUGHTS)
        for name, words in (("usage", "stream_options"), ("temperature", "temperature"), ("seed", "seed")):
            if words in said and getattr(self, name):
                return replace(self, **{name: False})  # type: ignore[arg-type]
        if self.mode == "schema" and self.bounds and _BOUNDS.search(said):
            return replace(self, bounds=False)
        about = bool(_FORM.search(said)) or error.http != 500
        return self.weaker() if free and about else None

    def request(
        self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], *, name: str, max_tokens: int,
        temperature: float, seed: int,
    ) -> dict[str, Any]:  # fmt: skip
        """What is given to `chat.completions.create`, beside the model."""
        told: dict[str, Any] = {
            "messages": [dict(message) for message in messages],
            self.limit: max_tokens + self.thoughts,
        }
        if self.temperature:
            told["temperature"] = temperature
        if self.seed:
            told["seed"] = seed
        if self.usage:
            told["stream_options"] = {"include_usage": True}
        form = dict(schema) if self.bounds else without_bounds(schema)
        if self.mode == "schema":
            body = {"name": name, "strict": True, "schema": form}
            told["response_format"] = {"type": "json_schema", "json_schema": body}
        else:
            told["messages"] = _told(told["messages"], schema)
        if self.mode == "json":
            told["response_format"] = {"type": "json_object"}
        return told


def wanted(mode: Literal["auto", "schema", "json", "text"], known: Mapping[str, Any] | None) -> Dialect:
    """The way to ask first: as it worked before, else the strictest."""
    try:
        dialect = Dialect(**(known or {}))
    except TypeError:
        dialect = Dialect()
    return dialect if mode == "auto" else replace(dialect, mode=mode)


@cache
def _words() -> str:
    return (files("climbdc.models") / "form.md").read_text("utf-8").strip()


def _told(messages: list[dict[str, str]], schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """The form in words, at the end of the last message: some models take no system message after the first."""
    form = f"{_words()}\n{json.dumps(schema, ensure_ascii=False, separators=(',', ':'))}"
    *others, last = messages
    return [*others, {**last, "content": f"{last['content']}\n\n{form}"}]
