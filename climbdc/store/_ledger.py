"""The ledger: every byte that went to a language model and every byte that came back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as Db

from climbdc.errors import StoreError
from climbdc.store._ledger_rows import LedgerBytesRow, LedgerRow
from climbdc.store._postgres import lock_until_commit

if TYPE_CHECKING:
    from climbdc.store._session import SessionStore

__all__ = ["SENT", "Ledger", "LedgerEntry", "LedgerTotal"]

SENT = "sent"
"""Status of an entry without an answer: it is under way, or the program was ended meanwhile."""


@dataclass(frozen=True)
class LedgerEntry:
    """One request and what came of it, without the bytes.

    Args:
        number: 1 for the first of the session.
        at: When it was sent, ISO 8601 in UTC.
        purpose: What for, such as `assess`.
        model: Its name, as asked for.
        status: `ok`, `sent` (no answer was recorded) or the code of a `ModelError`.
        request_hash: SHA-256 of the bytes sent, in hexadecimal digits.
        reply_hash: The same of the bytes that came; empty where none did.
        tokens_in: Tokens sent.
        tokens_out: Tokens received.
        cost: At the prices set, in their currency.
        seconds: From sending to the last byte.
        facts: What else is known: server, mode, temperature, seed, prompt, attempt, http, finish, estimated, why.
    """

    number: int
    at: str
    purpose: str
    model: str
    status: str
    request_hash: str
    reply_hash: str
    tokens_in: int
    tokens_out: int
    cost: float
    seconds: float
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LedgerTotal:
    """What a session asked of language models, in sum. Tokens are partly estimated where `estimated` is not 0."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    failed: int = 0
    """Calls without a usable answer."""
    estimated: int = 0
    """Calls for which the server did not count the tokens."""
    models: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """Sent and received."""
        return self.tokens_in + self.tokens_out


class Ledger:
    """What one session sent to language models and was answered, in order; nothing is ever taken away.

    Headers are not part of it, and so no key of a server is. All branches of a session share one ledger.
    """

    def __init__(self, stored: SessionStore) -> None:
        self.session_id = stored.id
        self._engine = stored.engine

    def begin(
        self, purpose: str, model: str, request: bytes, *, tokens_in: int = 0, cost: float = 0.0,
        facts: Mapping[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Record what is about to be sent; it stays even if the program is killed the moment after.

        Returns:
            The entry's number.
        """
        with Db(self._engine) as db, db.begin():
            name = self._keep(db, request)
            if self._engine.dialect.name == "postgresql":
                lock_until_commit(db.connection(), "ledger", self.session_id)
            newest = db.scalar(select(func.max(LedgerRow.number)).where(LedgerRow.session_id == self.session_id)) or 0
            row = LedgerRow(
                session_id=self.session_id, number=newest + 1, purpose=purpose[:80], model=model[:200], status=SENT,
                request=name, tokens_in=tokens_in, tokens_out=0, cost=cost, seconds=0.0,
                body={**(facts or {}), "estimated": True},
            )  # fmt: skip
            db.add(row)
        return newest + 1

    def finish(
        self, number: int, status: str, reply: bytes, *, tokens_in: int, tokens_out: int, cost: float = 0.0,
        seconds: float = 0.0, facts: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Complete an entry.

        Raises:
            StoreError: There is none of that number, or it was completed before.
        """
        with Db(self._engine) as db, db.begin():
            name = self._keep(db, reply)
            entry = (LedgerRow.session_id == self.session_id, LedgerRow.number == number, LedgerRow.status == SENT)
            body = db.scalar(select(LedgerRow.body).where(*entry))
            if body is None:
                raise StoreError(f"Entry {number} of the ledger is not open.", code="ledger")
            db.execute(
                update(LedgerRow).where(*entry).values(
                    status=status[:20], reply=name, tokens_in=tokens_in, tokens_out=tokens_out, cost=cost,
                    seconds=seconds, body={**body, **(facts or {})},
                )
            )  # fmt: skip

    def add(
        self, purpose: str, model: str, request: bytes, reply: bytes, status: str = "ok", *, tokens_in: int = 0,
        tokens_out: int = 0, cost: float = 0.0, seconds: float = 0.0, facts: Mapping[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Record a request together with its answer; the entry's number."""
        number = self.begin(purpose, model, request, facts=facts)
        self.finish(
            number, status, reply, tokens_in=tokens_in, tokens_out=tokens_out, cost=cost, seconds=seconds, facts=facts
        )
        return number

    def entries(self) -> list[LedgerEntry]:
        """All entries, the first first."""
        with Db(self._engine) as db:
            return [_entry(row) for row in db.scalars(self._mine().order_by(LedgerRow.number))]

    def entry(self, number: int) -> LedgerEntry:
        """One entry.

        Raises:
            StoreError: There is none of that number.
        """
        with Db(self._engine) as db:
            row = db.scalar(self._mine().where(LedgerRow.number == number))
        if row is None:
            raise StoreError(f"The ledger of session {self.session_id} has no entry {number}.", code="ledger")
        return _entry(row)

    def request(self, number: int) -> bytes:
        """The bytes that were sent."""
        return self._bytes(self.entry(number).request_hash)

    def reply(self, number: int) -> bytes:
        """The bytes that came; none where no answer was recorded."""
        return self._bytes(self.entry(number).reply_hash)

    def answered(self, request_hash: str) -> bytes | None:
        """The answer to these very bytes, if there is a good one from before.

        Args:
            request_hash: SHA-256 of the request, in hexadecimal digits.
        """
        query = self._mine().where(LedgerRow.request == request_hash, LedgerRow.status == "ok")
        with Db(self._engine) as db:
            row = db.scalar(query.order_by(LedgerRow.number).limit(1))
        return None if row is None or row.reply is None else self._bytes(row.reply)

    def total(self) -> LedgerTotal:
        """The sum over all entries."""
        entries = self.entries()
        return LedgerTotal(
            calls=len(entries),
            tokens_in=sum(entry.tokens_in for entry in entries),
            tokens_out=sum(entry.tokens_out for entry in entries),
            cost=sum(entry.cost for entry in entries),
            seconds=sum(entry.seconds for entry in entries),
            failed=sum(entry.status != "ok" for entry in entries),
            estimated=sum(bool(entry.facts.get("estimated")) for entry in entries),
            models=tuple(sorted({entry.model for entry in entries})),
        )

    def _mine(self) -> Select[LedgerRow]:
        return select(LedgerRow).where(LedgerRow.session_id == self.session_id)

    def _keep(self, db: Db, content: bytes) -> str:
        """Store bytes under their hash, where they are not there yet."""
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        name = hashlib.sha256(content).hexdigest()
        db.execute(insert(LedgerBytesRow).values(name=name, content=content).on_conflict_do_nothing())
        return name

    def _bytes(self, name: str) -> bytes:
        if not name:
            return b""
        with Db(self._engine) as db:
            return bytes(db.get_one(LedgerBytesRow, name).content)


def _entry(row: LedgerRow) -> LedgerEntry:
    return LedgerEntry(
        number=row.number, at=row.at.isoformat(timespec="milliseconds"), purpose=row.purpose, model=row.model,
        status=row.status, request_hash=row.request, reply_hash=row.reply or "", tokens_in=row.tokens_in,
        tokens_out=row.tokens_out, cost=row.cost, seconds=row.seconds, facts=dict(row.body),
    )  # fmt: skip
