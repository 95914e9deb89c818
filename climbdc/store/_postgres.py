"""PostgreSQL: how it is reached, and locks that end with the connection that holds them."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from climbdc.errors import StoreError

__all__ = ["DatabaseLock", "connect_arguments", "exclusively", "lock_key", "lock_until_commit"]

# A machine that vanished is noticed within a minute on either end, and with it its locks; the usual is two hours.
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
_CONNECT_SECONDS = 10
_POLL_SECONDS = 0.1
_WAIT_SECONDS = 120.0


def connect_arguments(url: URL) -> dict[str, Any]:
    """What psycopg is told beside the URL; what the URL says itself stands."""
    server = " ".join(f"-c tcp_{name}={seconds}" for name, seconds in _ALIVE.items())
    arguments: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": f"climbdc process {os.getpid()} on {socket.gethostname()}"[:63],
        **_ALIVE,
        "options": f"{server} {url.query.get('options', '')}".strip(),
    }
    return {name: value for name, value in arguments.items() if name == "options" or name not in url.query}


def lock_key(kind: str, name: str) -> int:
    """The number by which PostgreSQL knows a lock.

    >>> lock_key("session", "0a1b2c3d") == lock_key("session", "0a1b2c3e")
    False
    """
    digest = hashlib.sha256(f"climbdc/{kind}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def lock_until_commit(connection: Connection, kind: str, name: str) -> None:
    """Let others who ask for the same lock wait until this transaction has ended."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(kind, name)})


def _taken(engine: Engine, key: int) -> Connection | None:
    """A connection of its own that holds a lock, or None where another holds it."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            connection.detach()
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


@contextmanager
def exclusively(engine: Engine, name: str) -> Iterator[None]:
    """Do something that one process at a time may do.

    It asks again and again instead of waiting inside the server: a statement that waits there would hold up
    `CREATE INDEX CONCURRENTLY` of the one that works, for ever.

    Raises:
        StoreError: Another process was at it for two minutes.
    """
    until = time.monotonic() + _WAIT_SECONDS
    while (connection := _taken(engine, lock_key("setup", name))) is None:
        if time.monotonic() > until:
            raise StoreError("Another process has been making the database's tables for two minutes.", code="database")
        time.sleep(_POLL_SECONDS)
    with connection:
        yield


class DatabaseLock:
    """An advisory lock, held by a connection of its own: it ends with that connection, however that ends.

    It holds between all machines that use the database. The connection is not one of the pool's.

    Args:
        engine: The database.
        session_id: What is locked.
    """

    def __init__(self, engine: Engine, session_id: str) -> None:
        self.engine = engine
        self.session_id = session_id
        self.key = lock_key("session", session_id)
        self._connection: Connection | None = None

    def __enter__(self) -> DatabaseLock:
        """Take the lock.

        Raises:
            StoreError: Another connection holds it.
        """
        self._connection = _taken(self.engine, self.key)
        if self._connection is None:
            raise StoreError(
                f"Session {self.session_id} is being worked on by {self._holder()}.",
                fix="Wait for it, or end that process first.",
                code="session-in-use",
            )
        return self

    def check(self) -> None:
        """See that the lock is still held: the server may have been restarted meanwhile.

        Raises:
            StoreError: The connection is gone, and the lock with it.
        """
        assert self._connection is not None
        try:
            self._connection.scalar(text("SELECT 1"))
        except DBAPIError as error:
            raise StoreError(
                "The connection to the database was lost while this session was worked on.",
                fix="Go on with it; nothing that was stored is lost.",
                code="session-lock-lost",
            ) from error

    def _holder(self) -> str:
        """Who holds it, as that process named itself."""
        query = text(
            "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory' "
            "AND classid::bigint = :high AND objid::bigint = :low AND objsubid = 1 AND granted"
        )
        halves = {"high": (self.key >> 32) & 0xFFFFFFFF, "low": self.key & 0xFFFFFFFF}
        with self.engine.connect() as connection:
            named = str(connection.scalar(query, halves) or "")
        return named.removeprefix("climbdc ") or "another process"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # The server notices the end of a connection a moment later; until then the lock would seem held.
            with suppress(SQLAlchemyError):
                connection.scalar(text("SELECT pg_advisory_unlock(:key)"), {"key": self.key})
            connection.close()
