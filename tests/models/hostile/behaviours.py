"""The bad behaviours of `behaviours.yaml`, played by the server of `server.py`."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from .wire import Behaviour, Call, Reply

__all__ = ["BEHAVIOURS", "End", "Entry", "Facts", "load", "played", "spelled"]

End = Literal["nothing", "refused", "asked", "given-up"]
Facts = Callable[[], Mapping[str, Any]]
"""What is true of the session at this moment: pending, applied, findings, column, features, target, patient, ..."""


class _Play(BaseModel):
    """One way to answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str | None = None
    says: dict[str, JsonValue] = Field(default_factory=dict)
    loose: bool = False
    bend: tuple[dict[str, JsonValue], ...] = ()
    reply: dict[str, JsonValue] = Field(default_factory=dict)
    gzip: int = 0
    """Letters that are sent compressed."""
    unless_plain: dict[str, JsonValue] | None = None
    """Reply to a request that names a form."""


class Entry(_Play):
    """One behaviour."""

    name: str
    tries: str
    ends: tuple[End, ...]
    slow: bool = False
    """It costs the patience of the client."""
    turns: tuple[_Play, ...] = ()
    """Played one after the other, and again from the first."""


@cache
def load() -> tuple[Entry, ...]:
    """All behaviours, in the order of the file."""
    text = Path(__file__).with_name("behaviours.yaml").read_text("utf-8")
    return tuple(Entry.model_validate(entry) for entry in yaml.safe_load(text))


BEHAVIOURS: Mapping[str, Entry] = {entry.name: entry for entry in load()}


def played(entry: Entry, facts: Facts) -> Behaviour:
    """The behaviour, which counts its own turns."""
    turns, count = entry.turns or (entry,), iter(range(1_000_000))
    return lambda call: _reply(turns[next(count) % len(turns)], call, facts())


def _reply(play: _Play, call: Call, facts: Mapping[str, Any]) -> Reply:
    if play.unless_plain is not None and "response_format" in call.json:
        return Reply("There is no response_format here.", **_fields(play.unless_plain, facts))
    if play.gzip:
        packed = gzip.compress(b"data: " + b" " * play.gzip, 9)
        return Reply(body=packed, headers={"Content-Encoding": "gzip", "Content-Type": "text/event-stream"})
    text = play.text
    if text is None:
        text = call.answer(spelled(play.says, facts), loose=play.loose)
        for bent in play.bend:
            text = _bent(text, bent, call)
    return Reply(text, **_fields(play.reply, facts))


def _fields(told: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = spelled(dict(told), facts)
    if "body_hex" in fields:
        fields["body"] = bytes.fromhex(fields.pop("body_hex"))
    elif "body" in fields:
        fields["body"] = str(fields["body"]).encode()
    if "events" in fields:
        fields["events"] = tuple(fields["events"])
    return fields


def _bent(text: str, bent: Mapping[str, Any], call: Call) -> str:
    """An answer, spoilt."""
    ((how, told),) = bent.items()
    if how == "keep":
        return text[: int(len(text) * told)]
    if how == "twice":
        return f"{text}\n{call.answer({'observations': ['Another.'], 'told': 'Another.', 'text': 'Another.'})}"
    if how == "again":
        return f"{text[:-1]}, {call.answer(told)[1:]}" if text.startswith("{") else text
    if how == "swap":
        return text.replace(*told)
    more = str(spelled(told, {}))
    return {"before": more + text, "after": text + more, "first": text.replace("{", "{" + more, 1)}[how]


@dataclass(frozen=True)
class _Each:
    """A value that stands for several: what holds it is repeated."""

    values: tuple[Any, ...]


def spelled(told: Any, facts: Mapping[str, Any]) -> Any:
    """What is written with $names and repetitions, spelled out.

    >>> spelled([{"step": "$each_pending", "why": {"text": "a", "then": "b", "times": 2}}], {"pending": ["S1", "S2"]})
    [{'step': 'S1', 'why': 'abb'}, {'step': 'S2', 'why': 'abb'}]
    """
    if isinstance(told, str):
        return _named(told, facts)
    if isinstance(told, list | tuple):
        return [item for part in told for item in _parts(spelled(part, facts))]
    if isinstance(told, Mapping):
        if "then" in told:
            return _repeated(told)
        return _several({key: spelled(value, facts) for key, value in told.items()})
    return told


def _repeated(told: Mapping[str, Any]) -> str:
    times = int(told["times"])
    ends = str(told.get("end", "")) + str(told.get("close", "")) * times
    return f"{told.get('text', '')}{str(told['then']) * times}{ends}{told.get('after', '')}"


def _named(told: str, facts: Mapping[str, Any]) -> Any:
    if told.startswith("$each_"):
        return _Each(tuple(facts.get(told.removeprefix("$each_"), ())))
    if told.startswith("$first_"):
        return next(iter(facts.get(told.removeprefix("$first_"), ())), None)
    if told.startswith("$") and told[1:] in facts:
        return facts[told[1:]]
    for name, value in facts.items():
        if isinstance(value, str):
            told = told.replace(f"${name}", value)
    return told


def _several(told: dict[str, Any]) -> Any:
    several = next((key for key, value in told.items() if isinstance(value, _Each)), None)
    if several is None:
        return told
    return _Each(tuple({**told, several: value} for value in told[several].values))


def _parts(told: Any) -> Iterator[Any]:
    yield from told.values if isinstance(told, _Each) else (told,)
