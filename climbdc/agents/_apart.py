"""Columns kept apart: they may name persons, and nobody was asked what is to become of them.

Such a column stays in the data as it came. It plays no part in what models use, and so no step turns its values into
names of columns, and no report lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from climbdc.sdk import Roles
from climbdc.store import SessionStore

__all__ = [
    "FINDER", "PERSONAL", "keep_apart", "kept_apart", "naming_columns", "nobody_asked", "unlisted_columns",
    "with_apart",
]  # fmt: skip

FINDER = "find_personal_data"
"""The tool that finds them."""
PERSONAL = "privacy/personal-data"
NAMING = ("names-persons", "remarks")
"""Kinds of its findings about values that name a person by themselves."""
_STORED = "apart"
_FILE = "file"


def kept_apart(session: SessionStore) -> tuple[str, ...]:
    """The columns kept apart, in the order they were found."""
    return tuple((session.get(_STORED) or {"columns": []})["columns"])


def keep_apart(session: SessionStore, columns: Iterable[str], schema: Any) -> None:
    """Keep columns of text apart from now on; numbers are never names or levels, and stay.

    Args:
        session: Remembers it, for its present branch.
        columns: Their names.
        schema: Arrow schema of the table they are in.
    """
    import pyarrow as pa

    known = kept_apart(session)
    texts = [name for name in columns if name in schema.names and _is_text(schema.field(name).type, pa)]
    every = list(dict.fromkeys([*known, *texts]))
    if len(every) > len(known):
        session.put(_STORED, {"columns": every})


def _is_text(kind: Any, arrow: Any) -> bool:
    return bool(arrow.types.is_string(kind) or arrow.types.is_large_string(kind))


def with_apart(session: SessionStore, roles: Roles) -> Roles:
    """The roles with what is kept apart among the ignored columns."""
    named = [name for name in kept_apart(session) if name not in roles.reserved]
    return roles.model_copy(update={"ignored": (*roles.ignored, *named)}) if named else roles


def nobody_asked(session: SessionStore) -> bool:
    """Whether the session was begun by rules alone: they, and no person or file, said what the goal is."""
    goal = session.checkpoint("goal")
    return bool(goal and goal["answer"] and goal["answer"].get("rule") and goal["expert"] != _FILE)


def naming_columns(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Columns that by these findings name persons, the first first."""
    named = [finding["columns"] for finding in findings if finding["kind"] in NAMING]
    return list(dict.fromkeys(str(name) for columns in named for name in columns))


def unlisted_columns(session: SessionStore) -> frozenset[str]:
    """Columns whose values no report, and no recipe beyond its steps, may list, whoever decided about them."""
    found = [finding for finding in session.findings() if finding["challenge"] == PERSONAL]
    return frozenset([*naming_columns(found), *kept_apart(session)])
