"""The data sets of the suite with what is true of them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from climbdc.bench._cases import Skipped
from climbdc.sdk import Goal

__all__ = ["DATASETS", "DataKey", "Truth", "key_hash", "load_key"]


class Truth(BaseModel):
    """What is true of one column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    meaning: str
    """As a person who knows the table would say it."""
    also: tuple[str, ...] = ()
    """Further sayings that are as right."""
    unit: str = ""
    later: bool | None = None
    """Whether it is known only after the moment of prediction; None where that is not scored."""


class DataKey(BaseModel):
    """A data set and its answer key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str
    file: Path
    dictionary: Path | None
    goal: Goal
    columns: dict[str, Truth]
    leaks: frozenset[str]
    """Columns that must not be features."""
    hidden_leaks: frozenset[str]
    """Those of them that cannot be told without a dictionary."""
    askable: frozenset[str]
    """Columns about which both answers are right."""
    identifiers: frozenset[str]


def load_key(name: str, data: Path | None) -> DataKey:
    """The key of a data set.

    Args:
        name: One of `DATASETS`.
        data: The folder of benchmark data, where there is one.

    Raises:
        Skipped: Its files are not there.
    """
    entry = _entries()[name]
    dictionary = _place(entry["dictionary"], data) if "dictionary" in entry else None
    leaks = yaml.safe_load(_place(entry["answers"], data).read_text("utf-8")) if "answers" in entry else {}
    goal = Goal(**entry["goal"], notes=entry["notes"])
    return DataKey(
        name=name,
        about=entry["about"],
        file=_place(entry["file"], data),
        dictionary=dictionary,
        goal=goal,
        columns=_truths(entry, dictionary, goal.target),
        leaks=frozenset(column for group in leaks.get("leaks", {}).values() for column in group),
        hidden_leaks=frozenset(leaks.get("needs_dictionary", ())),
        askable=frozenset(leaks.get("ask", ())),
        identifiers=frozenset(leaks.get("identifiers", entry.get("identifiers", ()))),
    )


def key_hash(key: DataKey) -> str:
    """Of all that a score depends on beside the data: the key and the scorer's words."""
    words = (files("climbdc.bench.agents") / "scoring.yaml").read_bytes()
    told = key.model_dump(mode="json", exclude={"file", "dictionary"})
    ordered = {name: sorted(value) if isinstance(value, list) else value for name, value in told.items()}
    return hashlib.sha256(json.dumps(ordered, sort_keys=True).encode() + words).hexdigest()


@cache
def _entries() -> dict[str, Any]:
    text = (files("climbdc.bench.agents") / "answer_keys.yaml").read_text(encoding="utf-8")
    body: dict[str, Any] = yaml.safe_load(text)
    return body


DATASETS = tuple(_entries())
"""Names of the data sets, the one that needs no benchmark data first."""


def _place(named: str, data: Path | None) -> Path:
    """The file: `demo:` ones come with the package, `data:` ones lie in the folder of benchmark data."""
    where, _, name = named.partition(":")
    if where == "demo":
        return Path(str(files("climbdc") / "demo" / name))
    if data is None:
        raise Skipped("needs benchmark data: name its folder with --data or CLIMBDC_BENCH_DATA")
    if not (data / name).is_file():
        raise Skipped(f"{name} is not in the folder of benchmark data")
    return data / name


def _truths(entry: dict[str, Any], dictionary: Path | None, target: str | None) -> dict[str, Truth]:
    from climbdc.describe import read_dictionary

    told = {name: Truth(**fields) for name, fields in entry.get("meanings", {}).items()}
    if dictionary is not None:
        told = {c.name: Truth(meaning=c.meaning, unit=c.unit) for c in read_dictionary(dictionary)}
    later = {**dict.fromkeys(entry["later"], True), **dict.fromkeys(entry["usable"], False)}
    also = entry["words"]
    return {
        name: truth.model_copy(update={"later": later.get(name), "also": tuple(also.get(name, ()))})
        for name, truth in told.items()
        if name != target
    }
