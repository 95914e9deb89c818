"""From what was decided to joins that a reading can carry out: which column comes under which name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc.data import TEXT, Join, JoinedColumn, JoinRule, Reading, join_readings, match_keys, render, table_name
from climbdc.joining._propose import TableProposal, choose_main, propose_joins

__all__ = ["RULES", "build_joins", "joined_unasked", "table_names"]

RULES: Final[dict[str, tuple[JoinRule, ...]]] = {
    "join": ("first",),
    "join_last": ("last",),
    "join_summary": ("first", "last", "mean", "count"),
}
"""Answer -> what is kept of several rows of a key."""
_OF_TEXT: Final = ("first", "last")


def build_joins(
    main: Reading, others: Sequence[tuple[TableProposal, Reading]], rules: Sequence[JoinRule] = ("first",),
    until: float | None = None,
) -> tuple[Join, ...]:  # fmt: skip
    """The joins of these tables, in order.

    A column that says the same as one of that name in the main table is not brought; another of a name in use is
    called after its table too.

    Args:
        main: The main table.
        others: How each table is joined, and the table.
        rules: What is kept of several rows of one key.
        until: Only rows up to this moment enter, where a table has a column of time.
    """
    taken = {str(name) for name in main.frame.columns}
    joins = []
    for proposal, reading in others:
        join = _join(main, proposal, reading, rules, until, taken)
        taken |= {column.name for column in join.columns}
        joins.append(join)
    return tuple(joins)


def joined_unasked(tables: Sequence[Reading]) -> Reading:
    """The table that comes of these where nobody answers: what can be joined without a loss."""
    frames = [table.frame for table in tables]
    main = choose_main(frames, ())
    safe = [(p, tables[p.number]) for p in propose_joins(frames, table_names(tables), main) if p.safe]
    return join_readings(tables[main], [table for _, table in safe], build_joins(tables[main], safe))


def table_names(tables: Sequence[Reading]) -> list[str]:
    """Distinct names of the tables, those of their first files."""
    names: list[str] = []
    for table in tables:
        name = table_name(table.sources[0].name)
        names.append(name if name not in names else f"{name}_{len(names) + 1}")
    return names


def _join(
    main: Reading, proposal: TableProposal, reading: Reading, rules: Sequence[JoinRule], until: float | None,
    taken: set[str],
) -> Join:  # fmt: skip
    assert proposal.match is not None, "a table without a key is not joined"
    several = proposal.several
    wanted = _wanted(main, proposal, reading, rules if several else ("first",))
    return Join(
        table=proposal.table,
        options=reading.options,
        keys=proposal.match.keys,
        columns=tuple(_free_names(wanted, proposal.table, taken)),
        several=several,
        order=proposal.order,
        until=until if proposal.order is not None else None,
        labels=proposal.labels,
    )


def _wanted(main: Reading, proposal: TableProposal, reading: Reading, rules: Sequence[JoinRule]) -> list[JoinedColumn]:
    """The columns to add, under the names they would have alone."""
    assert proposal.match is not None
    frame = reading.frame
    if proposal.labels is not None and proposal.value is not None:
        texts = frame[proposal.labels].dropna().str.strip()
        measured = texts[frame.loc[texts.index, proposal.value].notna()]
        levels = sorted(set(measured[measured != ""]))
        return [
            JoinedColumn(name=_after(_tidy(level), rule, rules), source=proposal.value, rule=rule, level=level)
            for level in levels
            for rule in rules
        ]
    held = {right for _, right in proposal.match.keys}
    kept = [str(name) for name in frame.columns if name not in held and not _repeats(main, frame, str(name), proposal)]
    return [
        JoinedColumn(name=_after(name, rule, _fitting(frame[name], rules)), source=name, rule=rule)
        for name in kept
        for rule in _fitting(frame[name], rules)
    ]


def _fitting(values: pd.Series[Any], rules: Sequence[JoinRule]) -> list[JoinRule]:
    """The rules that a column's values allow."""
    if values.dtype.kind in "if":
        return [*rules]
    kept: list[JoinRule] = [rule for rule in rules if rule in _OF_TEXT]
    return kept or ["first"]


def _after(name: str, rule: JoinRule, rules: Sequence[JoinRule]) -> str:
    return f"{name}_{rule}" if len(rules) > 1 else name


def _tidy(level: str) -> str:
    return re.sub(r"\s+", "_", level)


def _free_names(wanted: Sequence[JoinedColumn], table: str, taken: set[str]) -> list[JoinedColumn]:
    """The columns under names that are not in use: the table's name behind, and a number where that does not help."""
    used = {*taken, "_row"}
    named = []
    for column in wanted:
        name, number = column.name, 1
        while name in used:
            name = f"{column.name}_{table}" if number == 1 else f"{column.name}_{table}_{number}"
            number += 1
        used.add(name)
        named.append(column.model_copy(update={"name": name}))
    return named


def _repeats(main: Reading, frame: pd.DataFrame, name: str, proposal: TableProposal) -> bool:
    """Whether a column says what one of the same name in the main table says, in every row that fits."""
    if name not in main.frame.columns or proposal.match is None:
        return False
    matched = match_keys(main.frame, frame, proposal.match.keys)
    left = pd.DataFrame({"code": matched.main, "one": _texts(main.frame[name])})
    right = pd.DataFrame({"code": matched.other, "two": _texts(frame[name])}).drop_duplicates()
    pairs = left[left["code"] >= 0].merge(right, on="code")
    return bool(len(pairs)) and bool((pairs["one"] == pairs["two"]).all())


def _texts(values: pd.Series[Any]) -> np.ndarray[Any, Any]:
    texts = values if values.dtype == TEXT else render(values, whole=True)
    return texts.fillna("").astype(object).to_numpy()
