"""The pulse changes with everything that a person would see, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from climbdc.store import SessionStore, Store, pulse

CHANGES: dict[str, Callable[[SessionStore], object]] = {
    "event": lambda stored: stored.say("read", {"rows": 3}),
    "question": lambda stored: stored.ask("goal:2", {"kind": "goal"}),
    "answer": lambda stored: stored.answer("goal:1", {"choice": "yes"}, "human"),
    "status": lambda stored: stored.set_status("stopped"),
    "result": lambda stored: stored.put("trouble", {"message": "no room"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_seen_changes_the_pulse_of_its_session_only(store: Store, name: str) -> None:
    ours, other = (store.create(name, {"files": []}) for name in ("a", "b"))
    ours.ask("goal:1", {"kind": "goal"})
    both = [ours.id, other.id]
    before = pulse(store.engine, both, ["trouble"])
    assert pulse(store.engine, both, ["trouble"]) == before
    CHANGES[name](ours)
    after = pulse(store.engine, both, ["trouble"])
    assert after[ours.id] != before[ours.id]
    assert after[other.id] == before[other.id]
    store.close()


def test_a_result_that_nobody_sees_and_a_job_leave_it(store: Store) -> None:
    session = store.create("a", {"files": []})
    before = pulse(store.engine, [session.id], ["trouble"])
    session.put("screened/first", {"on": True})
    session.add_run("look", "impute", "landlock", "ok", {})
    assert pulse(store.engine, [session.id], ["trouble"]) == before
    store.close()


def test_many_sessions_and_one_that_is_not_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("climbdc.store._pulse._MOST", 2)
    made = [store.create(str(number), {"files": []}).id for number in range(5)]
    assert set(pulse(store.engine, [*made, "ffffffff"])) == set(made)
    assert pulse(store.engine, []) == {}
    store.close()
