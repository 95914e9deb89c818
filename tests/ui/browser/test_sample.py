"""The sample from the first click to the download, with a rejection and an edit on the way."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ui.browser.conftest import Visitor


def test_from_the_sample_to_the_download(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.page
    assert "token" not in page.url
    visitor.start_sample()
    visitor.asked("goal")
    assert "920 rows" in page.inner_text("#card")
    visitor.answer("Yes")
    visitor.go_on("done")
    with page.expect_download() as started:
        page.get_by_role("link", name="Everything").click()
    started.value.save_as(tmp_path / "all.zip")
    bundle = zipfile.ZipFile(tmp_path / "all.zip")
    assert {"data.csv", "recipe.json", "report.html", "pipeline.py"} <= set(bundle.namelist())
    rows = list(csv.DictReader(io.StringIO(bundle.read("data.csv").decode())))
    assert len(rows) == 734
    assert not [row for row in rows if row["chol"] in {"0", "0.0", ""}], "a cholesterol of 0 was approved as missing"
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Report").first.click()
    opened.value.wait_for_load_state()
    assert "heart_disease" in opened.value.content()
