"""Taking turns: what several threads and processes may each do, one after the other."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from climbdc.store._postgres import lock_until_commit

__all__ = ["Turns"]


class Turns:
    """A lock that is waited for; under PostgreSQL one of all machines, else one of this machine.

    It ends with the process that holds it, however that ends. Who holds it may take it again.

    Args:
        engine: The database.
        folder: Where lock files lie; for SQLite.
        kind: What is locked, such as `gate`.
        name: Which of these, such as a session's id.
    """

    def __init__(self, engine: Engine, folder: Path, kind: str, name: str) -> None:
        self._engine = engine
        self._path = folder / f"{name}.{kind}"
        self._kind, self._name = kind, name
        self._mine = threading.RLock()
        self._depth = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn and keep it until the end of the `with` block."""
        with self._mine:
            if self._depth:
                yield
                return
            with self._held():
                self._depth = 1
                try:
                    yield
                finally:
                    self._depth = 0

    @contextmanager
    def _held(self) -> Iterator[None]:
        if self._engine.dialect.name == "postgresql":
            # A connection of its own: whoever waits would otherwise keep one from who is at work.
            connection = self._engine.connect()
            connection.detach()
            with connection, connection.begin():
                lock_until_commit(connection, self._kind, self._name)
                yield
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)
