"""Stores on both databases: SQLite, and a real PostgreSQL server of this run's own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text

from climbdc.store import SessionStore, Store

PASSWORD = "p@ss/w:ord %s"
SECONDS = 30


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).resolve().parent if beside else None


def other_user() -> dict[str, Any]:
    """The server refuses to run as root: another user's ids for `subprocess`, or nothing where root is not at work."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise LookupError("there is no user to run the server as")


class Server:
    """A PostgreSQL server in a folder of its own, in a time zone that is not UTC and half an hour beside full hours.

    Args:
        programs: Folder of its programs.
        folder: An empty folder; the server's user must be able to go there.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.user = other_user()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make its files."""
        if self.user:
            os.chown(self.folder, self.user["user"], self.user["group"])
        secret = self.folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        secret.chmod(0o644)
        options = ["--username=climbdc", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        place: list[str | Path] = [f"--pwfile={secret}", "-D", self.folder / "data"]
        command = [self.programs / "initdb", *options, *place]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **self.user)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
            "fsync": "off", "timezone": "Asia/Kolkata", "lc_messages": "C",
        }  # fmt: skip
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with open(self.folder.with_suffix(".log"), "ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *words], stdout=log, stderr=log, cwd="/",
                **self.user,
            )  # fmt: skip
        until = time.monotonic() + SECONDS
        ready: list[str | Path] = [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready).returncode:
            assert self._process.poll() is None and time.monotonic() < until, self.log()
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once; connections are cut."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(SECONDS)

    def log(self) -> str:
        """The end of what it wrote."""
        return self.folder.with_suffix(".log").read_text("utf-8", errors="replace")[-2000:]

    def url(self, database: str = "postgres", **changed: Any) -> str:
        """The URL of a database, password and all."""
        url = URL.create("postgresql+psycopg", "climbdc", PASSWORD, "127.0.0.1", self.port, database)
        return url.set(**changed).render_as_string(hide_password=False)

    def ask(self, query: str, database: str = "postgres") -> list[Any]:
        """Rows of a query, or nothing; outside of any transaction."""
        engine = create_engine(self.url(database), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                result = connection.execute(text(query))
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    def new_database(self) -> str:
        """An empty database; its URL."""
        name = f"t{secrets.token_hex(6)}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def cut(self) -> int:
        """Cut all connections, as a restart does; how many there were."""
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'climbdc%'"
        return len(self.ask(query))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server; where none is installed the test is skipped, or fails in CI."""
    found = programs()
    if found is None:
        why = "no PostgreSQL server is installed (apt-get install postgresql)"
        if os.environ.get("CLIMBDC_REQUIRE_POSTGRES"):
            pytest.fail(f"CLIMBDC_REQUIRE_POSTGRES is set, and {why}", pytrace=False)
        pytest.skip(why)
    # In a folder that other users can go to, and with a path short enough for a socket.
    place = "/tmp" if os.path.isdir("/tmp") else None
    with tempfile.TemporaryDirectory(prefix="climbdc-postgres-", dir=place, ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / "server").mkdir()
        server = Server(found, Path(folder) / "server")
        server.make()
        server.start()
        yield server
        server.stop()


@pytest.fixture
def database(postgres: Server) -> str:
    """URL of an empty database in PostgreSQL."""
    return postgres.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, on each database in turn."""
    url = request.getfixturevalue("database") if request.param == "postgresql" else ""
    opened = Store(tmp_path / "store", url)
    yield opened
    opened.close()


@pytest.fixture
def session(store: Store) -> SessionStore:
    """A new session."""
    return store.create("table.csv", {"files": ["table.csv"]})
