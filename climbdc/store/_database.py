"""Opening the database: a SQLite file or PostgreSQL, migrated to the newest schema."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from climbdc.errors import StoreError
from climbdc.store._postgres import connect_arguments, lock_until_commit

__all__ = ["migrate", "open_database", "where"]

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite"}
_SHAPE = (
    "Write it as postgresql+psycopg://user@host:5432/database, with the password in CLIMBDC_DATABASE_PASSWORD_FILE."
)


def open_database(url: str) -> Engine:
    """An engine on the database of that URL, its schema up to date.

    Raises:
        StoreError: The URL cannot be used, the database does not answer, or it is of a newer version.
    """
    target = _target(url)
    engine = _postgres(target) if target.drivername.startswith("postgresql") else _sqlite(target)
    try:
        migrate(engine)
    except DBAPIError as error:
        engine.dispose()
        raise _unusable(target, error) from error
    except CommandError as error:
        engine.dispose()
        raise StoreError(
            f"The database {where(engine)} was made by a newer version of climbdc.",
            fix="Use that version, or a copy of the database from before.",
            code="database-newer",
        ) from error
    return engine


def where(engine: Engine) -> str:
    """The database of an engine in words, without the password.

    >>> where(create_engine("postgresql+psycopg://me:secret@db/climbdc"))
    'me@db/climbdc (PostgreSQL)'
    """
    url = engine.url
    if engine.dialect.name == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    return f"{url.username or ''}@{host}{port}/{url.database or ''} (PostgreSQL)"


def _target(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError as error:
        raise StoreError("The database's URL cannot be read.", fix=_SHAPE, code="database-url") from error
    kind, _, driver = target.drivername.partition("+")
    if kind not in _DRIVERS:
        raise StoreError(
            f"climbdc keeps its store in SQLite or PostgreSQL, not in {kind}.", fix=_SHAPE, code="database-url"
        )
    return target if driver else target.set(drivername=_DRIVERS[kind])


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, json_serializer=_json, hide_parameters=True)
    event.listen(engine, "connect", _pragmas)
    return engine


def _pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _postgres(url: URL) -> Engine:
    try:
        # Connections are looked at before they are used, and left before firewalls forget them.
        return create_engine(
            url, json_serializer=_json, connect_args=connect_arguments(url), pool_pre_ping=True, pool_recycle=900,
            pool_size=8, max_overflow=8, pool_timeout=30, hide_parameters=True,
        )  # fmt: skip
    except ModuleNotFoundError as error:
        raise StoreError(
            f"For PostgreSQL the package {error.name} is missing.",
            fix="Install it: pip install 'climbdc[postgres]'",
            code="no-postgres",
        ) from error


def _json(value: object) -> str:
    """JSON as both databases take it: what is not finite becomes null, for PostgreSQL refuses NaN."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value))


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _unusable(url: URL, error: DBAPIError) -> StoreError:
    """What a database said, in one line and without the password."""
    said = next((line for line in str(error.orig).splitlines() if line.strip()), type(error.orig).__name__)
    if url.password:
        said = said.replace(str(url.password), "***")
    if url.drivername == "sqlite":
        fix = "Make room, or choose another place with --data-dir or CLIMBDC_DATABASE_URL."
    else:
        fix = "See that the server runs and that CLIMBDC_DATABASE_URL and its password are right."
    return StoreError(f"The database cannot be opened: {said.rstrip('.')}.", fix=fix, code="database")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(engine: Engine) -> None:
    """Bring the schema up to date; does nothing where it is.

    Several processes may do so at once: one migrates and the others wait for it.
    """
    config = _config()
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
        if engine.dialect.name == "postgresql":
            lock_until_commit(connection, "setup", "migrate")
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
