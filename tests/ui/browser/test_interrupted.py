"""Whatever happens to the page or the server in the middle of a tool's run, nothing is lost and the work goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ui.browser.conftest import Server, Visitor

TOOL = "drop_duplicates"
"""The first step of the sample."""
GATED = """
import os, time
from climbdc import runs
run = runs.RecordedSandbox.run
def slowly(self, job, *more, **named):
    while job.verb == "fit" and job.payload["step"]["tool"] == {tool!r} and not os.path.exists({gate!r}):
        time.sleep(0.05)
    return run(self, job, *more, **named)
runs.RecordedSandbox.run = slowly
"""
"""A tool that runs until a file is there."""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The tool runs until this file is there."""
    return tmp_path / "gate"


@pytest.fixture
def gated(make_server: Callable[..., Server], gate: Path) -> Server:
    """A server with the slow tool."""
    return make_server(before=GATED.format(tool=TOOL, gate=str(gate)))


def into_the_run(visitor: Visitor) -> str:
    """Go on until the tool runs; give the session."""
    visitor.start_sample()
    visitor.asked("goal")
    visitor.answer("Yes")
    visitor.go_on("plan")
    visitor.press("Go on")
    visitor.page.locator("#header [role=status]", has_text="Working").wait_for()
    return visitor.session


def test_reload_and_closed_tabs_in_the_middle_of_a_run(
    visit: Callable[..., Visitor], gated: Server, gate: Path
) -> None:
    visitor = visit(gated)
    session = into_the_run(visitor)
    page = visitor.page
    page.reload()
    page.locator("#header [role=status]", has_text="Working").wait_for()
    assert session in page.url
    assert "Shall I go on" in visitor.talk, "what was asked and answered is still told"
    address = page.url
    page.close()
    gate.touch()
    visitor.page = visitor.context.new_page()
    visitor.page.goto(address)
    visitor.asked("change")


def test_a_server_that_is_killed_goes_on_where_it_was(visit: Callable[..., Visitor], gated: Server) -> None:
    visitor = visit(gated)
    visitor.forgive(r"ERR_CONNECTION_\w+|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|Failed to fetch|NetworkError")
    session = into_the_run(visitor)
    told = visitor.talk
    gated.kill()
    gated.before = ""
    gated.start()
    visitor.page.goto(f"{gated.address}&session={session}")
    visitor.asked("change")
    for line in filter(None, told.splitlines()):
        assert line in visitor.talk or line.endswith("…"), "nothing of the conversation is lost"
    visitor.answer("Approve")
    visitor.press("Decide by rule for the rest", "#header")
    visitor.asked("done")


def test_several_tabs_agree(visit: Callable[..., Visitor], server: Server) -> None:
    visitor = visit(server)
    visitor.start_sample()
    visitor.asked("goal")
    other = visitor.context.new_page()
    other.goto(visitor.page.url)
    other.locator("#card .goal").wait_for()
    visitor.go_on("plan")
    other.locator("#card .card.plan").wait_for()
    other.get_by_role("tab", name="Plan").click()
    visitor.press("Go on")
    other.locator("#card .card.change").wait_for()
    assert visitor.page.inner_text("#card h2") == other.inner_text("#card h2")
