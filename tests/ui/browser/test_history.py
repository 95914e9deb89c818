"""A person changes their mind: a rejection, an edit, a step taken back, a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ui.browser.conftest import Visitor

MAPPED = "change:has(.mappings)"
"""The card that shows values before and after; in the sample, stand-ins for missing."""


def test_reject_and_edit_at_a_checkpoint(visitor: Visitor) -> None:
    page = visitor.page
    visitor.start_sample()
    visitor.go_on("change")
    visitor.press("Reject")
    page.get_by_role("log").filter(has_text="Reject").wait_for()
    visitor.go_on(MAPPED)
    card = page.locator("#card")
    assert "chol" in card.inner_text() and "133" in card.inner_text()
    card.get_by_role("checkbox").nth(1).uncheck()
    visitor.press("Approve")
    visitor.asked("change:has-text('132 cells changed')")
    visitor.answer("Approve")
    visitor.asked("change:has-text('columns dropped')")
    visitor.press("Change it")
    form = page.locator("#card form.edit")
    form.get_by_label("ca", exact=True).uncheck()
    form.get_by_role("button", name="Try it like this").click()
    visitor.asked("change:has-text('1 column dropped')")
    visitor.open("Plan")
    assert "S01" in page.get_by_role("tabpanel").inner_text()


def test_take_a_step_back_and_branch(visitor: Visitor) -> None:
    page = visitor.page
    visitor.start_sample()
    visitor.go_on(MAPPED)
    visitor.answer("Approve")
    visitor.asked("change")
    visitor.open("History")
    panel = page.get_by_role("tabpanel")
    last = panel.locator("li[aria-current=true] > .version")
    last.filter(has_text="S03").wait_for()
    last.get_by_role("button", name="Take this step back").click()
    panel.get_by_role("button", name="Yes, take it out").click()
    panel.locator("li[aria-current=true] > .version").filter(has_text="S02").wait_for()
    assert "S03" in panel.inner_text(), "what was taken back is still in the list"
    visitor.asked("change")
    first = panel.locator("li > .version", has_text="S01").first
    first.get_by_role("button", name="Branch from here").click()
    panel.get_by_label("Name of the new branch").fill("without a test part")
    panel.get_by_role("button", name="Make the branch").click()
    panel.locator("li[aria-current=true] > .version").filter(has_text="S01").wait_for()
    branches = panel.get_by_role("region", name="Branches")
    branches.get_by_text("without a test part").wait_for()
    branches.get_by_role("button", name="Switch").click()
    panel.locator("li[aria-current=true] > .version").filter(has_text="S02").wait_for()
    page.reload()
    visitor.open("History")
    panel.locator("li[aria-current=true] > .version").filter(has_text="S02").wait_for()
