"""A person's own file: real-looking mess from upload to download, files that are none, very wide and hostile ones."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ui.browser.conftest import Visitor

HEADS = "Patient ID;Admission date;Sex;Age (years);Weight;SBP mmHg;CRP;Smoker;Ward;Readmitted"
BAD = {
    "empty.csv": b"",
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "broken.xlsx": b"PK\x03\x04 this was cut off",
    "only_heads.csv": b"age;sex;died\n",
}
HURT = "<img src=x onerror=window.hurt=1>"
MARKDOWN = "![x](http://192.0.2.1/x.png)"
TEMPLATE = "${window.hurt=2}{{value}}"


def clinic(rows: int = 300) -> str:
    """A ward's export: semicolons, decimal commas, several codes for missing, spellings and typing errors."""
    draw = random.Random(4)

    def comma(number: float) -> str:
        return f"{number:.1f}".replace(".", ",")

    lines = [HEADS]
    for number in range(rows):
        age = draw.randint(24, 91)
        cells = [
            f"P{number:04d}",
            f"{draw.randint(1, 28):02d}.{draw.randint(1, 12):02d}.2023",
            draw.choice(["m", "f", "M", "F", "male", "Female", " f"]),
            str(age) if draw.random() > 0.02 else draw.choice(["-9", "999"]),
            comma(draw.gauss(78, 14)),
            str(int(draw.gauss(131, 17))) if draw.random() > 0.03 else draw.choice(["0", "1200"]),
            draw.choice(["n/a", "", "unknown"]) if draw.random() < 0.2 else comma(draw.expovariate(0.05)),
            draw.choice(["yes", "no", "Yes", "NO", "ex", "?"]),
            f"{draw.choice('ABC')}{draw.randint(1, 2)}",
            "yes" if draw.random() < (0.5 if age > 70 else 0.2) else "no",
        ]
        lines.append(";".join(cells))
    return "\n".join([*lines, lines[-1], ""])


def test_a_messy_file_of_ones_own(visitor: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "ward 7, spring.csv"
    file.write_text(clinic(), "utf-8")
    page = visitor.page
    visitor.upload(file)
    visitor.asked("goal")
    assert "Readmitted" in page.inner_text("#card")
    assert "301 rows" in page.inner_text("#card")
    visitor.go_on("done")
    with page.expect_download() as started:
        page.get_by_role("link", name="Everything").click()
    started.value.save_as(tmp_path / "all.zip")
    rows = list(csv.DictReader(io.StringIO(zipfile.ZipFile(tmp_path / "all.zip").read("data.csv").decode())))
    assert {row["Readmitted"] for row in rows} == {"yes", "no"}
    assert not [row for row in rows if row["SBP mmHg"] in {"0", "0.0", ""}]
    assert file.read_text("utf-8") == clinic(), "the original is never touched"


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_file_that_is_none_is_told_and_the_next_one_works(name: str, visitor: Visitor, tmp_path: Path) -> None:
    bad, good = tmp_path / name, tmp_path / "good.csv"
    bad.write_bytes(BAD[name])
    good.write_text(clinic(60), "utf-8")
    page = visitor.page
    page.set_input_files("#file input[type=file]", bad)
    told = page.locator("#looked [role=alert]")
    told.wait_for()
    assert name in told.inner_text() and "Traceback" not in told.inner_text()
    assert not page.get_by_role("button", name="Start", exact=True).is_visible()
    page.reload()
    page.set_input_files("#file input[type=file]", good)
    page.locator("#looked .looked", has_text="61 rows").wait_for()
    assert page.get_by_role("button", name="Start", exact=True).is_enabled()


def test_two_hundred_columns(visitor: Visitor, tmp_path: Path) -> None:
    draw = random.Random(1)
    names = [f"measurement number {n} of the morning visit" for n in range(198)]
    rows = [[str(n), *(f"{draw.gauss(0, 1):.3f}" for _ in names), str(draw.randint(0, 1))] for n in range(150)]
    file = tmp_path / "wide.csv"
    file.write_text("\n".join(",".join(row) for row in [["patient", *names, "died"], *rows]), "utf-8")
    page = visitor.page
    visitor.upload(file)
    visitor.asked("goal")
    assert "200 columns" in page.inner_text("#card")
    visitor.go_on("plan")
    visitor.open("Data")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.querySelectorAll('*').length") < 6_000, "no more is sent than is shown"


def test_markup_in_names_and_values_is_text(visitor: Visitor, tmp_path: Path) -> None:
    file = tmp_path / f"{HURT}.csv".replace("/", "")
    rows = [f"{n},{n % 7},{MARKDOWN if n % 9 else ''},{TEMPLATE if n % 2 else HURT},{n % 2}" for n in range(120)]
    file.write_text("\n".join([f'id,"{HURT}","{MARKDOWN}","{TEMPLATE}",died', *rows]), "utf-8")
    page = visitor.page
    visitor.upload(file, "died")
    visitor.asked("goal")
    visitor.answer("Yes")
    visitor.asked("question")
    for text in (HURT, MARKDOWN, TEMPLATE):
        assert text in page.locator("#card").inner_html().replace("&lt;", "<").replace("&gt;", ">")
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.locator("[role=tab][aria-selected=true]", has_text=tab.inner_text().split("\n")[0]).wait_for()
        assert page.locator("img[src=x], img[src^='http://192']").count() == 0
    visitor.press("Decide by rule for the rest", "#header")
    visitor.asked("done")
    assert page.evaluate("window.hurt") is None
    assert page.locator("img[src=x]").count() == 0
