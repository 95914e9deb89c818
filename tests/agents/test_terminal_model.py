"""The person at the terminal is told whose opinion is whose, and answers a model's question in their own words."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from climbdc.agents import Answer, Checkpoint, Choice
from climbdc.agents.experts import AutoExpert, TerminalExpert
from climbdc.errors import Stopped


def at_terminal(checkpoint: Checkpoint, *typed: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Answer, str]:
    """What a person answers who types this, and what stood on the screen."""
    lines = iter(typed)

    def line(*args: Any, **more: Any) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("climbdc.agents.experts._terminal.Prompt.ask", line)
    screen = io.StringIO()
    return TerminalExpert(Console(file=screen, width=200)).answer(checkpoint, "x"), screen.getvalue()


def asked(kind: Any, *values: str, text: str = "", **detail: Any) -> Checkpoint:
    options = tuple(Choice(value=value, label=value) for value in values)
    return Checkpoint(kind=kind, title="Well?", text=text, options=options, default=values[0], detail=detail)


QUESTION = asked("question", "skip", "tell", text="Was [bold]alb[/bold] fasting?", step="S03", asked_by="model")


def test_a_question_of_the_model_is_answered_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, screen = at_terminal(QUESTION, "tell", "  yes, always\n fasting ", monkeypatch=monkeypatch)
    assert (answer.choice, answer.values) == ("tell", {"answer": "yes, always fasting"})
    assert "The language model says: Was [bold]alb[/bold] fasting?" in screen, "and its words are no markup"
    assert at_terminal(QUESTION, "tell", " ", monkeypatch=monkeypatch)[0].choice == "skip"


def test_opinions_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"id": "S01", "title": "Gaps", "tool": "impute", "why": "Gaps.", "doubt": "It would not.", "told": "Fills."}
    own = {**row, "id": "S02", "origin": "model", "doubt": ""}
    _, screen = at_terminal(asked("plan", "approve", steps=[row, own]), "approve", monkeypatch=monkeypatch)
    assert "The language model doubts it: It would not." in screen and "Proposed by the language model" in screen
    _, screen = at_terminal(asked("change", "approve", step=own, findings=[]), "approve", monkeypatch=monkeypatch)
    assert "Proposed by the language model, not by the rules." in screen
    columns = [{"column": "alb", "idea": {"meaning": "albumin", "unit": "g/L"}}, {"column": "x"}]
    _, screen = at_terminal(asked("question", "unknown", columns=columns), "unknown", monkeypatch=monkeypatch)
    assert "takes alb to be: albumin, g/L." in screen and "takes x" not in screen


def test_consent_is_never_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    reveal = asked("reveal", "no", "yes", column="cp", reason="Spellings [/].", asked_by="model")
    answer, screen = at_terminal(reveal, "no", monkeypatch=monkeypatch)
    assert answer.choice == "no" and "The language model's reason: Spellings [/]." in screen
    assert AutoExpert().answer(reveal, "reveal:cp").choice == "no"
    with pytest.raises(Stopped):
        at_terminal(reveal, monkeypatch=monkeypatch)
