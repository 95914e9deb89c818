"""The tables of the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, MetaData, String, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "AttemptRow", "Base", "BranchRow", "CheckpointRow", "EditRow", "EventRow", "FindingRow", "PlanRow", "ResultRow",
    "RunRow", "SessionRow", "VersionRow", "now",
]  # fmt: skip

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def now() -> datetime:
    """The time in UTC, with its zone."""
    return datetime.now(UTC)


class Moment(TypeDecorator[datetime]):
    """A time in UTC: SQLite forgets the zone, and PostgreSQL would give it in that of its server."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is stored."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What was stored, with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {dict[str, Any]: JSON, list[Any]: JSON, datetime: Moment()}


class SessionRow(Base):
    """Everything about one dataset and goal."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20), default="open")
    branch: Mapped[str] = mapped_column(String(32), default="main")
    options: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    archived_at: Mapped[datetime | None]


class BranchRow(Base):
    """One line of work of a session; `parent` and `version` say from where it started, empty for the first."""

    __tablename__ = "branches"
    __table_args__ = (UniqueConstraint("session_id", "id"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    id: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200), default="")
    parent: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)


class EditRow(Base):
    """What a person wants done beside the questions; `state` is how far it came, so that a kill loses nothing."""

    __tablename__ = "edits"
    __table_args__ = (Index(None, "session_id", "status"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    branch: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]]
    person: Mapped[str | None] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(20), default="wanted")
    state: Mapped[dict[str, Any]]
    wanted_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]


class VersionRow(Base):
    """The state of the data after one step; `parent_id` leads back to the raw file."""

    __tablename__ = "versions"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class ResultRow(Base):
    """A named result of a branch, such as the reading or the head version; written once or replaced."""

    __tablename__ = "results"
    __table_args__ = (UniqueConstraint("session_id", "branch", "name"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    branch: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120))
    body: Mapped[dict[str, Any]]


class FindingRow(Base):
    """One finding; its row mask is an object named by `rows_object`."""

    __tablename__ = "findings"
    __table_args__ = (UniqueConstraint("session_id", "branch", "id"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    branch: Mapped[str] = mapped_column(String(32))
    id: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(20), default="open")
    answered_by: Mapped[str | None] = mapped_column(String(16))
    screening: Mapped[str] = mapped_column(String(8))
    tool: Mapped[str] = mapped_column(String(80))
    rows_object: Mapped[str | None] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]


class PlanRow(Base):
    """One revision of a branch's plan, with the assessment that led to it."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("session_id", "branch", "revision"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    branch: Mapped[str] = mapped_column(String(32))
    revision: Mapped[int]
    reason: Mapped[str]
    body: Mapped[dict[str, Any]]
    assessment: Mapped[dict[str, Any] | None]


class AttemptRow(Base):
    """One try at a step: keyed, so that a re-run after a crash finds what is done."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("session_id", "branch", "step", "attempt", "parent_version"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    branch: Mapped[str] = mapped_column(String(32))
    step: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int]
    parent_version: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]


class CheckpointRow(Base):
    """A typed pause: what was asked and, once answered, who answered what and when."""

    __tablename__ = "checkpoints"
    __table_args__ = (UniqueConstraint("session_id", "branch", "id"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    branch: Mapped[str] = mapped_column(String(32))
    id: Mapped[str] = mapped_column(String(80))
    asked: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any] | None]
    expert: Mapped[str | None] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    withdrawn: Mapped[str | None] = mapped_column(String(200))
    """Why it is not asked any more; empty while it is, or once it was answered."""


class EventRow(Base):
    """What happened, in order: the page and the terminal tail this."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "session_id", "key"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    branch: Mapped[str] = mapped_column(String(32), default="main", server_default="main")
    kind: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)


class RunRow(Base):
    """One job in the sandbox: what ran under which limits, how it ended, what it used (`body`)."""

    __tablename__ = "runs"

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    verb: Mapped[str] = mapped_column(String(20))
    tool: Mapped[str] = mapped_column(String(80))
    backend: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(40))
    limit: Mapped[str | None] = mapped_column(String(20))
    limits: Mapped[dict[str, Any] | None]
    exit: Mapped[str | None] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)
