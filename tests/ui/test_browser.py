"""The page in a real browser: from the sample to the download, and a file that means harm."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOSTILE, MARKDOWN, TEMPLATE = (
    "<img src=x onerror=window.hurt=1>", "![x](http://192.0.2.1/x.png)", "${window.hurt=2}{{value}}",
)  # fmt: skip
"""Column names of the hostile table."""
OPEN = "(k) => document.querySelector('#question textarea, #question input')?.value.startsWith(k)"


class Watched:
    """A page and what it asked of other hosts, and the errors in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.outside: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(dialog.message))

    def _note(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.outside.append(url)

    def asked(self, name: str) -> None:
        """Wait for a question."""
        self.page.wait_for_function(OPEN, arg=name, timeout=90_000)

    def press(self, label: str) -> None:
        """Press a button by its label."""
        self.page.get_by_role("button", name=label, exact=True).click()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A page in a browser that nobody has used before."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not CHROMIUM:
        pytest.skip("no Chromium here: apt-get install chromium")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Watched(browser.new_context(viewport={"width": 1200, "height": 900}).new_page())
        browser.close()


def test_from_the_sample_to_the_download(watched: Watched, address: str, tmp_path: Path) -> None:
    page = watched.page
    page.goto(address)
    assert "token" not in page.url
    page.click("#sample")
    watched.asked("goal")
    assert "session=" in page.url
    watched.press("Yes")
    watched.asked("plan:")
    page.reload()
    watched.asked("plan:")
    assert "Shall I go on" in page.inner_text("#asked")
    watched.press("Go on")
    watched.asked("change:S01")
    assert page.locator("#options button").first.inner_text() == "Approve"
    page.click("text=Show me")
    watched.press("Change it")
    page.fill("#values textarea", "{keep: nonsense}")
    watched.press("Send")
    page.wait_for_selector("#error [role=alert]")
    assert page.input_value("#values textarea") == "{keep: nonsense}"
    watched.press("Reject")
    watched.asked("change:S02")
    watched.press("Decide by rule for the rest")
    page.wait_for_selector("#done-card .done", timeout=120_000)
    with page.expect_download() as started:
        page.click("#done-card a.first")
    started.value.save_as(tmp_path / "all.zip")
    assert {"data.csv", "recipe.json"} <= set(zipfile.ZipFile(tmp_path / "all.zip").namelist())
    with page.context.expect_page() as opened:
        page.click("#done-card a[target=_blank]")
    opened.value.wait_for_load_state()
    assert "heart_disease" in opened.value.content()
    shots = os.environ.get("CLIMBDC_SCREENSHOTS")
    if shots:
        page.screenshot(path=Path(shots) / "page-done.png", full_page=True)
    assert (watched.outside, watched.errors) == ([], [])


def test_a_hostile_file_stays_text(watched: Watched, address: str, hostile: Path) -> None:
    page = watched.page
    page.goto(address)
    page.set_input_files("#file input[type=file]", hostile)
    page.wait_for_selector("#looked .looked", timeout=30_000)
    page.click("#target input")
    page.get_by_role("option", name="died", exact=True).click()
    watched.press("Start")
    watched.asked("goal")
    watched.press("Yes")
    watched.asked("meanings")
    for text in (HOSTILE, MARKDOWN, TEMPLATE):
        assert text in page.inner_text("#card")
    watched.press("Decide by rule for the rest")
    page.wait_for_selector("#done-card .done", timeout=120_000)
    assert page.evaluate("window.hurt") is None
    assert page.locator("img[src=x]").count() == 0
    assert (watched.outside, watched.errors) == ([], [])
