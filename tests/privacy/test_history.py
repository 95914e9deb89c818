"""Differencing: what several releases tell together."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from climbdc.data import canonical
from climbdc.privacy._history import MOST_RELEASES, History, Rows, fingerprint, ones
from climbdc.store import Store

K = 10


@pytest.fixture
def history(privacy_store: Store) -> History:
    return History(privacy_store.create("history", {}), K)


def tell(history: History, rows: set[int] | range, name: str = "x") -> bool:
    """Release a set of rows; whether it was told as it is."""
    some = np.asarray(sorted(rows), dtype="int64")
    return not history.settle(name, some, ones(some), {}, {"n": len(some)})[1]


@pytest.mark.parametrize(("dropped", "fresh"), [(0, True), (1, False), (9, False), (10, True), (50, True)])
def test_a_release_that_differs_in_few_rows_is_the_earlier_one(history: History, dropped: int, fresh: bool) -> None:
    assert tell(history, range(100))
    assert tell(history, range(100 - dropped)) == fresh


def test_what_was_told_once_is_told_again_after_going_back(history: History) -> None:
    assert tell(history, range(100)) and tell(history, range(80)) and tell(history, range(100))


def test_differences_of_differences_are_seen(history: History) -> None:
    """Each release differs from each other in 10 rows and more, and together they would tell of row 20."""
    every = set(range(100))
    assert tell(history, every)
    assert tell(history, every - set(range(10)))
    assert tell(history, every - set(range(10, 20)))
    assert not tell(history, every - set(range(21)))
    assert tell(history, every - set(range(20)) - set(range(30, 45)))


def test_changed_values_count_as_changed_rows(history: History) -> None:
    rows = np.arange(100)
    first = fingerprint(pd.Series(np.arange(100.0)))
    few = fingerprint(pd.Series([*np.arange(97.0), np.nan, 1.0, 2.0]))
    many = fingerprint(pd.Series([*np.arange(80.0), *np.zeros(20)]))
    assert not history.settle("c", rows, first, {}, {"p50": 1})[1]
    assert history.settle("c", rows, few, {}, {"p50": 2}) == ({"p50": 1}, True)
    assert not history.settle("c", rows, many, {}, {"p50": 3})[1]


def test_a_cell_is_compared_with_itself(history: History) -> None:
    """Twelve rows change, ten of one level and two of another: the other's difference would be two rows."""
    rows = np.arange(100)
    cells = {"a": rows[:50], "b": rows[50:]}
    history.settle("c", rows, ones(rows), cells, {"v": 1})
    left = np.concatenate([rows[10:50], rows[52:]])
    after = {"a": rows[10:50], "b": rows[52:]}
    assert history.settle("c", left, ones(left), after, {"v": 2}, counted=False) == ({"v": 1}, True)


def test_the_memory_outlives_the_process_and_the_branch(history: History) -> None:
    tell(history, range(100))
    other = History(history.stored.on("main"), K)
    assert not tell(other, range(95))


def test_what_another_gate_released_meanwhile_counts(history: History) -> None:
    """A conversation has a gate of its own beside that of the work: 83 rows beside its 80 would tell of 3."""
    other = History(history.stored.on("main"), K)
    assert tell(history, range(100)) and tell(other, range(80))
    history.look_again()
    assert not tell(history, range(83))
    assert tell(history, range(60))
    other.look_again()
    assert not tell(other, range(63))


def test_a_release_of_another_gate_at_the_same_moment_is_not_lost(history: History) -> None:
    other = History(history.stored.on("main"), K)
    assert tell(history, range(100)) and tell(other, range(80)) and tell(history, range(60))
    assert len(history.releases("x")) == 3 and not tell(history, range(83))


def test_after_many_releases_there_are_no_more(history: History) -> None:
    sets = [set(range(2000)) - set(range(number * 50, number * 50 + 50)) for number in range(MOST_RELEASES + 3)]
    assert [tell(history, rows) for rows in sets] == [True] * MOST_RELEASES + [False] * 3


def test_rows_of_one_person_are_one(privacy_store: Store) -> None:
    def people(rows: Rows) -> Rows:
        return np.unique(rows // 5)

    history = History(privacy_store.create("visits", {}), K, people)
    assert tell(history, range(200))
    assert not tell(history, range(155)), "45 rows, 9 persons"
    assert tell(history, range(150))


def test_a_number_and_its_text_are_one_value() -> None:
    frame = canonical(pd.DataFrame({"a": [1, 2, 3], "b": ["1", "2.0", "x"], "c": [1.0, 2.0, None]}))
    a, b, c = (fingerprint(frame[name]) for name in frame)
    assert list(a[:2]) == list(b[:2]) == list(c[:2]) and a[2] != b[2] != c[2]


ENDS = [0, 40, 52, 64, 75, 85, 92, 95, 105, 117]
BLOCKS = [frozenset(range(first, last)) for first, last in itertools.pairwise(ENDS)]
Subsets = st.lists(
    st.frozensets(st.sampled_from(BLOCKS[1:]), min_size=2).map(lambda some: frozenset().union(BLOCKS[0], *some)),
    min_size=2, max_size=7,
)  # fmt: skip


def isolated(told: list[frozenset[int]]) -> int:
    """The smallest part that the told sets cut the rows into."""
    parts: dict[tuple[bool, ...], int] = {}
    for row in set().union(*told):
        pattern = tuple(row in rows for rows in told)
        parts[pattern] = parts.get(pattern, 0) + 1
    return min(parts.values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(Subsets)
def test_no_sums_of_releases_isolate_few_rows(fresh_history: Callable[[], History], sets: list[frozenset[int]]) -> None:
    history = fresh_history()
    told = [rows for rows in sets if tell(history, set(rows))]
    assert len(told) < 2 or isolated(told) >= K


@pytest.fixture
def fresh_history(privacy_store: Store) -> Callable[[], History]:
    return lambda: History(privacy_store.create("many", {}), K)
