"""The tables of people: accounts, logins, who may see which session, and tries that failed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from climbdc.store._models import Base, now

__all__ = ["AccountRow", "GrantRow", "LoginRow", "TryRow"]


class AccountRow(Base):
    """A person who may log in. Others refer to the id, so that a name that is used again inherits nothing."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    folded: Mapped[str] = mapped_column(String(64), unique=True)
    """The name in lower case: Anna and anna are one."""
    role: Mapped[str] = mapped_column(String(12))
    password: Mapped[str] = mapped_column(String(200))
    """An Argon2id hash with its salt and costs."""
    temporary: Mapped[bool]
    """Whether somebody else knows the password, so that it has to be changed at the next login."""
    disabled: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[float]
    """When the password was set, in seconds since 1970."""


class LoginRow(Base):
    """One browser that is logged in; `token` is the SHA-256 of what its cookie holds. Times in seconds since 1970."""

    __tablename__ = "logins"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[float]
    seen_at: Mapped[float]


class GrantRow(Base):
    """What a person may do with a session: own (once a session), edit or view."""

    __tablename__ = "grants"
    __table_args__ = (
        Index(
            "uq_grants_owner", "session_id", unique=True, sqlite_where=text("may = 'own'"),
            postgresql_where=text("may = 'own'"),
        ),
    )  # fmt: skip

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True, index=True)
    may: Mapped[str] = mapped_column(String(8))


class TryRow(Base):
    """Failed logins of one name, address or both; `key` is a SHA-256, so that a wrong name is not kept in clear."""

    __tablename__ = "tries"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[float]
