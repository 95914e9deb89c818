"""Names, cells, meanings and messages that would like to be code stay text everywhere on the page."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ui.browser.conftest import Visitor

IMAGE = "<img src=x onerror=window.hurt=1>"
SCRIPT = "</textarea></script><script>window.hurt=2</script>"
QUOTE = "\"'><svg onload=window.hurt=3>"
MARKDOWN = "![x](http://192.0.2.1/x.png) [y](javascript:window.hurt=4)"
TEMPLATE = "${window.hurt=5}{{7*191}}{% raw %}<%= 7*191 %>"
TURNED = "\u202egpj.exe"
ATTACKS = [IMAGE, SCRIPT, QUOTE, MARKDOWN, TEMPLATE, TURNED]
ALIVE = """() => [
  window.hurt ?? null,
  document.querySelectorAll('img[src="x"], svg[onload], [onerror], a[href^="javascript:"], [href*="192.0.2"]').length,
  [...document.scripts].filter(one => one.textContent.includes('window.hurt=')).length,
]"""

LATE = """() => {
  const script = document.createElement('script');
  script.textContent = 'window.hurt = 6';
  const link = Object.assign(document.createElement('a'), { href: 'javascript:window.hurt = 7' });
  document.body.append(script, link);
  link.click();
}"""


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[Path, Path]:
    """A table that is full of it, and its dictionary."""
    table, meanings = tmp_path / f"{IMAGE}{TEMPLATE[:20]}.csv".replace("/", ""), tmp_path / f"{QUOTE}.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", *ATTACKS, "age", "died"])
        for n in range(160):
            cells = [f"{'ab'[n % 2]} {attack}" for attack in ATTACKS]
            out.writerow([n, *cells, 400 if n == 7 else 20 + n % 60, n % 2])
    with meanings.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["column", "meaning", "unit"])
        out.writerows([[attack, f"{IMAGE} {attack}", QUOTE] for attack in [*ATTACKS, "age"]])
    return table, meanings


def alive(visitor: Visitor) -> list[int | None]:
    """What an attack would have left."""
    left: list[int | None] = visitor.page.evaluate(ALIVE)
    return left


def test_nothing_of_a_hostile_file_comes_alive(visitor: Visitor, hostile: tuple[Path, Path]) -> None:
    table, meanings = hostile
    page = visitor.page
    page.set_input_files("#file input[type=file]", table)
    page.locator("#looked .looked").wait_for()
    page.get_by_label("What is to be predicted").click()
    page.get_by_role("option", name="died", exact=True).click()
    page.get_by_text("I have a data dictionary").click()
    page.locator("#goal input[type=file]").set_input_files(meanings)
    page.locator("#goal .file-preview").first.wait_for()
    assert page.get_by_label("What is to be predicted").input_value() == "died"
    assert alive(visitor) == [None, 0, 0]
    page.get_by_role("button", name="Start", exact=True).click()
    visitor.asked("goal")
    for attack in (IMAGE, SCRIPT, MARKDOWN, TEMPLATE):
        visitor.say(attack)
        page.wait_for_timeout(200)
    assert "1337" not in visitor.talk, "no template was filled in"
    visitor.go_on("change")
    shown = ""
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.locator("[role=tab][aria-selected=true]", has_text=tab.inner_text().split("\n")[0]).wait_for()
        page.wait_for_timeout(300)
        for part in page.locator("#beside details:not([open]) > summary").all()[:6]:
            if part.is_visible():
                part.click()
        assert alive(visitor) == [None, 0, 0], tab.inner_text()
        shown += page.locator("body").inner_text()
    assert all(text in shown for text in (IMAGE, SCRIPT, MARKDOWN, "{{7*191}}")), "it is shown as it is"
    session = visitor.session
    page.goto(visitor.address)
    menu = page.locator(f"#session-{session}")
    menu.get_by_text("More").first.click()
    menu.get_by_label("Name", exact=True).fill(f"{IMAGE}{QUOTE}{TEMPLATE}"[:200])
    menu.get_by_role("button", name="Rename").click()
    page.locator(f"#session-{session} .open", has_text="svg onload").wait_for()
    assert alive(visitor) == [None, 0, 0]
    page.goto(f"{visitor.address.partition('?')[0]}?session={session}")
    page.locator("h1", has_text="onerror").wait_for()
    assert alive(visitor) == [None, 0, 0]


def test_even_what_is_not_escaped_does_not_run(visitor: Visitor) -> None:
    visitor.forgive("Content Security Policy|404")
    page = visitor.page
    page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", IMAGE + QUOTE)
    page.evaluate(LATE)
    page.wait_for_timeout(500)
    assert page.evaluate("() => window.hurt ?? null") is None
