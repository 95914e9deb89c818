"""The queue of edits: what a person wants beside the questions, carried out in order, each once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from climbdc.store._models import EditRow, now
from climbdc.store._questions import Questions
from climbdc.store._talk import Talk

__all__ = ["WITHDRAWN", "Edits"]

WITHDRAWN = "A change was wanted before it was answered; what still matters is asked anew."


class Edits(Talk, Questions):
    """Edits of a session; they are the session's, whichever branch they change."""

    def add_edit(self, kind: str, values: Mapping[str, Any], person: str | None = None) -> int:
        """Put an edit at the end of the queue and withdraw the open question, both or neither; the edit's key."""
        row = EditRow(session_id=self.id, branch=self.branch, kind=kind, body=dict(values), person=person, state={})
        with Db(self.engine) as db, db.begin():
            db.add(row)
            db.flush()
            self._withdraw(db, WITHDRAWN)
            return row.key

    def edits(self, status: str = "") -> list[dict[str, Any]]:
        """Edits in order, all or those that stand so: wanted, done or refused."""
        query = select(EditRow).where(EditRow.session_id == self.id)
        if status:
            query = query.where(EditRow.status == status)
        with Db(self.engine) as db:
            return [_edit(row) for row in db.scalars(query.order_by(EditRow.key))]

    def set_edit(self, key: int, state: Mapping[str, Any]) -> None:
        """Keep how far an edit came."""
        with Db(self.engine) as db, db.begin():
            db.get_one(EditRow, key).state = dict(state)

    def end_edit(self, key: int, status: str, text: str) -> None:
        """Say what came of an edit, and tell it in the conversation of the branch; both or neither."""
        with Db(self.engine) as db, db.begin():
            row = db.get_one(EditRow, key)
            row.status, row.state, row.done_at = status, {**row.state, "text": text}, now()
            body = {"edit": key, "kind_of_edit": row.kind, "status": status, "text": text}
            self._say(db, "edited", body)


def _edit(row: EditRow) -> dict[str, Any]:
    return {
        "key": row.key, "branch": row.branch, "kind": row.kind, "values": dict(row.body), "person": row.person,
        "status": row.status, "state": dict(row.state), "wanted_at": row.wanted_at.isoformat(),
        "done_at": row.done_at.isoformat() if row.done_at else None,
    }  # fmt: skip
