"""Sessions take turns: two work, the others are told for how many they wait, and who is asked leaves its turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from climbdc.agents import Checkpoint, Choice
from climbdc.agents.experts import Expert
from climbdc.copilot import Session
from climbdc.store import SessionStore
from climbdc.turns import Turns
from climbdc_ui import Desk
from climbdc_ui._view import view
from climbdc_ui._work import Work

QUESTION = Checkpoint(
    kind="finish", title="Finish?", options=(Choice(value="finish", label="Finish"),), default="finish"
)  # fmt: skip


class Play:
    """A session whose work is three events, each as long as the test wants; or a question."""

    def __init__(self, stored: SessionStore, *, asks: bool = False) -> None:
        self.id = stored.id
        self.stored = stored
        self.asks = asks
        self.begun = threading.Event()
        self.free = threading.Event()
        self.done = 0

    def run(self, expert: Expert, **_: Any) -> Iterator[int]:
        self.begun.set()
        if self.asks:
            expert.answer(QUESTION, "finish:1")
        for number in range(3):
            self.free.wait(10)
            self.done += 1
            yield number


def _work(play: Play, turns: Turns, folder: Path) -> Work:
    work = Work(cast("Session", play), folder, lambda *told: None, turns)
    work._leave = lambda: None  # type: ignore[method-assign]
    work.start()
    return work


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def _play(desk: Desk, name: str, *, asks: bool = False) -> Play:
    stored = desk.copilot.store.create(name, {"files": [name]})
    if asks:
        stored.ask("finish:1", QUESTION.model_dump(mode="json"))
    return Play(stored, asks=asks)


def test_two_work_and_the_third_waits_for_its_turn(desk: Desk, tmp_path: Path) -> None:
    turns, plays = Turns(2), [_play(desk, f"{n}.csv") for n in range(3)]
    works = [_work(play, turns, tmp_path) for play in plays[:2]]
    _until(lambda: all(play.begun.is_set() for play in plays[:2]))
    works.append(_work(plays[2], turns, tmp_path))
    _until(lambda: works[2].turn.behind == 2)
    assert not plays[2].begun.is_set()
    desk._works[plays[2].id] = works[2]
    assert view(desk, plays[2].id).waits_behind == 2
    plays[0].free.set()
    _until(plays[2].begun.is_set)
    assert plays[0].done < 3, "one event, then it is the next one's turn"
    for play in plays:
        play.free.set()
    _until(lambda: not any(work.alive for work in works))
    assert [play.done for play in plays] == [3, 3, 3]
    assert turns.before("anybody") is None and turns.waiting == 0


def test_a_session_that_is_asked_holds_up_nobody(desk: Desk, tmp_path: Path) -> None:
    turns, asks, next_one = Turns(1), _play(desk, "a.csv", asks=True), _play(desk, "b.csv")
    works = [_work(asks, turns, tmp_path)]
    _until(asks.begun.is_set)
    next_one.free.set()
    works.append(_work(next_one, turns, tmp_path))
    _until(lambda: next_one.done == 3)
    asks.free.set()
    asks.stored.answer("finish:1", {"choice": "finish"}, "human")
    assert works[0].expert.wake()
    _until(lambda: not any(work.alive for work in works))
    assert asks.done == 3


def test_one_that_waits_can_be_stopped(desk: Desk, tmp_path: Path) -> None:
    turns, busy, waiting = Turns(1), _play(desk, "a.csv"), _play(desk, "b.csv")
    first = _work(busy, turns, tmp_path)
    _until(busy.begun.is_set)
    second = _work(waiting, turns, tmp_path)
    _until(lambda: second.turn.behind == 1)
    second.stop(wait=10)
    assert not second.alive
    assert turns.waiting == 0
    busy.free.set()
    first.thread.join(10)
    assert (busy.done, waiting.done) == (3, 0)
