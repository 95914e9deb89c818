"""Turns: how many at once, in what order, and what becomes of those who give up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from climbdc.sandbox import Cancellation
from climbdc.turns import Turns


def _asks(pool: ThreadPoolExecutor, turns: Turns, party: str, cancel: Cancellation | None = None) -> Future[bool]:
    """Ask in another thread; the wish is in the queue when this returns, or granted."""
    before = turns.waiting
    asked = pool.submit(turns.take, party, cancel)
    _until(lambda: asked.done() or turns.waiting > before)
    return asked


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_no_more_at_once_than_there_are_turns() -> None:
    turns, lock = Turns(2), threading.Lock()
    now, most = 0, 0

    def work(party: int) -> None:
        nonlocal now, most
        with turns.turn(party) as granted:
            assert granted
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.01)
            with lock:
                now -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, [number % 4 for number in range(24)]))
    assert (now, most) == (0, 2)
    assert turns.waiting == 0


def test_who_has_least_is_next_whoever_asked_first() -> None:
    turns, order = Turns(1), []
    assert turns.take("busy")
    with ThreadPoolExecutor(6) as pool:
        asked = [(party, _asks(pool, turns, party)) for party in ("busy", "quiet", "busy", "late")]
        turns.give_back("busy")
        for _ in range(4):
            _until(lambda: any(future.done() for _, future in asked))
            party, future = next(item for item in asked if item[1].done())
            asked.remove((party, future))
            order.append(party)
            turns.give_back(party)
    assert order == ["quiet", "late", "busy", "busy"]


def test_who_waits_is_told_how_many_go_before() -> None:
    turns = Turns(1)
    assert turns.take("first")
    assert turns.before("first") is None
    with ThreadPoolExecutor(2) as pool:
        _asks(pool, turns, "second")
        _asks(pool, turns, "third")
        assert sorted([turns.before("second") or 0, turns.before("third") or 0]) == [1, 1]
        assert turns.waiting == 2
        turns.give_back("first")
        _until(lambda: turns._holding["second"] + turns._holding["third"] == 1)
        turns.give_back("second" if turns._holding["second"] else "third")


@pytest.mark.parametrize("when", ["before", "while"])
def test_who_gives_up_waiting_has_no_turn_and_takes_none_away(when: str) -> None:
    turns, wish = Turns(1), Cancellation()
    assert turns.take("first")
    if when == "before":
        wish.cancel()
    with ThreadPoolExecutor(1) as pool:
        waiting = _asks(pool, turns, "second", wish)
        wish.cancel()
        assert waiting.result(5) is False
    assert turns.waiting == 0
    turns.give_back("first")
    with turns.turn("third") as granted:
        assert granted


def test_a_wish_spoken_before_leaves_the_turn_that_was_free() -> None:
    turns, wish = Turns(1), Cancellation()
    wish.cancel()
    assert turns.take("first", wish) is False
    assert turns.take("second", Cancellation())


def test_no_turns_at_all_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="one turn at least"):
        Turns(0)
