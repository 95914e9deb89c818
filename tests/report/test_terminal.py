"""The summary in a terminal says what the report says, in few lines."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console

from climbdc.report._page import render_report
from climbdc.report._terminal import summary

from .facts import FACTS, Page, facts, minimal


def said(told: dict[str, Any]) -> str:
    console = Console(width=110, file=StringIO())
    console.print(summary(told))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_terminal_says_found_done_measured_and_open() -> None:
    text = said(FACTS)
    for word in (
        "Found",
        "Done",
        "Measured",
        "Left open",
        "critical outcome_date",
        "S06 Fill gaps with estimates: 1,203 cells changed",
    ):
        assert word in text
    assert len(text.splitlines()) < 40


def test_what_evaluations_said_is_told_by_tool_and_is_no_problem_of_the_data() -> None:
    told = facts()
    kept = told["findings"][0]
    for number, (tool, part) in enumerate([("explain_model", "cross-validated"), ("audit_equity", "sealed")] * 2):
        said_here = {
            "id": f"F9{number}",
            "tool": tool,
            "part": part,
            "severity": "info",
            "sentence": f"{tool} {number}.",
        }
        told["findings"].append({**kept, **said_here, "screening": "last", "status": "open", "answered_by": None})
    before, after = said(FACTS), said(told)
    assert "explain_model 0." in after and "audit_equity 1." in after and "and 2 results more" in after
    assert "explain_model 2." not in after and before.count("problem") == after.count("problem")
    page = Page(render_report(told))
    assert {f"finding-F9{number}" for number in range(4)} <= set(page.ids()) and page.open == []
    assert f"{len(FACTS['findings'])} problems found" in " ".join(page.text.split())


def test_terminal_reads_no_markup_from_data() -> None:
    told = facts()
    told["findings"][0]["sentence"] = "[bold red]x[/bold red] [/nothing]"
    assert "[bold red]x[/bold red] [/nothing]" in said(told)
    assert "No problem was found." in said(minimal())
