"""Whether anything changed in many sessions, in one question to the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session as Db

from climbdc.store._models import CheckpointRow, EditRow, EventRow, ResultRow, SessionRow

__all__ = ["pulse"]

_MOST = 500
"""Sessions in one statement; databases limit how many values one may have."""


def pulse(engine: Engine, sessions: Sequence[str], results: Collection[str] = ()) -> dict[str, str]:
    """A short text for each session that changes whenever something of it is stored that a person would see.

    It is made of the row of the session, the newest event, and how many questions, answers and edits there are.
    Sessions that are not there are left out.

    Args:
        engine: The store's database.
        sessions: Their ids.
        results: Names of results that count too, if they are there.
    """
    found: dict[str, str] = {}
    with Db(engine) as db:
        for first in range(0, len(sessions), _MOST):
            for row in db.execute(_question(sessions[first : first + _MOST], sorted(results))):
                found[row[0]] = "/".join(str(value) for value in row[1:])
    return found


def _question(sessions: Sequence[str], results: Sequence[str]) -> Any:
    def of(table: Any, told: Any, *where: Any) -> Any:
        return select(told).where(table.session_id == SessionRow.id, *where).scalar_subquery()

    return select(
        SessionRow.id, SessionRow.branch, SessionRow.status, SessionRow.updated_at,
        of(EventRow, func.max(EventRow.key)),
        of(CheckpointRow, func.max(CheckpointRow.key)),
        of(CheckpointRow, func.count(CheckpointRow.answered_at)),
        of(CheckpointRow, func.count(CheckpointRow.withdrawn)),
        of(EditRow, func.max(EditRow.key)),
        of(EditRow, func.count(EditRow.done_at)),
        *(
            of(ResultRow, func.max(ResultRow.key), ResultRow.branch == SessionRow.branch, ResultRow.name == name)
            for name in results
        ),
    ).where(SessionRow.id.in_(sessions))  # fmt: skip
