"""Verification of a tried step: invariants, a fresh screening, the effect on a quick model, who is touched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from climbdc.agents._context import RunContext
from climbdc.agents._distributions import distributions
from climbdc.agents._effect import effect_of
from climbdc.agents._findings import identity
from climbdc.agents._screening import look_at, stage_of
from climbdc.agents._subgroups import touched, touched_by_outcome
from climbdc.agents._versions import Version, add_version, load_version
from climbdc.agents._workbench import Look
from climbdc.data import Changes, diff
from climbdc.plan import PlannedStep
from climbdc.sdk import Dictionary, SemanticType, Stage
from climbdc.store import SessionStore

__all__ = ["looks_from_json", "verify", "whole_columns"]

WHOLE_TYPES: tuple[SemanticType, ...] = ("binary", "categorical", "ordinal", "integer", "identifier", "constant")
MOST_MAPPINGS = 40


def whole_columns(dictionary: Dictionary) -> list[str]:
    """Columns whose whole numbers are written without a decimal point."""
    return dictionary.of_type(*WHOLE_TYPES)


def verify(context: RunContext, parent: Version, step: PlannedStep, body: dict[str, Any]) -> dict[str, Any]:
    """Everything an expert should see before deciding, as JSON."""
    session = context.session
    tried = load_version(session, add_version(session, parent.id, step.spec, body))
    before, after = parent.load(), tried.load()
    changes = diff(before, after, whole_columns(parent.dictionary))
    stage: Stage = "train" if step.tool == "split_data" else stage_of(session)
    looks = [] if step.tool == "split_data" else look_at(context, tried, stage)
    return {
        "counts": changes.counts,
        "by_column": changes.by_column,
        "dropped_columns": list(changes.dropped_columns),
        "added_columns": list(changes.added_columns),
        "mappings": _mappings(changes),
        "changes_something": _changes_something(changes, before, after),
        "invariants": _invariants(context, step, parent, before, after),
        "looks": looks_to_json(session, looks),
        "still_found": _still_found(session, step, looks),
        "effect": effect_of(context, parent, step),
        "subgroups": touched(before, changes, parent.dictionary),
        "by_outcome": touched_by_outcome(before, changes, parent.roles),
        "distributions": distributions(before, after, changes, parent.dictionary),
    }


def _changes_something(changes: Changes, before: pd.DataFrame, after: pd.DataFrame) -> bool:
    return any(changes.counts.values()) or list(before.dtypes) != list(after.dtypes)


def _mappings(changes: Changes) -> list[dict[str, Any]]:
    """The most frequent replacements, by column."""
    if changes.cells.empty:
        return []
    cells = changes.cells[["column", "before", "after"]].astype(object)
    cells = cells.where(cells.notna(), "")
    counted = cells.groupby(["column", "before", "after"], sort=True).size().reset_index(name="count")
    counted = counted.sort_values(["count", "column", "before"], ascending=[False, True, True], kind="stable")
    shown = counted.head(MOST_MAPPINGS)
    return [{str(key): value for key, value in row.items()} for row in shown.to_dict("records")]


def _invariants(
    context: RunContext, step: PlannedStep, parent: Version, before: pd.DataFrame, after: pd.DataFrame
) -> list[dict[str, Any]]:
    rows = context.bench.registry[step.tool].spec.rows
    checks = [
        ("some rows are left", len(after) > 0, "No row would be left."),
        ("rows are rows of the file", bool(after.index.isin(before.index).all()), "Rows appear from nowhere."),
        ("each row once", bool(after.index.is_unique), "A row appears twice."),
        ("all rows kept", rows != "keep" or after.index.equals(before.index), "Rows were lost."),
        ("no infinite number", _finite(after), "A value became infinite."),
        ("a feature is left", _feature_left(parent, after), "No feature would be left."),
        ("outcome unchanged", _outcome_same(parent, step, before, after), "The step changes the outcome."),
    ]  # fmt: skip
    return [{"name": name, "ok": ok, "detail": "" if ok else detail} for name, ok, detail in checks]


def _finite(frame: pd.DataFrame) -> bool:
    numbers = frame.select_dtypes("float64")
    return not any(np.isinf(numbers[name].to_numpy()).any() for name in numbers.columns)


def _feature_left(parent: Version, after: pd.DataFrame) -> bool:
    return parent.roles.kind == "none" or bool(parent.roles.features([str(name) for name in after.columns]))


def _outcome_same(parent: Version, step: PlannedStep, before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Outcome values may change only where the step's params name the column."""
    named = str(step.params)
    shared = after.index.intersection(before.index)
    return all(
        repr(name) in named or before.loc[shared, name].equals(after.loc[shared, name])
        for name in parent.roles.outcomes
        if name in before.columns and name in after.columns
    )


def _still_found(session: SessionStore, step: PlannedStep, looks: list[Look]) -> list[str]:
    """Which of the findings the step was to answer are found again."""
    again = {identity(body) for look in looks for body, _ in look.found}
    return [f["id"] for f in session.findings() if f["id"] in step.answers and identity(f) in again]


def looks_to_json(session: SessionStore, looks: list[Look]) -> list[dict[str, Any]]:
    """Looks as they are stored: the rows of each finding as an object of their own."""

    def stored(rows: np.ndarray[Any, np.dtype[np.int64]] | None) -> str | None:
        return None if rows is None else session.objects.put_table(pa.table({"_row": pa.array(rows, pa.int64())}))

    return [
        {
            "tool": look.tool,
            "found": [[body, stored(rows)] for body, rows in look.found],
            "not_applicable": look.not_applicable,
            "failed": look.failed,
        }
        for look in looks
    ]


def looks_from_json(session: SessionStore, stored: list[dict[str, Any]]) -> list[Look]:
    """Looks as `verify` kept them."""
    return [
        Look(
            look["tool"],
            [
                (body, None if name is None else session.objects.table(name)["_row"].to_numpy())
                for body, name in look["found"]
            ],
            look["not_applicable"],
            look["failed"],
        )
        for look in stored
    ]
