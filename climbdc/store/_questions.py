"""Questions of a session and their answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session as Db

from climbdc.errors import StoreError
from climbdc.store._models import CheckpointRow, now
from climbdc.store._part import Part

__all__ = ["Questions"]


class Questions(Part):
    """What the expert of a branch was asked, and said."""

    def ask(self, checkpoint_id: str, asked: dict[str, Any]) -> None:
        """Store a question; asking the same again changes nothing, unless it had been withdrawn."""
        with Db(self.engine) as db, db.begin():
            row = db.scalar(select(CheckpointRow).where(*self._here(CheckpointRow), CheckpointRow.id == checkpoint_id))
            if row is None:
                db.add(CheckpointRow(session_id=self.id, branch=self.branch, id=checkpoint_id, asked=asked))
            elif row.withdrawn is not None and row.answer is None:
                row.asked, row.asked_at, row.withdrawn = asked, now(), None

    def answer(self, checkpoint_id: str, answer: dict[str, Any], expert: str) -> bool:
        """Store the answer; the first answer stands. False where the question is not asked any more.

        Raises:
            StoreError: It never was.
        """
        with Db(self.engine) as db, db.begin():
            asked = select(CheckpointRow).where(*self._here(CheckpointRow), CheckpointRow.id == checkpoint_id)
            row = db.scalar(asked.with_for_update())
            if row is None:
                raise StoreError(f"Nothing named {checkpoint_id!r} was asked.", code="not-asked")
            if row.withdrawn is not None:
                return False
            if row.answer is None:
                row.answer, row.expert, row.answered_at = answer, expert, now()
            return True

    def withdraw(self, reason: str) -> None:
        """Ask nothing any more that was not answered; what still matters is asked anew."""
        with Db(self.engine) as db, db.begin():
            self._withdraw(db, reason)

    def _withdraw(self, db: Db, reason: str) -> None:
        waiting = (CheckpointRow.answered_at.is_(None), CheckpointRow.withdrawn.is_(None))
        db.execute(update(CheckpointRow).where(*self._here(CheckpointRow), *waiting).values(withdrawn=reason[:200]))

    def checkpoint(self, checkpoint_id: str) -> dict[str, Any] | None:
        """A question with its answer, if it was asked."""
        with Db(self.engine) as db:
            row = db.scalar(select(CheckpointRow).where(*self._here(CheckpointRow), CheckpointRow.id == checkpoint_id))
            return None if row is None else _question(row)

    def pending(self) -> dict[str, Any] | None:
        """The question that waits for an answer."""
        with Db(self.engine) as db:
            query = select(CheckpointRow).where(
                *self._here(CheckpointRow), CheckpointRow.answered_at.is_(None), CheckpointRow.withdrawn.is_(None)
            )
            row = db.scalar(query.order_by(CheckpointRow.key).limit(1))
            return None if row is None else _question(row)

    def decisions(self, *, answered: bool = True) -> list[dict[str, Any]]:
        """Checkpoints in order, all or the answered ones; `withdrawn` says why one is not asked any more."""
        with Db(self.engine) as db:
            rows = db.scalars(select(CheckpointRow).where(*self._here(CheckpointRow)).order_by(CheckpointRow.key)).all()
            return [_question(row) for row in rows if row.answer is not None or not answered]


def _question(row: CheckpointRow) -> dict[str, Any]:
    return {
        "id": row.id, "asked": row.asked, "answer": row.answer, "expert": row.expert,
        "asked_at": row.asked_at.isoformat(),
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        "withdrawn": row.withdrawn,
    }  # fmt: skip
