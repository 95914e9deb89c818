"""Cards on which a language model has a say: its words are set apart, escaped, and decide nothing by themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest

from climbdc.agents import Checkpoint, Choice
from climbdc_ui._render import render
from climbdc_ui.chat._answers import NotUsable, _meant
from climbdc_ui.chat._asked import read_rows
from climbdc_ui.chat._card import card_of
from climbdc_ui.chat._draft import Draft
from climbdc_ui.chat._wording import answer_in_words, words

HOSTILE = "<img src=x onerror=window.hurt=1>{{7*7}}"


def asked(kind: Any, *values: str, text: str = "", **detail: Any) -> Checkpoint:
    options = tuple(Choice(value=value, label=value.title(), consequence="") for value in values)
    return Checkpoint(kind=kind, title="Well?", text=text, options=options, default=values[0], detail=detail)


def shown(checkpoint: Checkpoint, draft: Draft | None = None) -> str:
    """The card as HTML, without blanks between tags."""
    card = card_of("ask:S01:1", checkpoint.model_dump(mode="json"), draft=draft)
    html = render("chat/card", card=card, words=words(), ticked=200, replies=[], dumps=str, talking=None)
    assert "<img" not in html and "49" not in html
    return re.sub(r"\s+", " ", html)


def row(**more: Any) -> dict[str, Any]:
    return {"id": "S01", "title": "Gaps", "tool": "impute", "what": "Fill gaps", "why": "Rules say so.", "findings": [],
            "origin": "rules", "doubt": "", "told": "", **more}  # fmt: skip


def test_a_plan_tells_doubts_and_whose_step_it_is() -> None:
    html = shown(asked("plan", "approve", "change", steps=[row(), row(id="S02", doubt=HOSTILE, told="It fills.")]))
    assert html.count('class="opinion"') == 1 and "It doubts this step." in html and "&lt;img" in html
    html = shown(asked("plan", "approve", steps=[row(origin="model", why=HOSTILE)]))
    assert "Proposed by the language model" in html and "The rules did not plan it." in html
    assert html.count("&lt;img") == 1, "its reason stands with its opinion alone"


def test_a_question_of_the_model_is_answered_in_words() -> None:
    checkpoint = asked("question", "skip", "tell", text=HOSTILE, step="S01", asked_by="model")
    html = shown(checkpoint, Draft({"answer": "half a sentence"}))
    assert "The language model says" in html and ">half a sentence</textarea>" in html
    assert "Decide later" not in html and 'name="m-0"' not in html
    answer = _meant(checkpoint, "tell", {"answer": " fasting,\n always ", "note": "n"})
    assert (answer.choice, answer.values, answer.note) == ("tell", {"answer": "fasting, always"}, "n")
    with pytest.raises(NotUsable, match="Nothing is written"):
        _meant(checkpoint, "tell", {"answer": " "})
    assert _meant(checkpoint, "skip", {"answer": "x"}).values == {}


def test_a_wish_to_go_back_has_its_two_answers() -> None:
    html = shown(asked("question", "keep", "back", text="It was wrong.", step="S01", asked_by="model"))
    assert "Keep" in html and "Back" in html and "textarea" not in html and "Stop for now" in html


def test_consent_says_what_is_sent_where() -> None:
    html = shown(asked("reveal", "no", "yes", column=HOSTILE, reason=HOSTILE, model="m", where="api.example"))
    assert "m</strong> at api.example is sent" in html and "language model’s reason" in html
    assert html.index(">No<") < html.index(">Yes<"), "no is what is recommended"


def test_ideas_are_filled_in_and_said_to_be_the_models() -> None:
    idea = {"meaning": "albumin", "unit": "g/L", "known_at": "before", "because": HOSTILE}
    columns = [{"column": "alb", "type": "continuous", "idea": idea}, {"column": "x", "type": "integer", "idea": None}]
    checkpoint = asked("question", "unknown", "change", "proposed", columns=columns * 5)
    html = shown(checkpoint)
    assert 'value="albumin"' in html and "Filled in by the language model." in html
    assert "2 more columns, 1 of them filled in by the language model" in html
    assert '<option value="before" selected>' in html
    typed = {"m-0": "", "u-0": "", "k-0": "", "m-1": "mine"}
    html = shown(checkpoint, Draft(typed))
    assert 'name="m-0" maxlength="300" value=""' in html, "what was emptied stays empty"
    assert read_rows(checkpoint, typed) == {"x": {"meaning": "mine"}}, "and is not told"


def test_what_was_answered_in_words_is_told() -> None:
    told = answer_in_words({"kind": "question"}, {"values": {"answer": "always fasting"}, "note": "", "rule": ""})
    assert told == "“always fasting”"


def test_an_idea_of_nothing_is_none() -> None:
    idea = {"meaning": "", "unit": "", "known_at": "unknown", "because": "No idea."}
    html = shown(asked("question", "unknown", "change", columns=[{"column": "x", "type": "integer", "idea": idea}]))
    assert "Filled in" not in html and "its opinion" not in html
