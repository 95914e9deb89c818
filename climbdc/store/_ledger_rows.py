"""The tables of the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from climbdc.store._models import Base, now

__all__ = ["LedgerBytesRow", "LedgerRow"]


class LedgerBytesRow(Base):
    """Bytes that left or came, named by their SHA-256; the same bytes are kept once."""

    __tablename__ = "ledger_bytes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes]


class LedgerRow(Base):
    """One request to a language model. It is stored before anything is sent, and completed when the answer is there."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("session_id", "number"), Index(None, "session_id", "request"))

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    number: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(80))
    model: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    request: Mapped[str] = mapped_column(ForeignKey("ledger_bytes.name"))
    reply: Mapped[str | None] = mapped_column(ForeignKey("ledger_bytes.name"))
    tokens_in: Mapped[int]
    tokens_out: Mapped[int]
    cost: Mapped[float] = mapped_column(Double)
    seconds: Mapped[float] = mapped_column(Double)
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)
