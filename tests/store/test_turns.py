"""Turns are taken one after the other, by threads and by processes, and end with who holds them."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from climbdc.store import SessionStore, Store, Turns

HOLD = """
import os, signal, sys
from pathlib import Path
from climbdc.store import Store
stored = Store(Path(sys.argv[1]), sys.argv[2]).session(sys.argv[3])
with stored.turns("gate").taken():
    print("held", flush=True)
    sys.stdin.readline()
    stored.put("done", {"by": "the other"})
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_count_is_lost(session: SessionStore) -> None:
    """More than the pool has connections, each with a look and a write within its turn."""

    def add(number: int) -> None:
        turns = SessionStore(session.engine, session.objects, session.id).turns("gate")
        with turns.taken(), turns.taken():
            session.put("count", {"so far": [*(session.get("count") or {"so far": []})["so far"], number]})

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(add, range(48)))
    assert sorted(session.need("count")["so far"]) == list(range(48))


def test_another_kind_and_another_session_do_not_wait(store: Store, session: SessionStore) -> None:
    with ThreadPoolExecutor(1) as pool, session.turns("gate").taken():
        for turns in (session.turns("other"), store.create("b.csv", {}).turns("gate")):
            assert pool.submit(took, turns).result(timeout=10)


def took(turns: Turns) -> bool:
    """Whether a turn could be taken."""
    with turns.taken():
        return True


def test_one_waits_for_another_process_until_it_ends_however_it_does(store: Store, session: SessionStore) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    words = [sys.executable, "-c", HOLD, str(store.folder), url, session.id]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None and holder.stdout is not None and holder.stdout.readline() == "held\n"
        taken = threading.Event()

        def wait() -> bool:
            with session.turns("gate").taken():
                taken.set()
                return session.get("done") is not None

        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(wait)
            assert not taken.wait(0.5)
            holder.stdin.write("\n")
            holder.stdin.flush()
            assert waiting.result(timeout=30)
