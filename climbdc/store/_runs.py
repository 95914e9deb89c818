"""The account of a session's sandbox jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session as Db

from climbdc.store._models import RunRow

__all__ = ["Runs"]

_COLUMNS = ("limit", "limits", "exit", "code")


class Runs:
    """What ran in the sandbox for one session, in order; nothing is ever changed or taken away."""

    def __init__(self, engine: Engine, session_id: str) -> None:
        self._engine = engine
        self._session_id = session_id

    def add(self, verb: str, tool: str, backend: str, outcome: str, body: Mapping[str, Any]) -> None:
        """Record one job; see `SessionStore.add_run`."""
        columns = {name: body.get(name) for name in _COLUMNS}
        rest = {name: value for name, value in body.items() if name not in _COLUMNS}
        row = RunRow(
            session_id=self._session_id, verb=verb[:20], tool=tool[:80], backend=backend, outcome=outcome, body=rest,
            **columns,
        )  # fmt: skip
        with Db(self._engine) as db, db.begin():
            db.add(row)

    def all(self) -> list[dict[str, Any]]:
        """Every job: when it ended, what was recorded of it, and no key that was not known when it was."""
        with Db(self._engine) as db:
            rows = db.scalars(select(RunRow).where(RunRow.session_id == self._session_id).order_by(RunRow.key)).all()
            return [_plain(row) for row in rows]

    def backend(self) -> str:
        """The sandbox backend of the newest job; empty before the first."""
        query = select(RunRow.backend).where(RunRow.session_id == self._session_id)
        with Db(self._engine) as db:
            return db.scalar(query.order_by(RunRow.key.desc()).limit(1)) or ""


def _plain(row: RunRow) -> dict[str, Any]:
    known = {name: getattr(row, name) for name in _COLUMNS}
    return {
        "at": row.at.isoformat(timespec="seconds"),
        "verb": row.verb,
        "tool": row.tool,
        "backend": row.backend,
        "outcome": row.outcome,
        **{name: value for name, value in known.items() if value is not None},
        **row.body,
    }
