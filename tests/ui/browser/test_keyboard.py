"""Everything can be done without a mouse, and one sees where one is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ui.browser.conftest import Visitor

FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    text: (one.getAttribute('aria-label') || one.innerText || one.value || '').trim(),
    seen: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none',
    area: box.width * box.height, tag: one.tagName, role: one.getAttribute('role') || '',
  };
}"""
MOST_STEPS = 80


def tab_to(visitor: Visitor, wanted: str) -> None:
    """Press Tab until something of that name has the focus; each stop on the way can be seen."""
    for _ in range(MOST_STEPS):
        visitor.page.keyboard.press("Tab")
        at = visitor.page.evaluate(FOCUSED)
        if at["tag"] in {"BUTTON", "A", "SUMMARY"} and at["area"] > 0:
            assert at["seen"], f"nobody sees that {at} has the focus"
        if re.match(rf"{re.escape(wanted)}(?!\\w)", at["text"]):
            return
    raise AssertionError(f"no way to {wanted!r} by Tab")


def test_from_the_start_to_an_approved_change(visitor: Visitor) -> None:
    keys = visitor.page.keyboard
    visitor.page.get_by_role("button", name="Try it with a sample").wait_for()
    tab_to(visitor, "Try it with a sample")
    keys.press("Enter")
    visitor.asked("goal")
    tab_to(visitor, "Yes")
    keys.press("Enter")
    visitor.asked("plan")
    tab_to(visitor, "Go on")
    keys.press("Space")
    visitor.asked("change")
    tab_to(visitor, "Approve")
    keys.press("Enter")
    visitor.page.get_by_role("log").locator(".human", has_text="Approve").wait_for()
