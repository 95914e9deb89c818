"""No value can become markup."""

from __future__ import annotations

from pathlib import Path

from climbdc_ui._look import look
from climbdc_ui._render import render

HOSTILE = "<img src=x onerror=window.hurt=1>"


def test_errors_escape() -> None:
    html = render("error", message=HOSTILE, fix=HOSTILE)
    assert "<img" not in html and "&lt;img" in html


def test_a_file_that_was_looked_into_is_escaped(hostile: Path) -> None:
    looked = look([str(hostile)])
    assert looked.usable and HOSTILE in looked.columns
    assert "<img" not in looked.text and "&lt;img" in looked.text
