"""Two gates of one session at the same moment: what they tell together is what one after the other would have told."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from climbdc.privacy._consent import Consent
from climbdc.privacy._history import History
from climbdc.privacy._names import Names

if TYPE_CHECKING:
    from tests.privacy.conftest import Opened, Room

ROWS, LEFT_OUT = 300, 3
SLOW = 0.1
"""Seconds between the look at what was told before and the telling: long enough for two to pass each other."""
TELL = """
import sys, time
from pathlib import Path
from climbdc.privacy import Gate
from climbdc.privacy._consent import Consent
from climbdc.privacy._history import History
from climbdc.registry import registry
from climbdc.sdk import Dictionary, Roles
from climbdc.store import Store
add = History._add
History._add = lambda self, *told: (time.sleep(0.1), add(self, *told))[1]
folder, url, session, rows = sys.argv[1:]
stored = Store(Path(folder), url).session(session)
reading = stored.need("reading")
frame = stored.objects.frame(reading["frame"]).iloc[: int(rows)]
gate = Gate(stored, registry())
print("ready", flush=True)
sys.stdin.readline()
print(gate.table(frame, Dictionary.from_json(reading["dictionary"]), Roles(), detail="full").text)
"""


@pytest.fixture
def room(opened: Opened) -> Room:
    rng = np.random.default_rng(5)
    return opened(pd.DataFrame({"age": rng.integers(20, 90, ROWS), "sex": ["f", "m"] * (ROWS // 2)}))


def lines(text: str) -> list[dict[str, Any]]:
    """The lines of JSON inside a block."""
    return [json.loads(line) for line in text.splitlines()[1:-1]]


def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass between the check and the release."""
    add = History._add

    def late(self: History, *told: Any) -> None:
        time.sleep(SLOW)
        add(self, *told)

    monkeypatch.setattr(History, "_add", late)


def one_was_first(told: list[str]) -> bool:
    """Whether one of two tellings, which differ in three rows, gave the other's numbers again."""
    old = ["as of an earlier version" in text.splitlines()[0] for text in told]
    same = lines(told[0])[0]["quantiles"] == lines(told[1])[0]["quantiles"]
    return sorted(old) == [False, True] and same


def test_two_threads_do_not_pass_each_other(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly(monkeypatch)
    start = Barrier(2)

    def tell(rows: int) -> str:
        gate = room.again()
        start.wait()
        return room.table(room.frame.iloc[:rows], gate=gate)

    with ThreadPoolExecutor(2) as pool:
        assert one_was_first(list(pool.map(tell, (ROWS, ROWS - LEFT_OUT))))


def test_two_processes_do_not_pass_each_other(room: Room) -> None:
    url = room.stored.engine.url.render_as_string(hide_password=False)
    words = [sys.executable, "-c", TELL, str(room.stored.objects.folder.parent), url, room.stored.id]
    both = [
        subprocess.Popen([*words, str(rows)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for rows in (ROWS, ROWS - LEFT_OUT)
    ]
    assert [process.stdout and process.stdout.readline() for process in both] == ["ready\n"] * 2
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert one_was_first([process.communicate(timeout=60)[0] for process in both])


def at_once(room: Room, do: Callable[[int], object], count: int) -> None:
    """The same from several threads, started together."""
    start = Barrier(count)

    def begin(number: int) -> None:
        start.wait()
        do(number)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(begin, range(count)))


def test_no_two_names_get_one_number(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = Names._numbers

    def slow(self: Names) -> dict[str, int]:
        given = numbers(self)
        time.sleep(SLOW / 4)
        return given

    monkeypatch.setattr(Names, "_numbers", slow)
    told: dict[int, str] = {}
    at_once(room, lambda number: told.update({number: room.again().shown(f"{{{number}}}")}), 4)
    assert len(set(told.values())) == 4 and all(text.startswith("column_") for text in told.values())


def test_what_is_taken_back_stays_so_while_another_is_shown(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.gate.consent("age")
    said = Consent._said

    def slow(self: Consent) -> list[list[str]]:
        told = said(self)
        time.sleep(SLOW)
        return told

    monkeypatch.setattr(Consent, "_said", slow)
    at_once(room, lambda number: room.again().revoke("age") if number else room.again().consent("sex"), 2)
    assert room.again().revealed == {"sex"}
