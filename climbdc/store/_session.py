"""One session's part of the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as Db

from climbdc.errors import StoreError
from climbdc.store._branches import Branches
from climbdc.store._edits import Edits
from climbdc.store._models import AttemptRow, FindingRow, PlanRow, ResultRow, SessionRow, VersionRow
from climbdc.store._objects import Objects
from climbdc.store._turns import Turns

__all__ = ["SessionStore"]

Rows = np.ndarray[Any, np.dtype[np.int64]]


class SessionStore(Branches, Edits):
    """What is stored of one session, on the branch that is worked on or another."""

    def __init__(self, engine: Engine, objects: Objects, session_id: str, branch: str = "") -> None:
        self.engine = engine
        self.objects = objects
        self.id = session_id
        with Db(engine) as db:
            row = db.get_one(SessionRow, session_id)
            self.branch, self.options, self.name = branch or row.branch, dict(row.options), row.name

    def on(self, branch: str) -> SessionStore:
        """The same session, looked at on a branch."""
        return SessionStore(self.engine, self.objects, self.id, branch)

    def turns(self, kind: str) -> Turns:
        """A lock for those who do something of that kind in the session, of whatever branch."""
        return Turns(self.engine, self.objects.folder.parent / "locks", kind, self.id)

    # -- the session itself ------------------------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """open, waiting, finished or stopped."""
        with Db(self.engine) as db:
            return db.get_one(SessionRow, self.id).status

    def set_status(self, status: str) -> None:
        """Say how the session stands."""
        with Db(self.engine) as db, db.begin():
            db.get_one(SessionRow, self.id).status = status

    # -- named results -----------------------------------------------------------------------------------------------

    def get(self, name: str) -> dict[str, Any] | None:
        """A named result, or None."""
        with Db(self.engine) as db:
            row = db.scalar(select(ResultRow).where(*self._here(ResultRow), ResultRow.name == name))
            return dict(row.body) if row else None

    def need(self, name: str) -> dict[str, Any]:
        """A named result that must be there.

        Raises:
            StoreError: It is not.
        """
        body = self.get(name)
        if body is None:
            raise StoreError(f"Session {self.id} has no {name!r} yet.", code="result-missing")
        return body

    def put(self, name: str, body: Mapping[str, Any]) -> None:
        """Store a named result in place of an older one; of several at once the last stands."""
        insert = postgresql.insert if self.engine.dialect.name == "postgresql" else sqlite.insert
        new = insert(ResultRow).values(session_id=self.id, branch=self.branch, name=name, body=dict(body))
        where = [ResultRow.session_id, ResultRow.branch, ResultRow.name]
        with Db(self.engine) as db, db.begin():
            db.execute(new.on_conflict_do_update(index_elements=where, set_={"body": new.excluded.body}))

    def drop_results(self, prefix: str) -> None:
        """Forget the named results whose name starts so."""
        with Db(self.engine) as db, db.begin():
            db.execute(delete(ResultRow).where(*self._here(ResultRow), ResultRow.name.startswith(prefix)))

    def count_look(self, door: str, version: str) -> int:
        """Count a look at the sealed rows from a version; the same look again, as after a crash, counts once."""
        seen = [*(self.get(f"looks/{door}") or {"versions": []})["versions"], version]
        self.put(f"looks/{door}", {"versions": list(dict.fromkeys(seen))})
        return self.looks(door)

    def looks(self, door: str) -> int:
        """How often the sealed rows were looked at through a door, `test` (evaluation) or `audit` (overlap).

        Looks from every branch count: the rows are the same.
        """
        with Db(self.engine) as db:
            query = select(ResultRow.body).where(ResultRow.session_id == self.id, ResultRow.name == f"looks/{door}")
            return len({version for body in db.scalars(query) for version in body["versions"]})

    # -- versions ----------------------------------------------------------------------------------------------------

    def put_version(self, version_id: str, parent_id: str | None, body: Mapping[str, Any]) -> None:
        """Store a version; the same id is the same version."""
        with Db(self.engine) as db, db.begin():
            if db.get(VersionRow, (self.id, version_id)) is None:
                db.add(VersionRow(session_id=self.id, id=version_id, parent_id=parent_id, body=dict(body)))

    def version(self, version_id: str) -> dict[str, Any]:
        """A version's body."""
        with Db(self.engine) as db:
            return dict(db.get_one(VersionRow, (self.id, version_id)).body)

    def lineage(self, version_id: str | None) -> list[tuple[str, dict[str, Any]]]:
        """The versions from the root to this one, with their ids."""
        chain: list[tuple[str, dict[str, Any]]] = []
        with Db(self.engine) as db:
            while version_id is not None:
                row = db.get_one(VersionRow, (self.id, version_id))
                chain.append((row.id, dict(row.body)))
                version_id = row.parent_id
        return chain[::-1]

    # -- findings ----------------------------------------------------------------------------------------------------

    def add_findings(
        self, found: list[tuple[dict[str, Any], Rows | None]], *, tool: str, screening: str
    ) -> list[dict[str, Any]]:
        """Store findings under fresh ids and return them."""
        stored = []
        with Db(self.engine) as db, db.begin():
            count = db.scalar(select(func.count()).select_from(FindingRow).where(*self._here(FindingRow))) or 0
            for number, (body, rows) in enumerate(found, start=count + 1):
                mask = None if rows is None else self.objects.put_table(pa.table({"_row": pa.array(rows, pa.int64())}))
                row = FindingRow(
                    session_id=self.id, branch=self.branch, id=f"F{number:03d}", screening=screening, tool=tool,
                    rows_object=mask, body=body, status="open", answered_by=None,
                )  # fmt: skip
                db.add(row)
                stored.append(_finding(row))
        return stored

    def drop_findings(self, screening: str) -> None:
        """Forget what a screening found that is to be made again."""
        with Db(self.engine) as db, db.begin():
            db.execute(delete(FindingRow).where(*self._here(FindingRow), FindingRow.screening == screening))

    def findings(self) -> list[dict[str, Any]]:
        """All findings of the branch, in order."""
        with Db(self.engine) as db:
            rows = db.scalars(select(FindingRow).where(*self._here(FindingRow)).order_by(FindingRow.key)).all()
            return [_finding(row) for row in rows]

    def finding_rows(self, finding_id: str) -> Rows | None:
        """The raw rows a finding is about."""
        with Db(self.engine) as db:
            name = db.scalar(select(FindingRow.rows_object).where(*self._here(FindingRow), FindingRow.id == finding_id))
        return None if name is None else self.objects.table(name)["_row"].to_numpy()

    def set_finding(self, finding_id: str, status: str, answered_by: str | None) -> None:
        """Say how a finding stands."""
        with Db(self.engine) as db, db.begin():
            db.execute(
                update(FindingRow)
                .where(*self._here(FindingRow), FindingRow.id == finding_id)
                .values(status=status, answered_by=answered_by)
            )

    def refresh_finding(self, finding_id: str, body: dict[str, Any], rows: Rows | None) -> None:
        """Give a finding fresh evidence; one that was answered is open again, one left alone stays so."""
        mask = None if rows is None else self.objects.put_table(pa.table({"_row": pa.array(rows, pa.int64())}))
        with Db(self.engine) as db, db.begin():
            row = db.scalars(select(FindingRow).where(*self._here(FindingRow), FindingRow.id == finding_id)).one()
            row.body, row.rows_object = body, mask
            if row.status == "answered":
                row.status, row.answered_by = "open", None

    # -- plans and attempts ------------------------------------------------------------------------------------------

    def put_plan(self, body: dict[str, Any], reason: str, assessment: dict[str, Any] | None = None) -> int:
        """Store a new revision; its number."""
        with Db(self.engine) as db, db.begin():
            revision = (db.scalar(select(func.max(PlanRow.revision)).where(*self._here(PlanRow))) or 0) + 1
            db.add(
                PlanRow(
                    session_id=self.id,
                    branch=self.branch,
                    revision=revision,
                    reason=reason,
                    body=body,
                    assessment=assessment,
                )
            )
        return revision

    def newest_plan(self) -> dict[str, Any] | None:
        """The plan of the newest revision, or None."""
        with Db(self.engine) as db:
            newest = select(PlanRow.body).where(*self._here(PlanRow)).order_by(PlanRow.revision.desc()).limit(1)
            return db.scalar(newest)

    def plans(self) -> list[dict[str, Any]]:
        """All revisions, the first first."""
        with Db(self.engine) as db:
            rows = db.scalars(select(PlanRow).where(*self._here(PlanRow)).order_by(PlanRow.revision)).all()
            return [
                {"revision": r.revision, "reason": r.reason, "plan": r.body, "assessment": r.assessment} for r in rows
            ]

    def attempt(self, step: str, attempt: int, parent: str) -> dict[str, Any] | None:
        """What came of a try at a step on a version, if it was made."""
        with Db(self.engine) as db:
            row = db.scalar(select(AttemptRow).where(*self._here(AttemptRow), *_numbered(step, attempt, parent)))
            return dict(row.body) if row else None

    def put_attempt(self, step: str, attempt: int, parent: str, body: dict[str, Any]) -> None:
        """Store what came of a try, in place of an earlier one of that number."""
        with Db(self.engine) as db, db.begin():
            row = db.scalar(select(AttemptRow).where(*self._here(AttemptRow), *_numbered(step, attempt, parent)))
            if row is None:
                row = AttemptRow(
                    session_id=self.id, branch=self.branch, step=step, attempt=attempt, parent_version=parent
                )
                db.add(row)
            row.body = body


def _finding(row: FindingRow) -> dict[str, Any]:
    return {
        "id": row.id,
        **row.body,
        "screening": row.screening,
        "status": row.status,
        "answered_by": row.answered_by,
        "tool": row.tool,
    }


def _numbered(step: str, attempt: int, parent: str) -> tuple[Any, ...]:
    return AttemptRow.step == step, AttemptRow.attempt == attempt, AttemptRow.parent_version == parent
