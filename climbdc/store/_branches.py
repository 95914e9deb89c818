"""Branches of a session: lines of work that share what came before they parted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, insert, literal, select, true
from sqlalchemy.orm import Session as Db

from climbdc.store._models import (
    AttemptRow,
    BranchRow,
    CheckpointRow,
    EventRow,
    FindingRow,
    PlanRow,
    ResultRow,
    SessionRow,
    VersionRow,
)  # fmt: skip
from climbdc.store._part import Part

__all__ = ["Branches", "Cut"]


@dataclass(frozen=True)
class Cut:
    """What of a branch a new one begins with.

    Args:
        branch: The branch that is left.
        version: Where the new one begins.
        revision: The newest revision of the plan that it has; 0 for none.
        checkpoint: Key of the last question that it has; 0 for none.
        findings: Ids of the findings that it has; None for all.
        without: Starts of the names of results that it does not have.
        results: Results that it has in place of those of the other.
    """

    branch: str
    version: str
    revision: int
    checkpoint: int
    findings: Sequence[str] | None
    without: Sequence[str]
    results: Mapping[str, Mapping[str, Any]]


class Branches(Part):
    """The branches of a session; a part of the store looks at one of them."""

    def branch_rows(self) -> list[dict[str, Any]]:
        """All branches, the first first."""
        with Db(self.engine) as db:
            query = select(BranchRow).where(BranchRow.session_id == self.id).order_by(BranchRow.key)
            return [
                {
                    "name": row.id, "title": row.title, "parent": row.parent, "version": row.version,
                    "created_at": row.created_at.isoformat(),
                }
                for row in db.scalars(query)
            ]  # fmt: skip

    def use_branch(self, name: str) -> None:
        """Go on with another branch, here and for all who look later."""
        with Db(self.engine) as db, db.begin():
            db.get_one(SessionRow, self.id).branch = name
        self.branch = name

    def refresh_branch(self) -> None:
        """Look at the branch that is worked on, which another may have changed."""
        with Db(self.engine) as db:
            self.branch = db.get_one(SessionRow, self.id).branch

    def add_branch(self, name: str, title: str, cut: Cut) -> None:
        """Make a branch whole or not at all, and go on with it; one of that name stays as it is."""
        with Db(self.engine) as db, db.begin():
            known = select(BranchRow.key).where(BranchRow.session_id == self.id, BranchRow.id == name)
            if db.scalar(known) is None:
                self._copy(db, name, cut)
                db.add(
                    BranchRow(session_id=self.id, id=name, title=title[:200], parent=cut.branch, version=cut.version)
                )
            db.get_one(SessionRow, self.id).branch = name
        self.branch = name

    def _copy(self, db: Db, name: str, cut: Cut) -> None:
        not_copied = [~ResultRow.name.startswith(prefix, autoescape=True) for prefix in (*cut.without, *cut.results)]
        kept: list[tuple[Any, Sequence[ColumnElement[bool]]]] = [
            (ResultRow, not_copied),
            (PlanRow, [PlanRow.revision <= cut.revision]),
            (FindingRow, [_among(FindingRow.id, cut.findings), FindingRow.screening != "last"]),
            (CheckpointRow, [CheckpointRow.key <= cut.checkpoint, CheckpointRow.answered_at.is_not(None)]),
            (AttemptRow, []),
        ]
        for table, wanted in kept:
            names = [column.name for column in table.__table__.columns if column.name not in {"key", "branch"}]
            source = table.__table__.c
            rows = select(*(source[column] for column in names), literal(name)).where(
                source.session_id == self.id, source.branch == cut.branch, *wanted
            )
            db.execute(insert(table).from_select([*names, "branch"], rows.order_by(source.key)))
        for result, body in cut.results.items():
            db.add(ResultRow(session_id=self.id, branch=name, name=result, body=dict(body)))

    def question_keys(self) -> list[dict[str, Any]]:
        """Id and key of every question of the branch, in order."""
        with Db(self.engine) as db:
            query = select(CheckpointRow.id, CheckpointRow.key).where(*self._here(CheckpointRow))
            return [{"id": name, "key": key} for name, key in db.execute(query.order_by(CheckpointRow.key))]

    def version_steps(self) -> list[dict[str, Any]]:
        """Every version, tried or applied: id, parent, step and the time it was made, without what it holds."""
        with Db(self.engine) as db:
            query = select(VersionRow.id, VersionRow.parent_id, VersionRow.body["step"], VersionRow.created_at)
            rows = db.execute(query.where(VersionRow.session_id == self.id).order_by(VersionRow.created_at)).all()
        return [
            {"version": name, "parent": parent, "step": step, "at": at.isoformat()} for name, parent, step, at in rows
        ]

    def applied_events(self) -> list[dict[str, Any]]:
        """Every `applied` event of every branch, in order."""
        with Db(self.engine) as db:
            query = select(EventRow.body).where(EventRow.session_id == self.id, EventRow.kind == "applied")
            return [dict(body) for body in db.scalars(query.order_by(EventRow.key))]


def _among(column: Any, names: Sequence[str] | None) -> ColumnElement[bool]:
    return true() if names is None else column.in_(names)
