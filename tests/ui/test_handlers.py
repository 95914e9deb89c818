"""A session through the page's verbs, without a browser."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from climbdc.errors import InputError
from climbdc_ui import Desk
from climbdc_ui._handlers import Handlers, Shown
from climbdc_ui._work import EVERYTHING, TROUBLE

Until = Callable[..., Shown]


def asked(name: str) -> Callable[[Shown], bool]:
    """Whether a question of that name is open."""
    return lambda shown: shown.question.startswith(name)


def test_the_start_page_has_no_session(desk: Desk) -> None:
    shown = Handlers(desk).load("")
    assert (shown.session, shown.question, shown.options, shown.error) == ("", "", (), "")
    assert "Make a clinical table ready" in shown.header


@pytest.mark.parametrize("session", ["12345678", "1234", "../../etc", "%"])
def test_an_unknown_session_leads_to_the_start_page_and_says_so(desk: Desk, session: str) -> None:
    shown = Handlers(desk).load(session)
    assert shown.session == "" and 'role="alert"' in shown.error


def test_the_sample_from_question_to_results(desk: Desk, until: Until) -> None:
    page = Handlers(desk)
    session = page.sample("").session
    goal = until(page, session, asked("goal"))
    assert [option.value for option in goal.options] == ["accept", "change", "none"]
    assert "num" in goal.card and "920 rows" in goal.card

    wrong = page.choose(session, "goal", "change", "{nonsense")
    assert wrong.editing == "{nonsense" and "not of the form wanted" in wrong.error and wrong.question == "goal"

    page.choose(session, "goal", "accept")
    stale = page.choose(session, "goal", "none")
    assert "answered already" in stale.error
    assert desk.session(session).stored.checkpoint("goal")["answer"]["choice"] == "accept"  # type: ignore[index]

    plan = until(page, session, asked("plan:"))
    assert "S01" in plan.card and "answered already" not in plan.error
    unknown = page.choose(session, plan.question, "change", "{without: [S99]}")
    assert "There is no step" in unknown.error
    page.choose(session, plan.question, "change", "{without: [S01]}")
    change = until(page, session, asked("change:S02"))
    assert "rows set aside" in change.card and "Show me" in change.card

    stopped = page.choose(session, change.question, "stop")
    assert stopped.question == change.question and not desk.working(session)
    assert "nothing is lost" in stopped.header

    page.by_rule(session)
    done = until(page, session, lambda shown: bool(shown.done))
    assert desk.session(session).status == "finished"
    deciders = {item["id"]: item["expert"] for item in desk.session(session).stored.decisions()}
    assert deciders["goal"] == "human" and deciders[change.question] == "auto"
    folder = desk.results(session)
    assert folder is not None
    with zipfile.ZipFile(folder / EVERYTHING) as bundle:
        assert {"data.csv", "test.csv", "recipe.json", "report.html"} <= set(bundle.namelist())
    assert f"results/{session}/report.html" in done.done

    again = Handlers(Desk(desk.copilot)).load(session)
    assert again == done, "a reload, even after a restart, shows the same"


def test_work_cut_off_goes_on_at_the_next_visit(desk: Desk, heart: Path, until: Until) -> None:
    from climbdc.sdk import Goal

    session = desk.copilot.start([heart], Goal(target="num"))
    page = Handlers(desk)
    assert page.show(session.id).question == ""
    page.load(session.id)
    until(page, session.id, asked("goal"))


def test_an_own_file_is_looked_into_and_kept(desk: Desk, heart: Path, until: Until) -> None:
    page = Handlers(desk)
    looked = page.look(str(heart))
    assert looked.usable and "num" in looked.columns and "920 rows" in looked.text
    session = page.start("", str(heart), "num", "none", None).session
    goal = until(page, session, asked("goal"))
    assert "Nothing is to be predicted" in goal.card
    kept = Path(desk.session(session).options.files[0])
    assert kept.read_bytes() == heart.read_bytes() and desk.folder in kept.parents


def test_a_file_that_cannot_be_read_is_told_plainly(desk: Desk, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    looked = Handlers(desk).look(str(broken))
    assert not looked.usable and 'role="alert"' in looked.text
    assert "no file yet" in Handlers(desk).start("", None, None, "auto", None).error


def test_trouble_in_the_background_is_shown_and_not_repeated_by_itself(
    desk: Desk, heart: Path, until: Until
) -> None:  # fmt: skip
    page = Handlers(desk)
    session = page.start("", str(heart), "nothing_of_that_name", "auto", None).session
    shown = until(page, session, lambda shown: bool(shown.error))
    assert "nothing_of_that_name" in shown.error and not shown.can_try_again
    assert desk.session(session).stored.get(TROUBLE) is not None
    page.load(session)
    assert not desk.working(session)


def test_an_answer_must_be_an_option(desk: Desk, until: Until) -> None:
    page = Handlers(desk)
    session = page.sample("").session
    until(page, session, asked("goal"))
    with pytest.raises(InputError, match="not an answer"):
        desk.answer(session, "goal", "destroy")
