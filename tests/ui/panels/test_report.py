"""The report: what is missing until it is there, then what there is to take away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from climbdc.copilot import Session
from climbdc_ui._acts import Seat
from climbdc_ui.panels._formulas import formula_cells, formula_names
from climbdc_ui.panels._report import REPORT, downloads

At = Callable[..., Seat]


def test_what_is_missing_until_the_report_is_there(halfway: Session, at: At) -> None:
    html = REPORT.show(at(halfway), {})
    assert "It waits for your answer" in html and "1 done, 4 to do" in html
    assert html.count("✓</span> Done") == 3 and html.count("○</span> To come") == 3
    assert "736 rows for learning; the test part is set aside" in html
    assert "results/" not in html, "no link to anything that is not there"


def test_only_files_that_are_there_are_linked(done: Session, at: At, tmp_path: Path) -> None:
    for name in ("data.csv", "report.html", "climbdc-results.zip", "strange.txt"):
        (tmp_path / name).write_text("x" * 2500, "utf-8")
    (tmp_path / "test.csv").touch()
    done.stored.put("summary", {"told": [["Done", "9 cells changed\nmore"], ["Data", "<b>"]]})
    html = REPORT.show(at(done, tmp_path), {})
    done.stored.drop_results("summary")
    assert html.count("<a ") == 3 and f'href="results/{done.id}/report.html" target="_blank"' in html
    assert "test.csv" not in html and "strange.txt" not in html and "2 KB" in html
    assert "climbdc apply" not in html, "there is no recipe"
    assert "9 cells changed" in html and "&lt;b&gt;" in html
    (tmp_path / "recipe.json").write_text("{}", "utf-8")
    assert "climbdc apply recipe.json" in REPORT.show(at(done, tmp_path), {})
    assert downloads(None) == []


def test_text_that_a_spreadsheet_would_run_is_counted(made: Callable[..., Seat], at: At) -> None:
    cells = ["=1+1", "+cmd", "-x", "@sum", "\tx", "-5", "+3.2e4", "-", "=", None, "plain", "-1,5"]
    seat = made(pd.DataFrame({"text": cells, "=name": range(12)}))
    frame = seat.stored.version(seat.stored.need("head")["version"])["frame"]
    assert formula_cells(seat.stored.objects, frame) == 5
    assert formula_names(["=name", "@", "a", "-2"]) == 1
    html = REPORT.show(at(seat.session), {})
    assert "5 cells and 1 column name begin with" in html and "left as they are" in html
    assert "It rests" in html


def test_no_warning_where_nothing_is_risky(halfway: Session, at: At) -> None:
    assert "For spreadsheets" not in REPORT.show(at(halfway), {})


def test_before_anything_is_read(made: Callable[..., Seat], at: At) -> None:
    seat = made()
    html = REPORT.show(at(seat.session), {})
    assert html.count("To come") == 6 and "So far" not in html


def test_data_are_never_markup(hostile_done: Session, at: At) -> None:
    html = REPORT.show(at(hostile_done), {"page": "<b>"})
    assert "<script" not in html and "<img" not in html
