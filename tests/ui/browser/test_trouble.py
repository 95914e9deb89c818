"""A tool that fails is shown plainly, and the session goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ui.browser.conftest import Server, Visitor

FAILING = """
from climbdc import runs
from climbdc.sandbox import ToolFailed
run = runs.RecordedSandbox.run
def failing(self, job, *more, **named):
    if job.verb == "fit" and job.payload["step"]["tool"] == "drop_duplicates":
        return ToolFailed("tool-bug", "KeyError: 'broken'", trace="Traceback: a secret of the program")
    return run(self, job, *more, **named)
runs.RecordedSandbox.run = failing
"""


def test_a_failing_tool_is_told_and_the_session_goes_on(
    visit: Callable[..., Visitor], make_server: Callable[..., Server]
) -> None:
    visitor = visit(make_server(before=FAILING))
    visitor.start_sample()
    visitor.go_on("plan")
    visitor.answer("Go on")
    visitor.page.locator("#card h2").wait_for()
    assert "did not work" in visitor.talk
    assert "a secret of the program" not in visitor.page.content()
    visitor.press("Decide by rule for the rest", "#header")
    visitor.asked("done")
