"""Which spellings are one category: a model's proposal, as far as the spellings bear it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from climbdc.models._mind import SpellingIdea
from climbdc.models.llm._batches import in_batches
from climbdc.models.llm._forms import choice, form, items
from climbdc.models.llm._keyed import dialogue, entries, keyed_form, shown_levels
from climbdc.models.llm._spellings_check import one_category
from climbdc.models.llm._table import Table

if TYPE_CHECKING:
    from climbdc.models._client import ModelClient
    from climbdc.models.llm._forms import Form
    from climbdc.privacy import Gate

__all__ = ["find_spellings"]

BATCH = 4
"""Columns a call: each comes with up to 40 values."""
MOST_COLUMNS = 16
FEWEST, MOST_LEVELS = 3, 40
"""Two values are left alone: to make them one would empty the column."""
GROUPS, SAME = 4, 6
TOKENS_A_COLUMN, TOKENS = 110, 40


def find_spellings(client: ModelClient, gate: Gate, table: Table, columns: Sequence[str]) -> list[SpellingIdea]:
    """Which spellings of these columns may be one category.

    A model sees only values that the gate shows, which at least k rows hold; columns with fewer than three of these are
    not asked about, nor any where the gate shows no values at all.

    Args:
        client: The model.
        gate: The only source of what it is told.
        table: The newest version.
        columns: Which columns; those of numbers and dates, and those that are not there, are passed over.

    Raises:
        ModelError: Nothing was answered.
    """
    wanted = [name for name in map(str, table.frame.columns) if name in set(columns) and _is_text(table, name)]
    lines = gate.table(table.frame, table.dictionary, table.roles, wanted, detail="full") if wanted else None
    levels = shown_levels(lines) if lines is not None else {}
    asked = [name for name in wanted if FEWEST <= len(levels.get(gate.shown(name), ())) <= MOST_LEVELS]
    return in_batches(asked[:MOST_COLUMNS], BATCH, lambda part: _found(client, gate, table, part))


def _is_text(table: Table, name: str) -> bool:
    return table.frame[name].dtype.kind not in "ifM" and name in table.roles.features([name])


def _found(client: ModelClient, gate: Gate, table: Table, part: Sequence[str]) -> list[SpellingIdea]:
    lines = gate.table(table.frame, table.dictionary, table.roles, part, detail="full")
    seen = shown_levels(lines)
    shown = [gate.shown(name) for name in part]
    levels = [seen.get(name, []) for name in shown]
    form_ = spellings_form(shown, levels)
    reply = client.ask(
        "spellings", dialogue(gate, "spellings", table=lines), form_, max_tokens=TOKENS + TOKENS_A_COLUMN * len(part)
    )
    ideas: list[SpellingIdea] = []
    for name, there, groups in zip(part, levels, entries(reply), strict=True):
        ideas += checked_groups(name, _cells(table, name, there), [group.model_dump() for group in groups])
    return ideas


def spellings_form(shown: Sequence[str], levels: Sequence[Sequence[str]]) -> type[Form]:
    """The form: for each column groups of values, none of which can be another than those shown."""
    kinds = []
    for number, seen in enumerate(levels):
        level = choice(f"Level{number}", seen)
        kinds.append(items(form(f"Group{number}", {"keep": level, "same": items(level, SAME)}), GROUPS))
    return keyed_form("Spellings", shown, kinds, [])


def _cells(table: Table, name: str, shown: Sequence[str]) -> list[str]:
    """The shown values that stand in the column just so: what was made harmless for the model cannot be mapped."""
    there = set(table.frame[name].dropna().unique())
    return [level for level in shown if level in there]


def checked_groups(column: str, levels: Sequence[str], groups: Sequence[dict[str, Any]]) -> list[SpellingIdea]:
    """The groups that the rules leave: of values that exist, each in one group, and never of different things."""
    used: set[str] = set()
    ideas: list[SpellingIdea] = []
    merged = 0
    for group in groups:
        keep = group["keep"]
        same = [
            level
            for level in dict.fromkeys(group["same"])
            if level != keep and level in levels and level not in used and one_category(keep, level)
        ]
        if keep not in levels or keep in used or not same or len(levels) - merged - len(same) < 2:
            continue
        used |= {keep, *same}
        merged += len(same)
        ideas.append(SpellingIdea(column=column, keep=keep, spellings=(keep, *same)))
    return ideas
