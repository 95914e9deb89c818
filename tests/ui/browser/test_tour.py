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

WIDE, NARROW = (1280, 1000), (390, 844)
LOOKS = {
    "wide": (WIDE, "light"), "narrow-dark": (NARROW, "dark"), "wide-dark": (WIDE, "dark"), "narrow": (NARROW, "light"),
}  # fmt: skip
PANELS = ("Plan", "Data", "Findings", "History", "Review", "Figures", "Model", "Report")
KEPT = {
    "start": ("wide", "wide-dark", "narrow"), "change": tuple(LOOKS), "data": ("wide", "wide-dark"),
    "findings": ("wide", "narrow"), "finished": ("wide", "narrow-dark"),
    "setup": (), "account": (), "people": (), "results": (),
}  # fmt: skip
"""Which looks of a moment are kept as pictures; of others the wide, light one."""
STILL = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important; }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }"""
"""Colours on their way from light to dark are not judged."""
TOO_WIDE = """() => [document.scrollingElement, ...document.querySelectorAll('header, main, section, form, .part')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 || one === document.scrollingElement
    && one.scrollWidth > innerWidth)
  .map((one) => `${one.tagName} ${one.className} ${Math.round(one.getBoundingClientRect().right)}`)"""
"""What reaches beyond the right edge, though a clipped page shows no bar."""
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
            self.wrong += [f"{name}, {look}: wider than the screen: {what}" for what in page.evaluate(TOO_WIDE)]
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
        "(dark) => !document.querySelector('gradio-app') || (document.querySelector('.dark') !== null) === dark",
        arg=scheme == "dark",
    )
    page.evaluate(STILL)


def picture(page: Page, target: Path) -> None:
    """Keep a picture of what is on the screen."""
    from io import BytesIO

    from PIL import Image

    target.parent.mkdir(parents=True, exist_ok=True)
    page.evaluate("scrollTo(0, 0)")
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
        tour.moment({"Report": "results"}.get(panel, panel.lower()))
    visitor.go_on("done")
    visitor.open("Report")
    tour.moment("finished")
    with page.context.expect_page() as opened:
        page.locator("#card").get_by_role("link", name="Report").first.click()
    visitor.page = opened.value
    visitor.page.wait_for_load_state()
    tour.moment("report")
    assert not tour.wrong, "\n".join(tour.wrong)


def test_the_pages_of_accounts(visit: Callable[..., Visitor], make_server: Callable[..., Server]) -> None:
    server = make_server("--multi-user")
    visitor = visit(server)
    tour = Tour(visitor)
    page = visitor.page
    page.goto(server.line())
    page.get_by_label("Name").fill("anna")
    tour.moment("setup")
    for label in ("New password", "The same again"):
        page.get_by_label(label).fill("four unrelated words here")
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("button", name="Try it with a sample").wait_for()
    for name in ("account", "people"):
        page.goto(f"{server.address}{name}")
        page.get_by_role("heading", level=1).wait_for()
        tour.moment(name)
    visitor.page = visit(server).page
    visitor.page.get_by_label("Password").wait_for()
    tour.moment("login", all_looks=True)
    assert not tour.wrong, "\n".join(tour.wrong)
