"""What a typed text means: matched against phrases, never guessed; a doubt is never an approval."""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

__all__ = ["Meant", "lexicon", "meant", "plain"]

ALIKE = 0.86
"""How alike a text and a phrase must be (difflib's ratio): one slip in about eight letters."""
SHORT = 4
"""Phrases up to this length must be met exactly: "on" is not "no"."""
WORD_ALIKE = 0.8
HARMLESS = {"why", "show", "meaning", "gaps", "size", "original", "progress", "help", "thanks"}
"""Intents that change nothing and may be taken from a text with a slip at any place."""
_SLOT = re.compile(r"\{(\w+)\}")


class Meant(NamedTuple):
    """An intent and what fills its slot, as typed."""

    intent: str
    slot: str = ""


@cache
def lexicon() -> dict[str, Any]:
    """The phrases, from `intents.yaml`."""
    told: dict[str, Any] = yaml.safe_load((files("climbdc_ui.chat") / "intents.yaml").read_text("utf-8"))
    return told


def plain(text: str) -> str:
    """Lower case, one space between words, without polite words and the marks at the end.

    >>> plain("  Could you please UNDO that!? ")
    'undo that'
    """
    low = " ".join(text.replace("’", "'").casefold().split())
    low = low.strip(' .,!?;:…"“”') or low
    for word in lexicon()["polite"]:
        trimmed = re.sub(rf"(^|\s){re.escape(word)}(?=\s|,|$),?", " ", low).strip(" ,")
        low = " ".join(trimmed.split()) or low
    return low


def meant(text: str) -> Meant | None:
    """The intent of a text; None where no phrase fits.

    >>> meant("Approve!"), meant("don't approve"), meant("aprove it"), meant("perhaps approve it")
    (Meant(intent='approve', slot=''), Meant(intent='reject', slot=''), Meant(intent='approve', slot=''), None)
    >>> meant("how many misssing in Serum Chol?")
    Meant(intent='gaps', slot='Serum Chol')
    """
    said = plain(text)
    found = _whole(said)
    if found is None:
        found = _with_slot(text, said)
    if found is None or found.intent in HARMLESS:
        return found
    asks = text.strip().endswith("?") and not text.strip().casefold().startswith(("could", "can", "would", "please"))
    return None if asks or (found.intent == "approve" and _doubts(said)) else found


@cache
def _doubt() -> re.Pattern[str]:
    return re.compile(rf"(?:^|\W)(?:{'|'.join(map(re.escape, lexicon()['doubt']))})(?:\W|$)")


def _doubts(said: str) -> bool:
    """Whether a text takes something back or leaves it open."""
    return _doubt().search(said) is not None


def _whole(said: str) -> Meant | None:
    """A phrase without a slot that the whole text is, or nearly is."""
    phrases = _phrases()
    if said in phrases:
        return Meant(phrases[said])
    best, found = 0.0, None
    for phrase, intent in phrases.items():
        alike = _alike(said, phrase, intent)
        if alike > best:
            best, found = alike, Meant(intent)
    return found


@cache
def _phrases() -> dict[str, str]:
    """Phrases without a slot, as they stand and without polite words, with their intents."""
    found = {
        phrase: intent for intent, phrases in lexicon()["intents"].items() for phrase in phrases if "{" not in phrase
    }
    return {plain(phrase): intent for phrase, intent in reversed(found.items())} | found


def _alike(said: str, phrase: str, intent: str) -> float:
    """How alike they are where that is enough; else 0. A negation must stand in both or in neither."""
    if len(phrase) <= SHORT or len(said.split()) != len(phrase.split()) or _doubts(said) != _doubts(phrase):
        return 0.0
    alike = difflib.SequenceMatcher(None, said, phrase).ratio()
    enough = ALIKE if intent in HARMLESS else ALIKE + 0.02
    return alike if alike >= enough else 0.0


def _with_slot(text: str, said: str) -> Meant | None:
    """A phrase with a slot; the one with most words of its own wins, so that names may be long."""
    best, found = 0, None
    for intent, phrases in lexicon()["intents"].items():
        for phrase in phrases:
            slot = _SLOT.search(phrase)
            if slot is None:
                continue
            head, tail = phrase[: slot.start()].split(), phrase[slot.end() :].split()
            filled = _filled(said, head, tail)
            if filled and len(head) + len(tail) > best:
                best, found = len(head) + len(tail), Meant(intent, _as_typed(text, filled))
    return found


def _filled(said: str, head: list[str], tail: list[str]) -> str:
    """What stands between a phrase's first and last words; empty where these are not there."""
    words = said.split()
    middle = words[len(head) : len(words) - len(tail)]
    if not middle or len(words) < len(head) + len(tail) + 1:
        return ""
    outer = [*zip(words, head, strict=False), *zip(words[len(words) - len(tail) :], tail, strict=True)]
    return " ".join(middle) if all(_same_word(one, other) for one, other in outer) else ""


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    return len(other) > SHORT and difflib.SequenceMatcher(None, one, other).ratio() >= WORD_ALIKE


def _as_typed(text: str, filled: str) -> str:
    """The slot in the case it was typed in: names of columns may differ in case alone."""
    flat = " ".join(text.replace("’", "'").split())
    at = flat.casefold().rfind(filled)
    return flat[at : at + len(filled)] if at >= 0 else filled
