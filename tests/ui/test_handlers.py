"""A session through the page's verbs, without a browser."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from climbdc.agents import Answer
from climbdc.errors import InputError
from climbdc_ui import Desk
from climbdc_ui._acts import Panel, Seat, State, Values
from climbdc_ui._handlers import PARTS, Handlers, Shown
from climbdc_ui._look import look
from climbdc_ui._work import EVERYTHING, TROUBLE

Until = Callable[..., Shown]


def question(desk: Desk, session: str) -> str:
    """The open question's id; empty where there is none."""
    waiting = desk.session(session).stored.pending()
    return "" if waiting is None else str(waiting["id"])


def asked(desk: Desk, name: str) -> Callable[[Shown], bool]:
    """Whether a question of that name is open and shown."""
    return lambda shown: bool(shown.parts["card"]) and question(desk, shown.session).startswith(name)


def finished(shown: Shown) -> bool:
    """Whether the results are there."""
    return "Your dataset is ready" in shown.parts["card"]


def test_the_start_page_has_no_session(desk: Desk) -> None:
    shown = Handlers(desk).load("")
    assert shown.session == "" and set(shown.parts) == set(PARTS)
    assert "Make a clinical table ready" in shown.parts["header"]
    assert not any(shown.parts[name] for name in ("talk", "card", "panel", "notice", "home"))


@pytest.mark.parametrize("session", ["12345678", "1234", "../../etc", "%"])
def test_an_unknown_session_leads_to_the_start_page_and_says_so(desk: Desk, session: str) -> None:
    shown = Handlers(desk).load(session)
    assert shown.session == "" and 'role="alert"' in shown.parts["notice"]


def test_the_sample_from_question_to_results(desk: Desk, until: Until) -> None:
    page = Handlers(desk)
    session = page.sample().session
    goal = until(page, session, asked(desk, "goal"))
    assert "num" in goal.parts["card"] and "920" in goal.parts["card"]

    desk.answer(session, "goal", "accept")
    with pytest.raises(InputError, match="answered already"):
        desk.answer(session, "goal", "none")
    assert desk.session(session).stored.checkpoint("goal")["answer"]["choice"] == "accept"  # type: ignore[index]

    until(page, session, asked(desk, "plan:"))
    desk.answer(session, question(desk, session), Answer(choice="approve", values={"without": ["S01"]}))
    until(page, session, asked(desk, "change:S02"))
    change = question(desk, session)

    desk.answer(session, change, "stop")
    rests = until(page, session, lambda shown: "nothing is lost" in shown.parts["header"])
    assert question(desk, session) == change and not desk.working(session)

    page.act(session, rests.state, {"part": "header", "do": "by-rule", "values": {}})
    done = until(page, session, finished)
    assert desk.session(session).status == "finished"
    deciders = {item["id"]: item["expert"] for item in desk.session(session).stored.decisions()}
    assert deciders["goal"] == "human" and deciders[change] == "auto"
    folder = desk.results(session)
    assert folder is not None
    with zipfile.ZipFile(folder / EVERYTHING) as bundle:
        assert {"data.csv", "test.csv", "recipe.json", "report.html"} <= set(bundle.namelist())
    assert f"results/{session}/report.html" in done.parts["card"]

    again = Handlers(Desk(desk.copilot)).load(session)
    assert again.parts == done.parts, "a reload, even after a restart, shows the same"


def test_work_cut_off_goes_on_at_the_next_visit(desk: Desk, heart: Path, until: Until) -> None:
    from climbdc.sdk import Goal

    session = desk.copilot.start([heart], Goal(target="num"))
    page = Handlers(desk)
    assert page.show(session.id).parts["card"] == ""
    page.load(session.id)
    until(page, session.id, asked(desk, "goal"))


def test_a_restart_goes_on_with_what_the_page_began_and_nobody_stopped(desk: Desk, heart: Path) -> None:
    from climbdc.sdk import Goal

    begun, elsewhere, stopped = (desk.copilot.start([heart], Goal(target="num")) for _ in range(3))
    for mine in (begun, stopped):
        mine.stored.put("page", {"on": True})
    desk.stop(stopped.id)
    assert desk.take_up() == 1
    assert [desk.working(one.id) for one in (begun, elsewhere, stopped)] == [True, False, False]


def test_own_files_are_looked_into_and_kept(desk: Desk, heart: Path, tmp_path: Path, until: Until) -> None:
    page = Handlers(desk)
    looked = look([str(heart)])
    assert looked.usable and "num" in looked.columns and "920 rows" in looked.text
    lines = heart.read_text("utf-8").splitlines(keepends=True)
    parts = [tmp_path / "north.csv", tmp_path / "south.csv"]
    parts[0].write_text("".join(lines[:400]), "utf-8")
    parts[1].write_text("".join([lines[0], *lines[400:]]), "utf-8")
    both = [str(part) for part in parts]
    assert "920 rows" in look(both).text
    session = page.start(both, "num", "none", None).session
    goal = until(page, session, asked(desk, "goal"))
    assert "Nothing is to be predicted" in goal.parts["card"] and "north.csv and 1 more" in goal.parts["header"]
    kept = [Path(file) for file in desk.session(session).options.files]
    assert [one.read_bytes() for one in kept] == [part.read_bytes() for part in parts]
    assert all(desk.folder in one.parents for one in kept)


def test_a_file_that_cannot_be_read_is_told_plainly(desk: Desk, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    looked = look([str(broken)])
    assert not looked.usable and 'role="alert"' in looked.text
    assert "no file yet" in Handlers(desk).start(None, None, "auto", None).parts["notice"]


def test_trouble_in_the_background_is_shown_and_not_repeated_by_itself(
    desk: Desk, heart: Path, until: Until
) -> None:  # fmt: skip
    page = Handlers(desk)
    session = page.start([str(heart)], "nothing_of_that_name", "auto", None).session
    shown = until(page, session, lambda shown: 'role="alert"' in shown.parts["header"])
    assert "nothing_of_that_name" in shown.parts["header"] and "Try once more" not in shown.parts["header"]
    assert desk.session(session).stored.get(TROUBLE) is not None
    page.load(session)
    assert not desk.working(session)


def test_an_answer_must_be_an_option(desk: Desk, until: Until) -> None:
    page = Handlers(desk)
    session = page.sample().session
    until(page, session, asked(desk, "goal"))
    with pytest.raises(InputError, match="not an answer"):
        desk.answer(session, "goal", "destroy")


def _count(seat: Seat, state: State, values: Values) -> State:
    return {"n": int(state.get("n", 0)) + int(values["by"])}


def _refuse(seat: Seat, state: State, values: Values) -> None:
    raise InputError("Not <this> way.", fix="Another.")


def _fail(seat: Seat, state: State) -> str:
    raise RuntimeError("a bug")


PARTS_OF_TEST = (
    Panel("count", "Count", lambda seat, state: f"n={state.get('n', 0)}", {"add": _count, "refuse": _refuse}),
    Panel("bad", "Bad", _fail, badge=lambda seat: "3"),
)


def acted(page: Handlers, where: str, kept: str, part: str, do: str, **values: Any) -> Shown:
    """Press something."""
    return page.act(where, kept, {"part": part, "do": do, "values": values})


def test_a_panel_acts_keeps_its_state_and_may_refuse(desk: Desk, heart: Path) -> None:
    page = Handlers(desk, PARTS_OF_TEST)
    session = desk.copilot.start([heart]).id
    shown = acted(page, session, "{}", "count", "add", by=2)
    shown = acted(page, session, shown.state, "count", "add", by=3)
    assert "n=5" in shown.parts["panel"] and json.loads(shown.state) == {"count": {"n": 5}}
    refused = acted(page, session, shown.state, "count", "refuse")
    assert "Not &lt;this&gt; way." in refused.parts["notice"] and "n=5" in refused.parts["panel"]
    for strange in ({}, {"part": "count"}, {"part": "count", "do": "add", "values": 3}, {"part": "x", "do": "add"}):
        told = page.act(session, "[]", strange).parts["notice"]
        assert "Reload the page" in told


def test_a_panel_that_fails_takes_nothing_with_it(desk: Desk, heart: Path) -> None:
    page = Handlers(desk, PARTS_OF_TEST)
    session = desk.copilot.start([heart]).id
    shown = acted(page, session, "{}", "panel", "open", panel="bad", state={"a": 1})
    assert "“Bad” cannot be shown just now" in shown.parts["panel"] and "a bug" not in shown.parts["panel"]
    assert json.loads(shown.state) == {"open": "bad", "bad": {"a": 1}}


def test_a_session_is_renamed_archived_and_taken_out_again(desk: Desk, heart: Path) -> None:
    page = Handlers(desk)
    session = desk.copilot.start([heart]).id
    shown = acted(page, "", "{}", "home", "rename", session=session, name="  Hearts,   2026 ")
    assert "Hearts, 2026" in shown.parts["home"]
    assert "1 to 200 characters" in acted(page, "", "{}", "home", "rename", session=session, name=" ").parts["notice"]
    shown = acted(page, "", "{}", "home", "archive", session=session)
    assert "Archive (1)" in shown.parts["home"]
    shown = acted(page, "", "{}", "home", "restore", session=session)
    assert "Archive (" not in shown.parts["home"] and "Hearts, 2026" in shown.parts["home"]
    assert "no such session" in acted(page, "", "{}", "home", "rename", session="00000000", name="x").parts["notice"]
