"""Two versions side by side: rows, columns, cells, steps and what was measured."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from climbdc.agents._context import RunContext
from climbdc.agents._effect import QUICK, compared, steps_since
from climbdc.agents._finish import FULL
from climbdc.agents._history import ROOT
from climbdc.agents._trials import PARAMS
from climbdc.agents._verify import whole_columns
from climbdc.agents._versions import Version, head, load_version
from climbdc.data import ROW, changed_cells
from climbdc.errors import InputError
from climbdc.registry import title
from climbdc.store import Objects, SessionStore

__all__ = ["compare_versions"]

MOST_EXAMPLES = 20
MOST_MAPPINGS = 10
MOST_COUNTED = 200_000
"""Of more changed cells in a column only the first so many are told apart by their values."""
SHORTEST_ID = 6


def compare_versions(context: RunContext, a: str, b: str) -> dict[str, Any]:
    """What is otherwise in two versions; see `Session.compare`.

    Raises:
        InputError: There is none of that name.
    """
    session = context.session
    one, other = _version(session, a), _version(session, b)
    whole = tuple(sorted({*whole_columns(one.dictionary), *whole_columns(other.dictionary)}))
    told = _frames_compared(session.objects, one.frame, other.frame, whole)
    sides = [{"version": side.id, "label": _label(session, side, name)} for side, name in ((one, a), (other, b))]
    return {
        "a": {**sides[0], **told["a"]}, "b": {**sides[1], **told["b"]},
        **{key: value for key, value in told.items() if key not in {"a", "b"}},
        "steps": _steps(session, one, other), "metrics": _metrics(context, one, other),
    }  # fmt: skip


def _version(session: SessionStore, name: str) -> Version:
    """The version that a name means: a branch, a step of the present line, an id or its start, nothing for the root."""
    chain = session.lineage(head(session).id) if session.get("head") else []
    if not chain:
        raise InputError("There are no versions yet.", fix="Answer the first questions.", code="no-version")
    if not name:
        return load_version(session, chain[0][0])
    for row in session.branch_rows():
        if name in {row["name"], row["title"]}:
            return head(session.on(row["name"]))
    for version, body in chain:
        if body["step"] and body["step"]["id"] == name:
            return load_version(session, version)
    known = [row["version"] for row in session.version_steps() if row["version"].startswith(name)]
    if len(name) >= SHORTEST_ID and len(known) == 1:
        return load_version(session, known[0])
    raise InputError(
        f"{name!r} is neither a branch nor a step that was done nor a version.",
        fix="`climbdc sessions show` names them.",
        code="no-version",
    )


def _label(session: SessionStore, version: Version, name: str) -> str:
    """A version in words."""
    for row in session.branch_rows():
        if name and name in {row["name"], row["title"]}:
            return str(row["title"] or row["name"])
    return f"after {version.step.id} ({title(version.step.tool)})" if version.step else ROOT


@lru_cache(maxsize=32)
def _frames_compared(objects: Objects, a: str, b: str, whole: tuple[str, ...]) -> dict[str, Any]:
    """Rows, columns and cells of two stored frames; they never change, so neither does this."""
    one, other = objects.table(a), objects.table(b)
    names = [[name for name in table.schema.names if name != ROW] for table in (one, other)]
    rows = [table.column(ROW).to_numpy() for table in (one, other)]
    only = [mine[~np.isin(mine, others)] for mine, others in (rows, rows[::-1])]
    by_column = [] if a == b else [
        {"column": name, "cells": cells.num_rows, **_mappings(cells)}
        for name, cells in changed_cells(objects.frame(a), objects.frame(b), whole)
    ]  # fmt: skip
    return {
        "a": {"rows": len(rows[0]), "columns": len(names[0])},
        "b": {"rows": len(rows[1]), "columns": len(names[1])},
        "rows": {
            "a_only": len(only[0]), "b_only": len(only[1]), "both": len(rows[0]) - len(only[0]),
            "a_examples": only[0][:MOST_EXAMPLES].tolist(), "b_examples": only[1][:MOST_EXAMPLES].tolist(),
        },
        "columns": {
            "a_only": [name for name in names[0] if name not in set(names[1])],
            "b_only": [name for name in names[1] if name not in set(names[0])],
            "types": [
                {"column": name, "a": str(one.schema.field(name).type), "b": str(other.schema.field(name).type)}
                for name in names[0]
                if name in set(names[1]) and one.schema.field(name).type != other.schema.field(name).type
            ],
        },
        "cells": sum(item["cells"] for item in by_column),
        "by_column": sorted(by_column, key=lambda item: (-item["cells"], item["column"])),
    }  # fmt: skip


def _mappings(cells: pa.Table) -> dict[str, Any]:
    """The most frequent replacements, and how many others there are."""
    counted = cells.slice(0, MOST_COUNTED).group_by(["before", "after"]).aggregate([([], "count_all")])
    order = [("count_all", "descending"), ("before", "ascending"), ("after", "ascending")]
    top = counted.sort_by(order).slice(0, MOST_MAPPINGS).to_pylist()
    return {
        "mappings": [
            {"before": item["before"] or "", "after": item["after"] or "", "count": item["count_all"]} for item in top
        ],
        "more": counted.num_rows - len(top),
    }


def _steps(session: SessionStore, one: Version, other: Version) -> dict[str, Any]:
    """The steps that only one has, after those that led to both."""
    lines = [session.lineage(version.id) for version in (one, other)]
    both = sum(left[0] == right[0] for left, right in zip(*lines, strict=False))
    only = [
        [{"id": body["step"]["id"], "title": title(body["step"]["tool"])} for _, body in line[both:] if body["step"]]
        for line in lines
    ]
    return {"a_only": only[0], "b_only": only[1], "both": max(both - 1, 0)}


def _metrics(context: RunContext, one: Version, other: Version) -> list[dict[str, Any]]:
    """The paired differences of the quick model where both were measured alike, from the same rows on."""
    bases = [_base(context, version) for version in (one, other)]
    if bases[0].id != bases[1].id or one.id == other.id:
        return []
    for params in (FULL, PARAMS, QUICK):
        stored = [_measured(context, bases[0], version, params) for version in (one, other)]
        if all(stored):
            return [
                {"metric": d.name, "before": d.before, "after": d.after, "change": d.change, "low": d.low,
                 "high": d.high, "better": d.better, "rows": d.rows}
                for d in compared(context, *stored)
            ]  # fmt: skip
    return []


def _base(context: RunContext, version: Version) -> Version:
    chain = context.session.lineage(version.id)
    split = [name for name, body in chain if body["step"] and body["step"]["tool"] == "split_data"]
    return load_version(context.session, split[-1] if split else chain[0][0])


def _measured(context: RunContext, base: Version, version: Version, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Stored metrics of a version, whichever branch they were measured on; empty where there are none."""
    key = "measured/" + context.bench.key(base, steps_since(context, base, version), params)
    for row in context.session.branch_rows():
        stored = context.session.on(row["name"]).get(key)
        if stored is not None:
            metrics: list[dict[str, Any]] = stored["metrics"]
            return metrics
    return []
