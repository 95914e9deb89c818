"""Sizes, answers and reasons in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["answer_in_words", "count", "listed", "sizes", "words"]

NOUNS = {
    "cells": ("cell changed", "cells changed"),
    "dropped_rows": ("row dropped", "rows dropped"),
    "added_rows": ("row added", "rows added"),
    "dropped_columns": ("column dropped", "columns dropped"),
    "added_columns": ("column added", "columns added"),
}
SET_ASIDE = {**NOUNS, "dropped_rows": ("row set aside", "rows set aside")}
SHOWN = 5


@cache
def words() -> dict[str, Any]:
    """The chat's vocabulary."""
    told: dict[str, Any] = yaml.safe_load((files("climbdc_ui.chat") / "words.yaml").read_text("utf-8"))
    return told


def sizes(counts: Mapping[str, int], tool: str = "") -> tuple[str, ...]:
    """The size of a change, a text for each kind of it.

    >>> sizes({"cells": 1, "dropped_rows": 1200, "added_rows": 0})
    ('1 cell changed', '1,200 rows dropped')
    >>> sizes({"dropped_rows": 184}, "split_data")
    ('184 rows set aside',)
    """
    nouns = SET_ASIDE if tool == "split_data" else NOUNS
    return tuple(f"{size:,} {nouns[key][size != 1]}" for key, size in counts.items() if size and key in nouns)


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> count(1, "row"), count(1200, "row"), count(2, "category", "categories")
    ('1 row', '1,200 rows', '2 categories')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """Names for a sentence, cut short when there are many.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d"], 2)
    ('a and b', 'a, b and 2 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def answer_in_words(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """What an answer says beside its choice; empty where nothing is."""
    values = answer["values"]
    note = str(answer["note"] or answer["rule"])
    told = _values_in_words(asked, values) if values and not (note and asked["kind"] == "change") else ""
    return " ".join(text for text in (told, note) if text)


def _values_in_words(asked: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    if asked["kind"] == "plan":
        titles = {step["id"]: step.get("what") or step.get("title", step["id"]) for step in asked["detail"]["steps"]}
        without = [titles.get(name, name) for name in values.get("without", [])]
        return f"Without: {listed(without)}." if without else ""
    if asked["kind"] == "change":
        labels = words()["params"]
        return f"Other {listed([labels.get(name, name.replace('_', ' ')) for name in values.get('params', {})])}."
    if asked["kind"] == "goal":
        labels = words()["goal"]
        return "; ".join(f"{labels.get(name, name)}: {value or 'none'}" for name, value in values.items())
    if set(values) == {"answer"}:
        return f"“{values['answer']}”"
    return "; ".join(f"{name}: {_meaning(value)}" for name, value in list(values.items())[:SHOWN]) + (
        f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    )


def _meaning(value: Any) -> str:
    """A meaning, or when a column is known, as it was told."""
    when = words()["known_at"]
    if isinstance(value, Mapping):
        said = [str(value.get("meaning", "")), str(value.get("unit", "")), when.get(str(value.get("known_at")), "")]
        return ", ".join(text for text in said if text)
    return str(when.get(str(value), value))
