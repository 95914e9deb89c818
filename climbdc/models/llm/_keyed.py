"""A reply form with one entry a column, under the column's name: no column is left out and none is told of twice."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, create_model, model_validator

from climbdc.models._message import Message
from climbdc.models.llm._forms import Form
from climbdc.privacy import Released

if TYPE_CHECKING:
    from climbdc.privacy import Gate

__all__ = ["dialogue", "entries", "keyed_form", "keys_of", "shown_levels"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
"""What every server takes as the name of a property."""


class Keyed(Form):
    """Base of these forms. A column that a server let its model leave out counts as answered with nothing."""

    nothing: ClassVar[Any] = None

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, told: Any) -> Any:
        if not isinstance(told, Mapping):
            return told
        keys = [str(field.alias) for field in cls.model_fields.values()]
        return {key: told[key] if isinstance(told.get(key), dict | list) else cls.nothing for key in keys}


def keys_of(shown: Sequence[str]) -> list[str]:
    """Names of properties for columns as a model sees them: the name, or its number where a server may not take it.

    >>> keys_of(["chol", "Größe (cm)"])
    ['chol', 'item_2']
    """
    return [name if _PLAIN.fullmatch(name) else f"item_{number}" for number, name in enumerate(shown, 1)]


def keyed_form(name: str, shown: Sequence[str], kinds: Sequence[Any], nothing: Any) -> type[Form]:
    """A form with a field for each column.

    Args:
        name: Of the form.
        shown: The columns as a model sees them.
        kinds: What is asked of each.
        nothing: The answer that says nothing, as plain data.
    """
    fields: dict[str, Any] = {
        f"c{number}": (kind, Field(alias=key))
        for number, (key, kind) in enumerate(zip(keys_of(shown), kinds, strict=True))
    }
    made: type[Keyed] = create_model(name, __base__=Keyed, **fields)
    made.nothing = nothing
    return made


def entries(reply: Form) -> list[Any]:
    """What was answered of each column, in the order of the form."""
    return [getattr(reply, name) for name in type(reply).model_fields]


def shown_levels(released: Released) -> dict[str, list[str]]:
    """Name as a model sees it -> the values it sees: read back from what was released, so that a form names no more.

    Values that were cut are left out: nobody could say which they are.
    """
    lines = (json.loads(line) for line in released.text.splitlines() if line.startswith("{"))
    return {
        str(line["name"]): [level for level in line.get("levels", {}) if level != "(other)" and not level.endswith("…")]
        for line in lines
    }


def dialogue(gate: Gate, prompt: str, **parts: Released) -> list[Message]:
    """The messages of a question with a worked example, which shows a small model the form better than a description.

    Args:
        gate: The gate.
        prompt: Name of the prompt; `_example`, `_answer` and `_turn` are its other files.
        parts: What the turn is filled with.
    """
    return [
        Message("system", (gate.own(prompt),)),
        Message("user", (gate.own(f"{prompt}_example"),)),
        Message("assistant", (gate.own(f"{prompt}_answer"),)),
        Message("user", (gate.own(f"{prompt}_turn", **parts),)),
    ]
