"""The ledger: what was sent and what came, byte for byte, whatever happens in between."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from climbdc.errors import StoreError
from climbdc.store import Ledger, LedgerTotal, SessionStore, Store
from climbdc.store._database import _config

ODD = b'{"a": "\xc3\xa9 \x00 \xff\r\n\xf0\x9f\x98\x80"}'
DIE = """
import os, signal, sys
from pathlib import Path
from climbdc.store import Ledger, Store
store = Store(Path(sys.argv[1]), sys.argv[2])
ledger = Ledger(store.session(sys.argv[3]))
ledger.add("assess", "small", b"first", b"done", tokens_in=3, tokens_out=4)
ledger.begin("assess", "small", b"second", tokens_in=7, facts={"seed": 5})
os.kill(os.getpid(), signal.SIGKILL)
"""


def name(content: bytes) -> str:
    """What a hash of it is."""
    return hashlib.sha256(content).hexdigest()


def test_bytes_come_back_as_they_went(session: SessionStore) -> None:
    ledger = Ledger(session)
    number = ledger.begin("assess", "small", ODD, tokens_in=9, facts={"seed": 5, "server": "127.0.0.1"})
    assert (number, ledger.entry(1).status, ledger.reply(1), ledger.entry(1).tokens_in) == (1, "sent", b"", 9)
    ledger.finish(1, "ok", ODD[::-1], tokens_in=10, tokens_out=2, cost=0.5, seconds=1.25, facts={"finish": "stop"})
    (entry,) = ledger.entries()
    assert ledger.request(1) == ODD and ledger.reply(1) == ODD[::-1]
    assert (entry.request_hash, entry.reply_hash) == (name(ODD), name(ODD[::-1]))
    assert datetime.fromisoformat(entry.at).utcoffset() is not None
    assert entry.facts == {"seed": 5, "server": "127.0.0.1", "estimated": True, "finish": "stop"}
    assert (entry.purpose, entry.model, entry.status, entry.seconds) == ("assess", "small", "ok", 1.25)


def test_totals_are_of_one_session_and_all_its_branches(store: Store, session: SessionStore) -> None:
    ledger = Ledger(session)
    assert ledger.total() == LedgerTotal() and ledger.entries() == []
    ledger.add("assess", "b", b"1", b"2", tokens_in=10, tokens_out=3, cost=0.25, seconds=2, facts={"estimated": False})
    Ledger(session.on("other")).add("talk", "a", b"1", b"", "cut", tokens_in=5, tokens_out=0, cost=0.5, seconds=1)
    Ledger(store.create("b.csv", {})).add("talk", "c", b"1", b"2", tokens_in=1)
    assert ledger.total() == LedgerTotal(2, 15, 3, 0.75, 3.0, failed=1, estimated=1, models=("a", "b"))
    assert ledger.total().tokens == 18 and [entry.number for entry in ledger.entries()] == [1, 2]


def test_only_a_good_answer_to_the_same_bytes_counts(store: Store, session: SessionStore) -> None:
    ledger = Ledger(session)
    ledger.add("assess", "small", b"ask", b"no", "bad-answer")
    ledger.begin("assess", "small", b"ask")
    Ledger(store.create("b.csv", {})).add("assess", "small", b"ask", b"of another session")
    assert ledger.answered(name(b"ask")) is None
    ledger.add("assess", "small", b"ask", b"yes")
    ledger.add("assess", "small", b"ask", b"later")
    assert ledger.answered(name(b"ask")) == b"yes" and ledger.answered(name(b"ask ")) is None


def test_an_entry_is_completed_once(session: SessionStore) -> None:
    ledger = Ledger(session)
    ledger.add("assess", "small", b"ask", b"yes")
    for number in (1, 2):
        with pytest.raises(StoreError, match="is not open"):
            ledger.finish(number, "ok", b"other", tokens_in=0, tokens_out=0)
    with pytest.raises(StoreError, match="has no entry 7"):
        ledger.reply(7)
    assert ledger.reply(1) == b"yes"


def test_who_write_at_once_get_numbers_of_their_own(session: SessionStore) -> None:
    ledger = Ledger(session)
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda n: ledger.add("talk", "small", b"same", str(n).encode()), range(20)))
    assert sorted(numbers) == list(range(1, 21)) == [entry.number for entry in ledger.entries()]


def test_what_was_about_to_be_sent_outlives_a_kill(store: Store, session: SessionStore) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    words = [sys.executable, "-c", DIE, str(store.folder), url, session.id]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    ledger = Ledger(session)
    first, second = ledger.entries()
    assert (first.status, second.status, second.reply_hash) == ("ok", "sent", "")
    assert ledger.request(2) == b"second" and ledger.total().tokens == 14 and second.facts["seed"] == 5


def test_a_store_from_before_the_ledger_is_brought_up_to_date(tmp_path: Path) -> None:
    old = Store(tmp_path)
    kept = old.create("a.csv", {})
    config = _config()
    with old.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
        assert connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name LIKE 'ledger%'")) == 0
    old.close()
    opened = Store(tmp_path)
    Ledger(opened.session(kept.id)).add("assess", "small", b"ask", b"yes")
    assert Ledger(opened.session(kept.id)).total().calls == 1
    opened.close()
