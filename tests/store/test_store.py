"""The store: its schema, what goes in comes out, and one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from climbdc.data import read
from climbdc.errors import StoreError
from climbdc.store import SessionStore, Store, open_database
from climbdc.store._database import _config
from climbdc.store._lock import SessionLock
from climbdc.store._models import Base


def finding(kind: str = "gaps") -> dict[str, object]:
    """A finding's body."""
    return {"challenge": "completeness/missing-values", "kind": kind, "columns": ["a"], "rows": 2}


def test_the_migrations_make_what_the_models_say(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_opening_again_changes_nothing(store: Store, session: SessionStore) -> None:
    session.put("goal", {"target": "died"})
    open_database(store.engine.url.render_as_string(hide_password=False)).dispose()
    assert store.session(session.id).need("goal") == {"target": "died"}


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(StoreError, match="cannot be written") as raised:
        Store(tmp_path / "file" / "store")
    assert raised.value.code == "data-dir" and "CLIMBDC_DATA_DIR" in raised.value.fix


@pytest.mark.skipif(os.geteuid() != 0, reason="only root finds a folder that not even root can write to")
def test_a_folder_of_the_kernel_is_a_store_error() -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        Store(Path("/proc/climbdc"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_permission_is_a_store_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be written"):
        Store(tmp_path / "store")


def test_sessions_are_found_by_the_start_of_their_id(store: Store) -> None:
    one, other = store.create("a.csv", {}), store.create("b.csv", {})
    assert store.session(one.id).name == "a.csv"
    assert [item["name"] for item in store.sessions()] == ["b.csv", "a.csv"]
    with pytest.raises(StoreError, match="2 sessions have"):
        store.session("")
    with pytest.raises(StoreError, match="No session has"):
        store.session(f"{other.id}x")
    with pytest.raises(StoreError, match="No session has"):
        store.session("%")


def test_named_results_are_replaced_and_forgotten(session: SessionStore) -> None:
    session.put("trials/done", {"n": 1})
    session.put("trials/done", {"n": 2})
    session.put("test", {"n": 3})
    assert session.need("trials/done") == {"n": 2}
    session.drop_results("trials/")
    assert session.get("trials/done") is None and session.get("test") == {"n": 3}
    with pytest.raises(StoreError, match="no 'trials/done' yet"):
        session.need("trials/done")


def test_results_of_one_session_are_not_those_of_another(store: Store, session: SessionStore) -> None:
    session.put("goal", {"target": "died"})
    assert store.create("other.csv", {}).get("goal") is None


def test_a_version_is_stored_once_and_leads_back_to_its_root(session: SessionStore) -> None:
    session.put_version("v0", None, {"n": 0})
    session.put_version("v1", "v0", {"n": 1})
    session.put_version("v1", "v0", {"n": 99})
    session.put_version("v2", "v1", {"n": 2})
    assert [(name, body["n"]) for name, body in session.lineage("v2")] == [("v0", 0), ("v1", 1), ("v2", 2)]
    assert session.lineage(None) == []


def test_findings_keep_their_rows_and_open_again_when_found_again(session: SessionStore) -> None:
    rows = np.array([5, 7], dtype="int64")
    first, second = session.add_findings([(finding(), rows), (finding("other"), None)], tool="look", screening="first")
    assert [first["id"], second["id"]] == ["F001", "F002"]
    assert session.add_findings([(finding("third"), None)], tool="look", screening="first")[0]["id"] == "F003"
    kept = session.finding_rows("F001")
    assert kept is not None and kept.tolist() == [5, 7]
    assert session.finding_rows("F002") is None
    session.set_finding("F001", "answered", "S01")
    session.refresh_finding("F001", {**finding(), "rows": 1}, rows[:1])
    again = session.findings()[0]
    assert (again["status"], again["answered_by"], again["rows"]) == ("open", None, 1)


def test_a_finding_left_alone_stays_so(session: SessionStore) -> None:
    session.add_findings([(finding(), None)], tool="look", screening="first")
    session.set_finding("F001", "left", None)
    session.refresh_finding("F001", finding(), None)
    assert session.findings()[0]["status"] == "left"


def test_every_revision_of_the_plan_is_kept(session: SessionStore) -> None:
    assert session.newest_plan() is None
    assert [session.put_plan({"steps": [n]}, f"r{n}") for n in range(3)] == [1, 2, 3]
    assert session.newest_plan() == {"steps": [2]}
    assert [(p["revision"], p["reason"], p["plan"]["steps"]) for p in session.plans()] == [
        (1, "r0", [0]), (2, "r1", [1]), (3, "r2", [2]),
    ]  # fmt: skip


def test_an_attempt_is_found_by_step_number_and_parent(session: SessionStore) -> None:
    session.put_attempt("S01", 1, "v0", {"n": 1})
    assert session.attempt("S01", 1, "v0") == {"n": 1}
    assert session.attempt("S01", 2, "v0") is None and session.attempt("S01", 1, "v1") is None


def test_the_first_answer_stands(session: SessionStore) -> None:
    session.ask("goal", {"title": "What?"})
    session.ask("goal", {"title": "What else?"})
    waiting = session.pending()
    assert waiting is not None and waiting["asked"] == {"title": "What?"}
    assert session.decisions() == []
    session.answer("goal", {"choice": "accept"}, "human")
    session.answer("goal", {"choice": "none"}, "auto")
    stored = session.checkpoint("goal")
    assert stored is not None and (stored["answer"], stored["expert"]) == ({"choice": "accept"}, "human")
    assert stored["answered_at"] >= stored["asked_at"] and session.pending() is None
    with pytest.raises(StoreError, match="was asked"):
        session.answer("plan:1", {"choice": "approve"}, "human")


def test_events_come_in_order_and_after_a_key(store: Store, session: SessionStore) -> None:
    for number in range(3):
        session.say("found", {"n": number})
    events = session.events()
    assert [event["n"] for event in events] == [0, 1, 2] == sorted(event["n"] for event in events)
    assert [event["n"] for event in session.events(events[0]["key"])] == [1, 2]
    assert store.event_count(session.id) == 3


def test_jobs_are_recorded(store: Store, session: SessionStore) -> None:
    assert session.backend() == ""
    told = {"start": 0.1, "limit": "time", "limits": {"wall_seconds": 900.0}, "exit": "SIGKILL", "code": "a" * 64}
    session.add_run("look", "missing_values", "landlock", "limit-hit", {**told, "wall": 0.5})
    session.add_run("fit", "impute", "none", "ok", {})
    first, second = session.runs()
    assert datetime.fromisoformat(first.pop("at")) and second.pop("at")
    named = {"verb": "look", "tool": "missing_values", "backend": "landlock", "outcome": "limit-hit"}
    assert first == {**named, **told, "wall": 0.5}
    assert second == {"verb": "fit", "tool": "impute", "backend": "none", "outcome": "ok"}
    assert session.backend() == "none" and store.runs(session.id) == session.runs()
    assert store.create("other.csv", {}).runs() == []


def test_runs_of_the_first_schema_are_kept(tmp_path: Path) -> None:
    """A store of an earlier version is brought up to date with what is in it, and back."""
    engine = create_engine(f"sqlite:///{tmp_path / 'climbdc.sqlite'}")
    at, config = "2026-01-02 03:04:05.000000", _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        told = {"id": "abcd", "at": at}
        connection.execute(text("INSERT INTO sessions VALUES (:id, 'a.csv', 'open', 'main', '{}', :at, :at)"), told)
        for outcome, body in (("Ok", '{"start": 1.5, "wall": 2.5}'), ("LimitHit", "{}")):
            row = {**told, "outcome": outcome, "body": body}
            connection.execute(
                text(
                    "INSERT INTO runs (session_id, verb, tool, backend, outcome, body, at) "
                    "VALUES (:id, 'look', 'missing_values', 'landlock', :outcome, :body, :at)"
                ),
                row,
            )
    engine.dispose()
    opened = Store(tmp_path)
    named = {"at": "2026-01-02T03:04:05+00:00", "verb": "look", "tool": "missing_values", "backend": "landlock"}
    assert opened.runs("abcd") == [
        {**named, "outcome": "ok", "start": 1.5, "wall": 2.5}, {**named, "outcome": "limit-hit"},
    ]  # fmt: skip
    with opened.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        kept = connection.execute(text("SELECT outcome, body FROM runs ORDER BY key")).all()
    assert [outcome for outcome, _ in kept] == ["Ok", "LimitHit"] and "2.5" in kept[0][1]
    opened.close()


def test_objects_are_named_by_their_content(store: Store, heart: Path) -> None:
    frame = read([heart]).frame
    name = store.objects.put_frame(frame)
    assert store.objects.put_frame(frame.copy()) == name
    assert store.objects.put_frame(frame.iloc[:-1]) != name
    pd.testing.assert_frame_equal(store.objects.frame(name), frame)
    assert sorted(path.suffix for path in store.objects.folder.iterdir()) == [".arrow", ".arrow"]
    with pytest.raises(StoreError, match="is gone"):
        store.objects.path("0" * 64)


def test_a_living_process_keeps_its_lock(store: Store, session: SessionStore) -> None:
    with store.lock(session.id) as held:
        with pytest.raises(StoreError, match=f"by process {os.getpid()}") as raised, store.lock(session.id):
            pass
        held.check()
        assert raised.value.code == "session-in-use"
    with store.lock(session.id):
        pass


def test_a_lock_of_another_living_process_is_respected(store: Store, session: SessionStore) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        lock = SessionLock(store.folder / "locks" / f"{session.id}.lock", session.id)
        lock.path.parent.mkdir(parents=True)
        lock.path.write_text(f"{child.pid} {psutil.Process(child.pid).create_time()}", "ascii")
        with pytest.raises(StoreError, match=f"by process {child.pid}"), lock:
            pass
        child.communicate(b"\n")
    with lock:
        assert lock.path.read_text("ascii").startswith(f"{os.getpid()} ")


@pytest.mark.parametrize(
    "left",
    [f"{os.getpid()} 1.0", "999999999 1.0", "", "junk"],
    ids=["of-an-earlier-process", "of-nobody", "empty", "junk"],
)
def test_a_lock_left_behind_is_taken_over(store: Store, session: SessionStore, left: str) -> None:
    """The same process id with another start is another process."""
    lock = SessionLock(store.folder / "locks" / f"{session.id}.lock", session.id)
    lock.path.parent.mkdir(parents=True)
    lock.path.write_text(left, "ascii")
    with lock:
        assert lock.path.read_text("ascii").startswith(f"{os.getpid()} ")
    assert not lock.path.exists()
