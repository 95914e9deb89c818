"""What columns may mean, in which unit they are and when they are known: a model's proposal, checked by the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from climbdc.knowledge import knowledge
from climbdc.models._mind import ColumnIdea
from climbdc.models.llm._batches import in_batches
from climbdc.models.llm._columns_check import NO_UNIT, Told, checked_ideas, codes_among, has_unit
from climbdc.models.llm._forms import choice, form, items, text
from climbdc.models.llm._keyed import dialogue, entries, keyed_form, shown_levels
from climbdc.models.llm._table import Table

if TYPE_CHECKING:
    from climbdc.models._client import ModelClient
    from climbdc.models.llm._forms import Form
    from climbdc.privacy import Gate

__all__ = ["describe_columns"]

BATCH = 8
"""Columns a call: few enough for a model of half a billion weights; 5 did no better on two tables and cost more."""
MEANING = 80
MOST_NAMES = 60
"""Columns that are named beside those that are asked about."""
TOKENS_A_COLUMN, TOKENS = 60, 60
WHEN = ("before", "at", "after", "unknown")


def describe_columns(client: ModelClient, gate: Gate, table: Table, columns: Sequence[str]) -> list[ColumnIdea]:
    """What these columns may mean, as far as a model says anything that the rules can believe.

    Args:
        client: The model.
        gate: The only source of what it is told.
        table: The newest version.
        columns: Which columns; those that are not there are passed over.

    Raises:
        ModelError: Nothing was answered.
    """
    wanted = [name for name in map(str, table.frame.columns) if name in set(columns)]
    return in_batches(wanted, BATCH, lambda part: _described(client, gate, table, part))


def _described(client: ModelClient, gate: Gate, table: Table, part: Sequence[str]) -> list[ColumnIdea]:
    lines = gate.table(table.frame, table.dictionary, table.roles, part)
    named = [gate.shown(str(name)) for name in table.frame.columns][:MOST_NAMES]
    messages = dialogue(
        gate,
        "columns",
        goal=gate.goal(table.roles),
        names=gate.words(", ".join(named), of="model", longest=1500),
        table=lines,
    )
    shown = [gate.shown(name) for name in part]
    levels = [shown_levels(lines).get(name, []) for name in shown]
    asked = [has_unit(table, name, seen) for name, seen in zip(part, levels, strict=True)]
    form_ = columns_form(shown, asked, [codes_among(seen) for seen in levels])
    reply = client.ask("columns", messages, form_, max_tokens=TOKENS + TOKENS_A_COLUMN * len(part))
    told = [
        Told(name, seen, **entry.model_dump()) for name, seen, entry in zip(part, levels, entries(reply), strict=True)
    ]
    return checked_ideas(told, table)


def columns_form(shown: Sequence[str], measured: Sequence[bool], codes: Sequence[Sequence[str]]) -> type[Form]:
    """The form: the unit is asked for where there may be one, missing codes where a value looks like one."""
    unit = choice("Unit", [NO_UNIT, *(group[0] for group in knowledge().lexicon.units)])
    when = choice("When", WHEN)
    kinds = []
    for number, (is_measured, some) in enumerate(zip(measured, codes, strict=True)):
        fields: dict[str, Any] = {"meaning": text(MEANING)}
        if is_measured:
            fields["unit"] = unit
        if some:
            fields["missing_codes"] = items(choice(f"Code{number}", some), len(some))
        kinds.append(form(f"Column{number}", {**fields, "known_at": when}))
    return keyed_form("Columns", shown, kinds, {"meaning": ""})
