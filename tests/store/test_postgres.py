"""PostgreSQL: what it does otherwise than SQLite, and what happens when it is away."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session as Db

from climbdc.errors import StoreError
from climbdc.store import SessionStore, Store, open_checkpointer, open_database, where
from climbdc.store._models import CheckpointRow, EventRow
from climbdc.store._postgres import DatabaseLock, lock_until_commit

from .conftest import PASSWORD, Server

HOLD = """
import sys
from pathlib import Path
from climbdc.store import Store
with Store(Path(sys.argv[1]), sys.argv[2]).lock(sys.argv[3]):
    print("held", flush=True)
    sys.stdin.read()
"""
BEGIN = """
import sys
from pathlib import Path
from climbdc.store import Store, open_checkpointer
sys.stdin.readline()
store = Store(Path(sys.argv[1]), sys.argv[2])
if store.engine.dialect.name == "postgresql":
    with open_checkpointer(store) as saver:
        assert list(saver.list({"configurable": {"thread_id": "none"}})) == []
print(store.create(sys.argv[3], {}).id)
store.close()
"""


@pytest.fixture
def kept(tmp_path: Path, database: str) -> Iterator[Store]:
    """An empty store in PostgreSQL."""
    opened = Store(tmp_path / "store", database)
    yield opened
    opened.close()


def child(program: str, *words: str) -> subprocess.Popen[str]:
    """A process of its own that waits for a line."""
    command = [sys.executable, "-c", program, *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_start_at_once_make_one_schema(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("database") if kind == "postgresql" else ""
    children = [child(BEGIN, str(tmp_path), url, f"{number}.csv") for number in range(3)]
    for one in children:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    ended = [one.communicate(timeout=60) for one in children]
    assert [one.returncode for one in children] == [0] * 3, "".join(said for _, said in ended)
    store = Store(tmp_path, url)
    assert {item["id"] for item in store.sessions()} == {out.strip() for out, _ in ended}
    store.close()


def test_langgraphs_tables_lie_apart(kept: Store) -> None:
    with open_checkpointer(kept), open_checkpointer(kept), kept.engine.connect() as connection:
        query = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'checkpoints' ORDER BY 1"
        assert connection.scalars(text(query)).all() == ["climbdc_graph", "public"]


def test_times_come_back_in_utc(kept: Store) -> None:
    """The server's zone is that of Kolkata."""
    session = kept.create("a.csv", {})
    session.say("read", {})
    (told,) = kept.sessions()
    at = datetime.fromisoformat(told["created_at"])
    assert told["created_at"].endswith("+00:00") and abs((datetime.now(UTC) - at).total_seconds()) < 60
    with kept.engine.connect() as connection:
        assert connection.scalar(text("SHOW timezone")) == "Asia/Kolkata"
        moment = connection.scalar(text("SELECT extract(epoch FROM now() - at) FROM events"))
    assert moment is not None and abs(moment) < 60


def test_json_comes_back_as_it_went_in(store: Store, session: SessionStore) -> None:
    """What JSON has no word for is null on either database; NUL and half a character do no harm in it."""
    body = {"z": 1, "a": [0.1, -1e-308, 2**60, True, None], "text": "é 北 \x00 \ud800 \u2028", "": {"'": '"\\'}}
    session.put("body", body)
    session.put("numbers", {"list": [math.nan, (math.inf, 1.0)], "x": -math.inf})
    again = session.need("body")
    assert again == body and list(again) == list(body)
    assert session.need("numbers") == {"list": [None, [None, 1.0]], "x": None}


def test_a_long_name_is_cut(store: Store) -> None:
    """PostgreSQL refuses what SQLite takes."""
    assert store.create("ä" * 255, {}).name == "ä" * 200


def test_nobody_who_reads_on_misses_an_event(kept: Store) -> None:
    """A key is given out before its event can be seen; the next writer of the session has to wait for that."""
    session = kept.create("a.csv", {})
    later = threading.Thread(target=session.say, args=("second", {}))
    with Db(kept.engine) as db, db.begin():
        lock_until_commit(db.connection(), "events", session.id)
        db.add(EventRow(session_id=session.id, kind="first", body={}))
        db.flush()
        later.start()
        kept.create("b.csv", {}).say("of another session", {})
        time.sleep(0.3)
        assert later.is_alive() and session.events() == []
    later.join(10)
    assert [event["kind"] for event in session.events()] == ["first", "second"]


def test_the_first_of_two_answers_at_once_stands(kept: Store) -> None:
    session = kept.create("a.csv", {})
    session.ask("goal", {"title": "What?"})
    second = threading.Thread(target=session.answer, args=("goal", {"choice": "late"}, "human"))
    with Db(kept.engine) as db, db.begin():
        row = db.query(CheckpointRow).with_for_update().one()
        row.answer = {"choice": "early"}
        db.flush()
        second.start()
        time.sleep(0.3)
        assert second.is_alive()
    second.join(10)
    stored = session.checkpoint("goal")
    assert stored is not None and stored["answer"] == {"choice": "early"}


def test_two_who_store_the_same_at_once_do_no_harm(store: Store, session: SessionStore) -> None:
    """As where a button is pressed twice."""
    together = threading.Barrier(2)

    def store_and_forget(number: int) -> list[BaseException]:
        failed: list[BaseException] = []
        for _ in range(10):
            together.wait(30)
            try:
                session.put("by-rule", {"from": number})
                session.drop_results("by-rule")
            except Exception as error:
                failed.append(error)
        return failed

    with ThreadPoolExecutor(2) as pool:
        assert [error for failed in pool.map(store_and_forget, (1, 2)) for error in failed] == []


def test_a_lock_names_its_holder_and_ends_with_it(kept: Store, database: str) -> None:
    session = kept.create("a.csv", {})
    with child(HOLD, str(kept.folder), database, session.id) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=f"by process {holder.pid} on ") as raised, kept.lock(session.id):
            pass
        assert raised.value.code == "session-in-use"
        with kept.lock(kept.create("b.csv", {}).id):
            pass
        holder.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while True:
        try:
            with kept.lock(session.id) as held:
                held.check()
            return
        except StoreError:
            assert time.monotonic() < until, "the lock outlived its process"
            time.sleep(0.05)


def test_a_lock_that_was_lost_is_noticed(postgres: Server, kept: Store) -> None:
    session = kept.create("a.csv", {})
    with kept.lock(session.id) as held:
        held.check()
        assert postgres.cut() > 0
        with pytest.raises(StoreError, match="was lost") as raised:
            held.check()
        assert raised.value.code == "session-lock-lost"
        assert session.status == "open", "the store itself connects anew"
        with kept.lock(session.id) as other:
            other.check()


def test_locks_take_no_connection_from_the_pool(kept: Store) -> None:
    held = [DatabaseLock(kept.engine, f"{number:08x}").__enter__() for number in range(24)]
    kept.create("a.csv", {})
    with pytest.raises(StoreError, match="is being worked on"), DatabaseLock(kept.engine, f"{3:08x}"):
        pass
    for one in held:
        one.__exit__(None, None, None)
    with DatabaseLock(kept.engine, f"{3:08x}") as free:
        free.check()


def test_the_checkpointer_outlives_a_restart_of_the_server(postgres: Server, kept: Store) -> None:
    with open_checkpointer(kept) as saver:
        assert list(saver.list(None)) == []
        assert postgres.cut() > 0
        assert list(saver.list(None)) == []


def test_a_server_that_is_not_there_is_told_without_the_password(postgres: Server, tmp_path: Path) -> None:
    for url in (postgres.url(port=1), postgres.url("no_such"), postgres.url(password="wr0ng"), postgres.url(port=0)):
        with pytest.raises(StoreError, match="cannot be opened") as raised:
            Store(tmp_path, url)
        said = str(raised.value)
        assert raised.value.code == "database" and "CLIMBDC_DATABASE_URL" in said and "\n" not in said
        assert PASSWORD not in said and "wr0ng" not in said


@pytest.mark.parametrize("url", ["mysql://me:s3cret@db/x", "no url s3cret", "postgresql+psycopg2://me:s3cret@db/x"])
def test_a_url_of_another_kind_is_told_without_the_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        Store(tmp_path, url)
    assert raised.value.code in {"database-url", "no-postgres"} and "s3cret" not in str(raised.value)


@pytest.mark.parametrize("name", ["postgres", "postgresql"])
def test_the_driver_need_not_be_named(postgres: Server, name: str) -> None:
    url = make_url(postgres.new_database())
    engine = open_database(url.set(drivername=name).render_as_string(hide_password=False))
    assert engine.url.drivername == "postgresql+psycopg"
    assert where(engine) == f"climbdc@127.0.0.1:{url.port}/{url.database} (PostgreSQL)"
    engine.dispose()


def test_what_the_url_says_itself_stands(postgres: Server) -> None:
    url = make_url(postgres.new_database())
    told = {"application_name": "theirs", "options": "-c statement_timeout=12345"}
    engine = open_database(url.update_query_dict(told).render_as_string(hide_password=False))
    with engine.connect() as connection:
        for name, value in (("application_name", "theirs"), ("statement_timeout", "12345ms")):
            assert connection.scalar(text(f"SHOW {name}")) == value
        assert connection.scalar(text("SHOW tcp_keepalives_idle")) == "30"
    engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version") as raised:
        Store(store.folder, store.engine.url.render_as_string(hide_password=False))
    assert raised.value.code == "database-newer" and PASSWORD not in str(raised.value)


def test_a_user_who_may_not_make_tables_is_told(postgres: Server, tmp_path: Path) -> None:
    database = str(make_url(postgres.new_database()).database)
    postgres.ask(f"CREATE ROLE guest_{database} LOGIN PASSWORD 'x'")
    with pytest.raises(StoreError, match="permission denied for schema public"):
        Store(tmp_path, postgres.url(database, username=f"guest_{database}", password="x"))
