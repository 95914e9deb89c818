"""Parts that are drawn together read once, and agree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from climbdc.store import SessionStore
from climbdc_ui import Desk
from climbdc_ui._handlers import Handlers
from climbdc_ui._once import READINGS, read_once

STATEMENTS = 45
"""Questions to the database that a page with its eight panels' badges may cost."""


@pytest.fixture
def stored(desk: Desk) -> SessionStore:
    session = desk.copilot.store.create("a.csv", {"files": ["a.csv"]})
    session.say("read", {"rows": 3, "columns": 2, "files": 1})
    return session


@pytest.fixture
def asked(desk: Desk) -> Iterator[list[str]]:
    """Statements sent to the database."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(desk.copilot.store.engine, "before_cursor_execute", note)
    yield statements
    event.remove(desk.copilot.store.engine, "before_cursor_execute", note)


def test_what_was_read_is_not_read_again(stored: SessionStore, asked: list[str]) -> None:
    once = read_once(stored)
    first = once.events(), once.get("head"), once.get("plan"), once.status
    count = len(asked)
    assert (once.events(), once.get("head"), once.get("plan"), once.status) == first
    assert len(asked) == count
    assert (once.id, once.branch, once.name) == (stored.id, stored.branch, "a.csv")


def test_who_alters_what_was_given_alters_nothing(stored: SessionStore) -> None:
    once = read_once(stored)
    once.events().clear()
    assert len(once.events()) == 1


def test_what_is_read_together_agrees_while_work_goes_on(stored: SessionStore) -> None:
    once = read_once(stored)
    before = once.events()
    stored.say("finished", {})
    assert once.events() == before
    assert len(read_once(stored).events()) == 2


def test_all_readings_are_there(stored: SessionStore) -> None:
    assert all(callable(getattr(stored, name)) for name in READINGS)


def test_a_page_costs_few_questions(desk: Desk, stored: SessionStore, asked: list[str]) -> None:
    handlers = Handlers(desk)
    handlers.show(stored.id)
    asked.clear()
    handlers.show(stored.id)
    assert len(asked) <= STATEMENTS, len(asked)


def test_a_list_of_many_sessions_costs_few_questions(desk: Desk, asked: list[str]) -> None:
    made = [desk.copilot.store.create(f"{number}.csv", {"files": ["a.csv"]}) for number in range(20)]
    handlers = Handlers(desk)
    assert handlers.show().parts["home"].count("<li id=") == 20
    asked.clear()
    handlers.show()
    assert len(asked) <= 10, len(asked)
    made[3].ask("goal", {"kind": "goal"})
    assert "Rests until you answer" in handlers.show().parts["home"]
