"""Versions: back, on in another way, one step less, two beside each other; all of it against the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.copilot import Copilot, Session
from climbdc.errors import InputError
from climbdc.sdk import Goal
from climbdc.settings import Settings
from climbdc_ui._acts import Seat, State
from climbdc_ui.panels._history import HISTORY

At = Callable[..., Seat]


class Engine:
    """A desk without threads: what is wanted is carried out at once."""

    def change(self, session: Session, kind: str, values: dict[str, Any]) -> None:
        """Carry it out."""
        values.pop("person", None)
        session.change(kind, **values)

    def results(self, session: str) -> Path | None:
        """There are none."""
        return None


@pytest.fixture(scope="module")
def copilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copilot]:
    copilot = Copilot(Settings(data_dir=tmp_path_factory.mktemp("history")))
    yield copilot
    copilot.close()


@pytest.fixture(scope="module")
def seat(copilot: Copilot, tmp_path_factory: pytest.TempPathFactory) -> Seat:
    """A small table, values only: codes for missing and categories in several spellings; run to its end."""
    path = tmp_path_factory.mktemp("table") / "small.csv"
    rows = range(120)
    table = {
        "sex": [("female", "Female", "male")[row % 3] for row in rows],
        "systolic_bp": [-999 if row % 10 == 0 else 110 + row % 30 for row in rows],
        "<b>lab</b>": [row % 9 if row % 12 else 999 for row in rows],
    }
    pd.DataFrame(table).to_csv(path, index=False)
    session = copilot.start([path], Goal(task="none"))
    for _ in session.run("auto"):
        pass
    assert len(session.plan.applied) >= 2
    return Seat(Engine(), session)  # type: ignore[arg-type]


def version_of(seat: Seat, step: str) -> str:
    """The version of a step of the present line; of the start where empty."""
    return next(str(node["version"]) for node in seat.session.history() if node["step"] == step and node["on_line"])


def act(seat: Seat, verb: str, state: State | None = None, /, **values: Any) -> State:
    return HISTORY.acts[verb](seat, state or {}, values) or {}


def test_the_way_of_a_finished_session(done_seat: Seat) -> None:
    html = HISTORY.show(done_seat, {})
    assert "4 steps from the file to the data as they are now" in html and "you are here" in html
    assert "1,539 cells changed" in html and "184 rows set aside" in html and "<time datetime=" in html
    assert html.count(">Go back to here<") == 4 and html.count(">Compare with now<") == 4
    assert html.count(">Take out only this step<") == 3 and html.count(">Take this step back<") == 1


@pytest.mark.parametrize(
    ("wanted", "says"), [("undo", "Nothing is lost"), ("drop", "done again without it"), ("branch", "Name of the new")]
)
def test_what_looks_dangerous_is_asked_once(done_seat: Seat, wanted: str, says: str) -> None:
    version = version_of(done_seat, "S03")
    state = act(done_seat, "ask", version=version, do=wanted)
    html = HISTORY.show(done_seat, state)
    assert says in html and html.count('class="confirm"') == 1
    assert 'class="confirm"' not in HISTORY.show(done_seat, act(done_seat, "cancel", state))
    assert 'class="confirm"' not in HISTORY.show(done_seat, {"ask": {"do": wanted, "version": "gone"}})


@pytest.mark.parametrize(
    ("name", "values"),
    [("ask", {"version": "x", "do": "undo"}), ("undo", {"version": ["x"]}), ("drop", {}), ("branch", {"name": "a"}),
     ("switch", {"branch": "b99"}), ("switch", {"branch": ["main"]}), ("compare", {"a": 1, "b": 2}),
     ("compare", {"a": "x", "b": "x"})],
)  # fmt: skip
def test_what_is_not_there_is_refused(done_seat: Seat, name: str, values: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        act(done_seat, name, **values)


@pytest.mark.parametrize(("name", "fix"), [("", "such as"), ("   ", "such as"), ("x" * 200, "80 characters")])
def test_a_branch_has_a_name(done_seat: Seat, name: str, fix: str) -> None:
    with pytest.raises(InputError) as refused:
        act(done_seat, "branch", version=version_of(done_seat, "S03"), name=name)
    assert fix in refused.value.fix


def test_the_last_version_has_nothing_to_take_back(done_seat: Seat) -> None:
    last = done_seat.session.plan.applied[-1].id
    with pytest.raises(InputError, match="Nothing comes after"):
        act(done_seat, "undo", version=version_of(done_seat, last))


def test_two_versions_beside_each_other(done_seat: Seat) -> None:
    state = act(done_seat, "compare", a=version_of(done_seat, "S02"), b=version_of(done_seat, "S04"))
    html = HISTORY.show(done_seat, state)
    assert "cells of the rows and columns that both have differ" in html
    assert "Steps only in B: S03 (" in html and '<span class="gap">missing</span>' in html
    assert 'class="result"' not in HISTORY.show(done_seat, act(done_seat, "close", state))
    assert 'class="result"' not in HISTORY.show(done_seat, {"a": "gone", "b": state["b"]})


def test_a_branch_is_made_left_and_compared(seat: Seat) -> None:
    first = seat.session.plan.applied[0].id
    act(seat, "branch", version=version_of(seat, first), name="<script>1</script>")
    html = HISTORY.show(seat, {})
    assert "&lt;script&gt;1&lt;/script&gt;" in html and "<script" not in html and "2 branches" in html
    [other] = [branch["name"] for branch in seat.session.branches() if branch["current"]]
    assert other != "main"
    act(seat, "switch", branch="main")
    assert [branch["name"] for branch in seat.session.branches() if branch["current"]] == ["main"]
    heads = {branch["name"]: branch["head"] for branch in seat.session.branches()}
    told = HISTORY.show(seat, act(seat, "compare", a=heads["main"], b=heads[other]))
    assert 'class="result"' in told and "Steps only in A" in told
    assert "&lt;b&gt;lab&lt;/b&gt;" in told or "<b>lab" not in told


def test_one_step_is_dropped_and_all_is_taken_back(seat: Seat) -> None:
    steps = [step.id for step in seat.session.plan.applied]
    act(seat, "drop", version=version_of(seat, steps[0]))
    for _ in seat.session.run("auto"):
        pass
    assert [step.id for step in seat.session.plan.applied] == steps[1:]
    act(seat, "undo", version=version_of(seat, ""))
    assert not seat.session.plan.applied
    html = HISTORY.show(seat, {})
    assert "0 steps from the file" in html and "taken back" in html


def test_data_are_never_markup(hostile_done: Session, at: At) -> None:
    seat = at(hostile_done)
    line = [node["version"] for node in hostile_done.history() if node["on_line"]]
    html = HISTORY.show(seat, {"a": line[0], "b": line[-1], "ask": {"do": "<b>", "version": line[0]}})
    assert 'class="result"' in html and "<script" not in html and "<img" not in html


def test_before_there_is_a_version(made: Callable[..., Seat]) -> None:
    assert "There is no version yet" in HISTORY.show(made(), {})
