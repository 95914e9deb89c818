"""What the report says of columns that name persons."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from climbdc._version import __version__
from climbdc.report import render_report, short_answers, summary
from climbdc.report._parts import PersonalFact
from climbdc.report._personal import loudly, without_values

APART = "Nobody was asked, so this was left as it came and kept out of what models use."


def facts(*columns: str) -> dict[str, Any]:
    """Facts of a session with such columns in its result."""
    personal = [{"column": name, "sentence": f"{name} is free text.", "reason": APART} for name in columns]
    return {"title": "a.csv", "version": __version__, "personal": personal}


def printed(told: dict[str, Any]) -> str:
    """The closing lines of the terminal, in one."""
    screen = io.StringIO()
    Console(file=screen, width=100).print(summary(told))
    return " ".join(screen.getvalue().split())


def test_all_three_closings_name_the_columns_the_reason_and_the_remedy() -> None:
    told = facts("remarks", "seen_by")
    answers = " ".join(dict(short_answers(told))["What is left open?"])
    for text in (printed(told), answers, render_report(told)):
        assert f"remarks and seen_by may name persons. {APART}" in text
        assert "--expert ask" in text and "deidentify" in text


def test_nothing_is_said_where_there_is_nothing() -> None:
    assert loudly([]) == () and "Personal" not in printed(facts()) and "name persons" not in render_report(facts())


def test_each_reason_has_its_columns() -> None:
    kept = PersonalFact(column="mrn", reason="This tells the patients apart and is kept for that.")
    told = loudly([PersonalFact(column="a", reason=APART), kept, PersonalFact(column="b", reason=APART)])
    assert told[0] == f"a and b may name persons. {APART}" and told[1].startswith("mrn may name persons. This tells")


def test_a_finding_about_other_columns_keeps_its_evidence() -> None:
    found = {
        "columns": ["name", "age"], "challenge": "structure/inconsistent-values", "evidence": {"example": "Ann"},
        "suggestions": [{"tool": "harmonise_categories", "params": {"maps": {"name": {"ann": "Ann"}}}}],
    }  # fmt: skip
    assert without_values(found, {"name"}) == found
    quiet = without_values({**found, "columns": ["name"]}, {"name"})
    assert quiet["suggestions"] == [{"tool": "harmonise_categories", "params": {}}] and "Ann" not in str(quiet)
