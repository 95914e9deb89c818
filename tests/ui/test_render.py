"""No value can become markup."""

from __future__ import annotations

from pathlib import Path

import climbdc_ui
from climbdc.agents import Checkpoint, Choice
from climbdc_ui._card import card_of
from climbdc_ui._handlers import Handlers
from climbdc_ui._render import render
from climbdc_ui._talk import Line, Message

HOSTILE = "<img src=x onerror=window.hurt=1>"


def hostile_change() -> Checkpoint:
    """A change question with markup wherever a table or a person can put text."""
    counts = {"cells": 2, "dropped_rows": 0, "added_rows": 0, "dropped_columns": 1, "added_columns": 1}
    finding = {"id": "F001", "severity": "major", "kind": "zero", "columns": [HOSTILE], "sentence": f"{HOSTILE} is 0"}
    effect = {"metric": "auc", "before": 0.8, "after": 0.9, "change": 0.1, "low": 0.05, "high": 0.15, "rows": 9}
    return Checkpoint(
        kind="change",
        title=f"Mark {HOSTILE}",
        text=HOSTILE,
        why=HOSTILE,
        options=(
            Choice(value="reject", label="Reject", consequence="Nothing."),
            Choice(value="approve", label="Approve", consequence=HOSTILE),
        ),
        default="approve",
        detail={
            "step": {"tool": "mark_missing", "params": {"codes": {HOSTILE: ["0"]}}, "confidence": 0.9, "backed_by": ""},
            "challenge": {"id": "x", "title": HOSTILE},
            "findings": [finding],
            "counts": counts,
            "by_column": {HOSTILE: 2},
            "mappings": [{"column": HOSTILE, "before": HOSTILE, "after": "", "count": 2}],
            "dropped_columns": [HOSTILE],
            "added_columns": [HOSTILE],
            "effect": [{**effect, "better": "higher"}, {**effect, "metric": "brier", "better": "lower"}],
            "subgroups": [{"column": HOSTILE, "group": HOSTILE, "rows": 9, "dropped": 0, "changed": 2}],
            "invariants": [{"name": "rows", "ok": False, "detail": HOSTILE}],
        },
    )


def test_a_change_card_escapes_everything_and_shows_it() -> None:
    html = render("card", card=card_of("change:S01:1", hostile_change().model_dump(mode="json")))
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=window.hurt=1&gt;") >= 12
    assert "2 cells changed" in html and "1 column dropped" in html
    assert '<span class="gap">missing</span>' in html


def test_the_recommended_option_comes_first() -> None:
    options = card_of("q", hostile_change().model_dump(mode="json")).options
    assert [(option.value, option.recommended) for option in options] == [("approve", True), ("reject", False)]
    assert "<img" not in render("option", option=options[0])


def test_an_effect_is_better_only_in_its_own_direction() -> None:
    auc, brier = card_of("q", hostile_change().model_dump(mode="json")).effects
    assert (auc.verdict, brier.verdict) == ("better", "worse")


def test_messages_and_errors_escape() -> None:
    talk = (
        Message("coordinator", HOSTILE, "found", lines=(Line("major", HOSTILE),) * 7),
        Message("human", HOSTILE, "answer", more=HOSTILE),
    )
    for html in (render("talk", talk=talk, busy=""), render("error", message=HOSTILE, fix=HOSTILE)):
        assert "<img" not in html and "&lt;img" in html


def test_a_file_that_was_looked_into_is_escaped(desk: climbdc_ui.Desk, hostile: Path) -> None:
    looked = Handlers(desk).look(str(hostile))
    assert looked.usable and HOSTILE in looked.columns
    assert "<img" not in looked.text and "&lt;img" in looked.text
