"""The main moments of a session, light and dark, wide and narrow: accessible, never wider than the screen, pictured.

With CLIMBDC_SCREENSHOTS naming a folder, each moment is left there as a picture (`make screenshots`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.ui.browser.conftest import Server, Visitor

WIDE, NARROW = (1280, 900), (390, 844)
LOOKS = {
    "wide": (WIDE, "light"), "narrow-dark": (NARROW, "dark"), "wide-dark": (WIDE, "dark"), "narrow": (NARROW, "light"),
}  # fmt: skip
PANELS = ("Plan", "Data", "Findings", "History", "Review", "Figures", "What the model saw", "Report")
KEPT = {
    "start": ("wide", "wide-dark", "narrow"), "change": tuple(LOOKS), "data": ("wide", "wide-dark"),
    "findings": ("wide", "narrow"), "finished": ("wide", "narrow-dark"), "login": ("wide",),
}  # fmt: skip
"""Which looks of a moment are kept as pictures; of others the wide, light one."""
SHOTS = os.environ.get("CLIMBDC_SCREENSHOTS", "")


class Tour:
    """Looks at each moment in several ways, and gathers what is wrong with it."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.wrong: list[str] = []

    def moment(self, name: str, *, all_looks: bool = False) -> None:
        """Check the page as it stands."""
        page = self.visitor.page
        looks = [*LOOKS] if all_looks or SHOTS else [*LOOKS][:2]
        for look in looks:
            dress(page, look)
            width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            if width[0] > width[1]:
                self.wrong.append(f"{name}, {look}: {width[0]} px wide on a screen of {width[1]}")
            self.wrong += [f"{name}, {look}: {found}" for found in self.visitor.axe()]
            if SHOTS and look in KEPT.get(name, ("wide",)):
                picture(page, Path(SHOTS) / f"{name}{look.removeprefix('wide')}.webp".replace("narrow", "-narrow"))
        dress(page, "wide")


def dress(page: Page, look: str) -> None:
    """Set the width of the window and what the person prefers."""
    (width, height), scheme = LOOKS[look]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.wait_for_function(
        "(dark) => (document.querySelector('.dark') !== null || !document.querySelector('gradio-app')) === dark"
        " || !document.querySelector('gradio-app')", arg=scheme == "dark",
    )  # fmt: skip


def picture(page: Page, target: Path) -> None:
    """Keep a picture of what is on the screen."""
    from io import BytesIO

    from PIL import Image

    target.parent.mkdir(parents=True, exist_ok=True)
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(target, "WEBP", quality=82, method=6)


def test_each_main_moment(visit: Callable[..., Visitor], server: Server, heart: Path) -> None:
    visitor = visit(server, reduced_motion="reduce")
    page = visitor.page
    tour = Tour(visitor)
    page.get_by_role("button", name="Try it with a sample").wait_for()
    tour.moment("start", all_looks=True)
    page.set_input_files("#file input[type=file]", heart)
    page.locator("#looked .looked").wait_for()
    tour.moment("uploaded")
    page.reload()
    visitor.start_sample()
    visitor.asked("goal")
    tour.moment("goal")
    visitor.go_on("change:has(.mappings)")
    tour.moment("change", all_looks=True)
    for panel in PANELS:
        visitor.open(panel)
        tour.moment(panel.lower().replace("what the model saw", "model"))
    visitor.go_on("done")
    visitor.open("Report")
    tour.moment("finished")
    with page.context.expect_page() as opened:
        page.locator("#card").get_by_role("link", name="Report").first.click()
    visitor.page = opened.value
    visitor.page.wait_for_load_state()
    tour.moment("report")
    assert tour.wrong == []
