"""Whatever a table holds, every card, form and message shows it as text."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from climbdc.agents import Checkpoint, Choice
from climbdc_ui._render import render
from climbdc_ui.chat._card import card_of
from climbdc_ui.chat._draft import Draft
from climbdc_ui.chat._messages import Line, Message
from climbdc_ui.chat._wording import words

SCRIPT = "<script>window.hurt=1</script>"
HOSTILE = f"""{SCRIPT}'"><img src=x onerror=window.hurt=1>{{{{7*7}}}}${{8*8}}[x](http://192.0.2.1)"""
FORBIDDEN = ("<script", "<img", "49}}", "64}", ">49<")


class Tags(HTMLParser):
    """Names of tags and attributes, and the values of those that carry what a button sends."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.sent: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sent += [json.loads(value or "") for name, value in attrs if name == "data-values"]


def safe(html: str) -> Tags:
    """The tags of a part, which holds no script, no picture from elsewhere and no handler."""
    assert not any(text in html for text in FORBIDDEN)
    assert "&lt;script&gt;" in html
    tags = Tags()
    tags.feed(html)
    assert not tags.tags & {"script", "img", "iframe", "object", "link", "style", "base", "a"}
    assert not {name for name in tags.attributes if name.startswith("on")}
    return tags


def checkpoint(kind: Any, detail: dict[str, Any], *values: str) -> Checkpoint:
    """A question with markup wherever a table or a person can put text."""
    return Checkpoint(
        kind=kind, title=HOSTILE, text=HOSTILE, why=HOSTILE, default=values[0], detail=detail,
        options=tuple(Choice(value=value, label=HOSTILE, consequence=HOSTILE) for value in values),
    )  # fmt: skip


def change(tool: str, params: dict[str, Any]) -> Checkpoint:
    """A change of a hostile column."""
    finding = {"id": "F001", "severity": "major", "kind": "zero", "columns": [HOSTILE], "sentence": HOSTILE}
    effect = {"metric": HOSTILE, "before": 0.8, "after": 0.9, "change": 0.1, "low": 0.05, "high": 0.15, "rows": 9}
    levels = {"kind": "levels", "labels": [HOSTILE], "before": [3], "after": [1], "missing": [0, 2], "other": [1, 0]}
    numbers = {
        "kind": "numbers",
        "edges": [0, 1, 2],
        "before": [3, 0],
        "after": [1, 2],
        "missing": [0, 0],
        "other": [0, 0],
    }
    group = {"column": HOSTILE, "group": HOSTILE, "rows": 9, "dropped": 2, "changed": 2}
    detail = {
        "step": {"tool": tool, "params": params, "confidence": 0.9, "backed_by": HOSTILE},
        "challenge": {"id": "x", "title": HOSTILE},
        "findings": [finding] * 5,
        "counts": {"cells": 2, "dropped_rows": 2, "added_rows": 0, "dropped_columns": 1, "added_columns": 1},
        "by_column": {HOSTILE: 2},
        "mappings": [{"column": HOSTILE, "before": HOSTILE, "after": "", "count": 2}] * 12,
        "dropped_columns": [HOSTILE],
        "added_columns": [HOSTILE],
        "effect": [{**effect, "better": "higher"}, {**effect, "better": "lower"}],
        "subgroups": [group],
        "by_outcome": [group],
        "distributions": {
            "columns": [{"column": HOSTILE, **levels}, {"column": HOSTILE, **numbers}] * 2,
            "left_out": 3,
        },
        "invariants": [{"name": "all rows kept", "ok": False, "detail": HOSTILE}],
    }
    return checkpoint("change", detail, "approve", "change", "reject", "later", "stop")


ROLES = {"target": HOSTILE, "kind": "binary", "patient": HOSTILE, "reasons": {"target": HOSTILE}}
CHECKPOINTS = {
    "goal": checkpoint(
        "goal",
        {
            "goal": {"target": HOSTILE, "task": None}, "roles": ROLES, "columns": [HOSTILE, "b"], "rows": 3,
            "targets": [{"column": HOSTILE, "because": HOSTILE}], "questions": [HOSTILE],
        },
        "accept", "change", "none",
    ),
    "meanings": checkpoint("question", {"columns": [{"column": HOSTILE, "type": HOSTILE}] * 15}, "unknown", "change"),
    "timing": checkpoint(
        "question", {"columns": [{"column": HOSTILE, "because": HOSTILE, "meaning": HOSTILE, "kind": ""}]},
        "after", "change", "unknown",
    ),
    "plan": checkpoint(
        "plan", {"steps": [{"id": "S01", "title": HOSTILE, "tool": HOSTILE, "why": HOSTILE, "findings": [HOSTILE]}]},
        "approve", "change", "stop",
    ),
    "finish": checkpoint(
        "finish", {"open": [{"sentence": HOSTILE}] * 9, "postponed": [{"title": HOSTILE, "why": HOSTILE}]},
        "take-up", "finish", "stop",
    ),
    "values": change("mark_missing", {"codes": {HOSTILE: [HOSTILE]}}),
    "spellings": change("harmonise_categories", {"maps": {HOSTILE: {HOSTILE: HOSTILE}}}),
    "ranges": change("correct_implausible", {"columns": {HOSTILE: {"low": 1}}}),
    "columns": change("drop_columns", {"columns": [HOSTILE]}),
    "foreign": change("no_such_tool", {HOSTILE: HOSTILE}),
}  # fmt: skip


@pytest.mark.parametrize("editing", [False, True])
@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_card_shows_everything_as_text(name: str, editing: bool) -> None:
    draft = Draft(
        {"note": HOSTILE, "p-0-0-add": HOSTILE, "m-0": HOSTILE}, {"": HOSTILE, "p-0-0": HOSTILE, "g-target": HOSTILE}
    )
    asked = CHECKPOINTS[name].model_dump(mode="json")
    card = card_of(HOSTILE, asked, draft=draft, editing=editing, far=(2, 9), columns=(HOSTILE, "b"))
    html = render("chat/card", card=card, words=words(), ticked=200, replies=[HOSTILE])
    tags = safe(html)
    assert {"question": HOSTILE} in [{"question": sent["question"]} for sent in tags.sent if "question" in sent]


def test_the_conversation_shows_everything_as_text() -> None:
    talk = [
        Message("1", "coordinator", HOSTILE, "found", lines=(Line("major", HOSTILE),) * 7),
        Message("2", "human", HOSTILE, "answer", more=HOSTILE),
        Message(
            "3", HOSTILE, HOSTILE, HOSTILE, more=HOSTILE, said=(HOSTILE,), open=(HOSTILE, "data", {"column": HOSTILE})
        ),
    ]
    live = {"text": HOSTILE, "fraction": 0.3}
    html = render(
        "chat/talk", talk=talk, earlier=3, live=live, over=1, steps=3, speakers=words()["speakers"], viewer=""
    )
    assert {"column": HOSTILE} in safe(html).sent
    assert "Step 2 of 3" in html and "Show 3 earlier" in html


def test_an_effect_is_better_only_in_its_own_direction() -> None:
    change_ = card_of("q", CHECKPOINTS["values"].model_dump(mode="json")).change
    assert change_ is not None
    higher, lower = change_.effects
    assert (higher.verdict, lower.verdict) == ("better", "worse")
    assert higher.band.at > 100 > lower.band.at, "better is to the right, whichever way the measure counts"


def test_the_recommended_way_is_first_and_stopping_last() -> None:
    options = card_of("q", CHECKPOINTS["values"].model_dump(mode="json")).options
    assert [option.value for option in options] == ["approve", "change", "reject", "later", "stop"]
    assert [option.recommended for option in options] == [True, False, False, False, False]
    for name in ("goal", "meanings", "timing"):
        last = card_of("q", CHECKPOINTS[name].model_dump(mode="json")).options[-1]
        assert last.value == "stop", "every question can be left for another day"
