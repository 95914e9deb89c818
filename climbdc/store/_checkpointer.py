"""Where LangGraph keeps its cursor: a SQLite file beside the store's, or a schema of its own in PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, text

from climbdc.store._postgres import connect_arguments, exclusively

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from psycopg_pool import ConnectionPool

    from climbdc.store._store import Store

__all__ = ["Checkpointers", "open_checkpointer"]

SCHEMA = "climbdc_graph"
"""In PostgreSQL; LangGraph names a table as the store does."""

# A session that waits for a person holds none of these.
_MOST = 8
_IDLE_SECONDS = 60.0


@contextmanager
def open_checkpointer(store: Store) -> Iterator[BaseCheckpointSaver[str]]:
    """LangGraph's checkpointer on a store."""
    with store.checkpointers.open() as opened:
        yield opened


class Checkpointers:
    """The checkpointers of one store.

    Args:
        engine: The store's database.
        folder: Where the file lies if that is SQLite.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.path = folder / "graph.sqlite"
        self._lock = threading.Lock()
        self._pool: ConnectionPool[Any] | None = None

    @contextmanager
    def open(self) -> Iterator[BaseCheckpointSaver[str]]:
        """A checkpointer, usable until the end of the `with` block."""
        if self.engine.dialect.name == "postgresql":
            from langgraph.checkpoint.postgres import PostgresSaver

            yield PostgresSaver(self._connections())
            return
        from langgraph.checkpoint.sqlite import SqliteSaver

        with closing(_connect(self.path)) as connection:
            yield SqliteSaver(connection)

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _connections(self) -> ConnectionPool[Any]:
        """The pool; the first who asks makes the tables where there are none."""
        from langgraph.checkpoint.postgres import PostgresSaver

        with self._lock:
            if self._pool is None:
                pool = _pool(self.engine)
                try:
                    with exclusively(self.engine, "checkpointer"):
                        with self.engine.begin() as connection:
                            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                        PostgresSaver(pool).setup()
                except BaseException:
                    pool.close()
                    raise
                self._pool = pool
            return self._pool


def _pool(engine: Engine) -> ConnectionPool[Any]:
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    _, told = engine.dialect.create_connect_args(engine.url)
    arguments = {**told, **connect_arguments(engine.url)}
    arguments["options"] = f"{arguments.get('options', '')} -c search_path={SCHEMA}".strip()
    arguments |= {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    return ConnectionPool(
        kwargs=arguments, min_size=0, max_size=_MOST, max_idle=_IDLE_SECONDS, timeout=30, name="climbdc-graph",
        check=ConnectionPool.check_connection, open=True,
    )  # fmt: skip


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection
