"""A model's words for a person: plain text, real names, and no number that nothing backs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from climbdc.models._message import Message
from climbdc.models.llm._grounded import Backing, ground
from climbdc.models.llm._view import View

__all__ = ["Says", "fresh", "plainly"]

ECHO = 90.0
"""Likeness, in percent, above which a sentence only repeats what was read."""

Says = Callable[[str], str]
"""What a model wrote -> what may be shown of it."""


def plainly(view: View, messages: Sequence[Message]) -> Says:
    """How words of the answer to these messages are made fit to be shown.

    What backs a number is the first part of the last message: what the gate released of the session, no example.
    """
    real = {view.gate.shown(name): name for name in view.situation.columns}
    steps = [step.id for step in view.situation.plan.steps]
    names = [*real, *steps, *(str(finding["id"]) for finding in view.situation.findings)]
    backing: list[Backing] = []

    def says(words: str) -> str:
        if not words:
            return ""
        if not backing:
            backing.append(Backing([messages[-1].parts[0].text], names))
        return ground(words, backing[0], real).text

    return says


def fresh(words: str, known: Sequence[str]) -> str:
    """The sentences that do not only repeat what is told elsewhere: weak models copy what they have read.

    >>> fresh("Zeros become empty. A zero is not a measurement.", ["A zero is not a measurement"])
    'Zeros become empty.'
    """
    read = [text.casefold() for text in known if text]
    said = [sentence for sentence in re.split(r"(?<=[.!?…])\s+", words) if sentence]
    return " ".join(one for one in said if not any(_echo(one.casefold(), text) for text in read))


def _echo(sentence: str, read: str) -> bool:
    return fuzz.partial_ratio(sentence, read) >= ECHO if len(sentence) <= len(read) * 1.5 else False
