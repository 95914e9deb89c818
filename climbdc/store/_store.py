"""The one truth about all sessions: what was read, found, planned, asked, decided and done."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as Db

from climbdc.errors import StoreError
from climbdc.store._checkpointer import Checkpointers
from climbdc.store._database import open_database
from climbdc.store._lock import Lock, SessionLock
from climbdc.store._models import BranchRow, EventRow, SessionRow, now
from climbdc.store._objects import Objects
from climbdc.store._postgres import DatabaseLock
from climbdc.store._runs import Runs
from climbdc.store._session import SessionStore

__all__ = ["Store"]


class Store:
    """A database and a folder of objects.

    Args:
        folder: Where the SQLite files and the objects lie.
        url: A database URL; a SQLite file in `folder` when empty.

    Raises:
        StoreError: The folder cannot be written, or the database cannot be used.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.objects = Objects(folder / "objects")
        except OSError as error:
            raise StoreError(
                f"The data folder {folder} cannot be written: {error.strerror}.",
                fix="Choose another with --data-dir or CLIMBDC_DATA_DIR.",
                code="data-dir",
            ) from error
        self.folder = folder
        self.engine: Engine = open_database(url or f"sqlite:///{folder / 'climbdc.sqlite'}")
        self.checkpointers = Checkpointers(self.engine, folder)

    def create(self, name: str, options: dict[str, Any]) -> SessionStore:
        """A new session."""
        session_id = secrets.token_hex(4)
        with Db(self.engine) as db, db.begin():
            db.add(SessionRow(id=session_id, name=name[:200], options=options))
            db.flush()
            db.add(BranchRow(session_id=session_id, id="main"))
        return SessionStore(self.engine, self.objects, session_id)

    def session(self, session_id: str) -> SessionStore:
        """A stored session; the start of its id is enough where it is unique.

        Raises:
            StoreError: No session, or several, have an id that starts so.
        """
        with Db(self.engine) as db:
            found = list(db.scalars(select(SessionRow.id).where(SessionRow.id.startswith(session_id, autoescape=True))))
        if len(found) != 1:
            what = "No session has" if not found else f"{len(found)} sessions have"
            raise StoreError(
                f"{what} an id that starts with {session_id!r}.",
                fix="`climbdc sessions list` shows them.",
                code="session-not-found",
            )
        return SessionStore(self.engine, self.objects, found[0])

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions, the newest first."""
        with Db(self.engine) as db:
            rows = db.scalars(select(SessionRow).order_by(SessionRow.created_at.desc(), SessionRow.id)).all()
            return [
                {
                    "id": row.id,
                    "name": row.name,
                    "status": row.status,
                    "created_at": row.created_at.isoformat(),
                    "archived": row.archived_at is not None,
                }
                for row in rows
            ]

    def rename(self, session_id: str, name: str) -> None:
        """Call a session otherwise."""
        with Db(self.engine) as db, db.begin():
            db.get_one(SessionRow, session_id).name = name

    def archive(self, session_id: str, *, on: bool = True) -> None:
        """Put a session aside where lists are long, or take it out again; nothing of it changes."""
        with Db(self.engine) as db, db.begin():
            db.get_one(SessionRow, session_id).archived_at = now() if on else None

    def lock(self, session_id: str) -> Lock:
        """A lock that one process at a time may hold; under PostgreSQL one of all machines."""
        if self.engine.dialect.name == "postgresql":
            return DatabaseLock(self.engine, session_id)
        return SessionLock(self.folder / "locks" / f"{session_id}.lock", session_id)

    def runs(self, session_id: str) -> list[dict[str, Any]]:
        """Every sandbox job of a session, in order."""
        return Runs(self.engine, session_id).all()

    def event_count(self, session_id: str) -> int:
        """How many events a session has."""
        with Db(self.engine) as db:
            return db.scalar(select(func.count()).where(EventRow.session_id == session_id)) or 0

    def answers(self) -> bool:
        """Whether the database does."""
        try:
            with self.engine.connect() as connection:
                return connection.scalar(select(1)) == 1
        except SQLAlchemyError:
            return False

    def close(self) -> None:
        """Let go of the database."""
        self.checkpointers.close()
        self.engine.dispose()
