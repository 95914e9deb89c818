"""What happened in a session, in order, and what ran for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session as Db

from climbdc.store._models import EventRow, ResultRow
from climbdc.store._part import Part
from climbdc.store._postgres import lock_until_commit
from climbdc.store._runs import Runs

__all__ = ["STARTED", "Talk"]

STARTED = "started"
"""Result of a branch that says of which branch it is a branch and how much of its conversation it has."""


class Talk(Part):
    """The conversation of a branch, which begins with that of the branch it left, and the account of runs."""

    def say(self, kind: str, body: dict[str, Any]) -> None:
        """Add an event."""
        with Db(self.engine) as db, db.begin():
            self._say(db, kind, body)

    def _say(self, db: Db, kind: str, body: dict[str, Any]) -> None:
        if self.engine.dialect.name == "postgresql":
            # Keys are given out before a commit: without this, who reads on from a key could miss a smaller one.
            lock_until_commit(db.connection(), "events", self.id)
        db.add(EventRow(session_id=self.id, branch=self.branch, kind=kind, body=body))

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """Events later than `after`, a key, in order."""
        with Db(self.engine) as db:
            query = select(EventRow).where(EventRow.session_id == self.id, EventRow.key > after, self._told_here(db))
            return [{"key": row.key, "kind": row.kind, **row.body} for row in db.scalars(query.order_by(EventRow.key))]

    def _told_here(self, db: Db) -> Any:
        """Which events belong to the branch: its own, and what was told before it left another."""
        told = [EventRow.branch == self.branch]
        branch = self.branch
        while branch != "main":
            where = (ResultRow.session_id == self.id, ResultRow.branch == branch, ResultRow.name == STARTED)
            started = db.scalar(select(ResultRow.body).where(*where))
            if started is None:
                break
            branch = started["branch"]
            told.append(and_(EventRow.branch == branch, EventRow.key <= started["until"]))
        return or_(*told)

    def told_until(self, kind: str, **fields: Any) -> int:
        """Key of the newest event of that kind with these fields in the conversation; of the newest at all if none."""
        events = self.events()
        known = [event["key"] for event in events if event["kind"] == kind and fields.items() <= event.items()]
        return int((known or [event["key"] for event in events] or [0])[-1])

    def add_run(self, verb: str, tool: str, backend: str, outcome: str, body: Mapping[str, Any]) -> None:
        """Record a sandbox job.

        Args:
            verb: What was asked of it.
            tool: Which tool ran.
            backend: Where.
            outcome: How it ended, as in `limit-hit`.
            body: `limit` (which was hit), `limits`, `exit`, `code` (SHA-256), and what it used: `start` (seconds since
                the work began), `wall` and `cpu` (seconds), `peak_mb` (MiB). Any may be left out.
        """
        Runs(self.engine, self.id).add(verb, tool, backend, outcome, body)

    def runs(self) -> list[dict[str, Any]]:
        """Every sandbox job, in order."""
        return Runs(self.engine, self.id).all()

    def backend(self) -> str:
        """The sandbox backend of the newest job; empty before the first."""
        return Runs(self.engine, self.id).backend()
