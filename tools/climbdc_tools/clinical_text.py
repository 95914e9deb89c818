"""What a free text says of a patient: findings, told apart from denied ones and those of relatives, and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

__all__ = ["Reading", "concepts", "lexicon", "read_text"]

_SENTENCE: Final = re.compile(r"(?<=[.!])\s+(?=[A-Z(\d])|(?<=\?)\s+|[;\n\r]+|(?<=[a-z]{3}\.)(?=[A-Z])")
_WORD: Final = re.compile(r"\w+")
_NEAR: Final = 6  # words from a trigger, or from the last finding it reached, to the next finding
_BEHIND: Final = 5
_JOINED: Final = re.compile(r"[\s:,=()\-]*(?:is|was|are|were|remains?)?[\s:,=()\-]*")
_OR: Final = re.compile(r"\s*(?:/|,?\s*or(?:\s+\w+)?|and)\s*")
_KINDS: Final = ("before", "behind", "not_negation", "uncertain", "others", "ends", "not_findings")


class Reading(NamedTuple):
    """What one text says.

    Args:
        mentioned: Findings the patient has or had.
        denied: Findings that are only denied.
        affirmed: The text without the parts that are denied.
    """

    mentioned: frozenset[str]
    denied: frozenset[str]
    affirmed: str


class _Event(NamedTuple):
    start: int
    end: int
    kinds: frozenset[str]
    concept: str


@cache
def lexicon() -> Mapping[str, Any]:
    """Findings, triggers and numbers, from the YAML file beside this one."""
    import yaml

    told: Mapping[str, Any] = yaml.safe_load(files("climbdc_tools").joinpath("clinical_text.yaml").read_text("utf-8"))
    return told


def concepts() -> list[str]:
    """The findings that are looked for, in the order of the file."""
    return list(lexicon()["concepts"])


def read_text(text: str) -> Reading:
    """Findings of one text, by the rules of NegEx (Chapman 2001) and, for relatives, ConText (Harkema 2009).

    A trigger reaches the findings behind it, or before it, until its scope ends: with the sentence, at a word such as
    `but`, or where no finding follows within six words. What is mentioned once without denial counts as mentioned.

    >>> found = read_text("Denies chest pain or fever but has a cough. Mother had diabetes. Pneumonia was ruled out.")
    >>> sorted(found.mentioned), sorted(found.denied)
    (['cough'], ['chest pain', 'fever', 'pneumonia'])
    """
    mentioned: set[str] = set()
    denied: set[str] = set()
    affirmed: list[str] = []
    for sentence in _SENTENCE.split(text.replace("\u2019", "'")):
        events = list(_events(sentence))
        for place, event in enumerate(events):
            if not event.concept:
                continue
            if event.concept != "family history" and _reached(events, place, sentence, "others", 99):
                continue
            if _reached(events, place, sentence, "uncertain", _NEAR) or _followed(
                events, place, sentence, "uncertain", 2
            ):
                continue
            is_denied = _reached(events, place, sentence, "before", _NEAR)
            is_denied = is_denied or _followed(events, place, sentence, "behind", _BEHIND)
            (denied if is_denied else mentioned).add(event.concept)
        affirmed.append(_affirmed(sentence, events))
    return Reading(frozenset(mentioned), frozenset(denied - mentioned), " ".join(affirmed))


def _reached(events: list[_Event], place: int, sentence: str, kind: str, near: int) -> bool:
    """Whether a trigger before the finding reaches it."""
    here = events[place].start
    for number in range(place - 1, -1, -1):
        event = events[number]
        if "ends" in event.kinds and kind not in event.kinds:
            return False
        if _words(sentence, event.end, here) > near:
            return False
        if kind in event.kinds and not (kind == "before" and _points_back(events, number, sentence)):
            return True
        if event.concept:
            if kind == "uncertain" and _OR.fullmatch(sentence[event.end : here]) is None:
                return False
            here = event.start  # a list goes on
    return False


def _followed(events: list[_Event], place: int, sentence: str, kind: str, near: int) -> bool:
    """Whether a trigger behind the finding reaches back to it."""
    for number in range(place + 1, len(events)):
        event = events[number]
        if "ends" in event.kinds or _words(sentence, events[place].end, event.start) > near:
            return False
        if kind in event.kinds and (kind != "uncertain" or number == place + 1):
            both = kind == "uncertain" or "before" in event.kinds
            return _points_back(events, number, sentence) if both else True
        if "before" in event.kinds:
            return False
    return False


def _points_back(events: list[_Event], number: int, sentence: str) -> bool:
    """Whether a trigger that can stand before or behind stands right behind a finding, as in `cough: none`."""
    event = events[number]
    if number == 0 or not events[number - 1].concept or not ({"behind", "uncertain"} & event.kinds):
        return False
    return _JOINED.fullmatch(sentence[events[number - 1].end : event.start]) is not None


def _affirmed(sentence: str, events: list[_Event]) -> str:
    """The sentence without what follows a denial, up to where the scope ends."""
    kept, start = [], 0
    for number, event in enumerate(events):
        if event.start < start or not ({"before", "others", "uncertain"} & event.kinds):
            continue
        if _points_back(events, number, sentence):
            continue
        kept.append(sentence[start : event.start])
        start = next((other.start for other in events[number + 1 :] if "ends" in other.kinds), len(sentence))
    return "".join([*kept, sentence[start:]])


def _words(sentence: str, start: int, end: int) -> int:
    return sum(1 for _ in _WORD.finditer(sentence, start, max(start, end)))


def _events(sentence: str) -> Iterator[_Event]:
    pattern, told = _phrases()
    lower = sentence.lower()
    for match in pattern.finditer(lower if len(lower) == len(sentence) else sentence):
        kinds, concept = told[_key(match[0], told)]
        yield _Event(match.start(), match.end(), kinds, concept)


def _key(found: str, told: Mapping[str, Any]) -> str:
    plain = " ".join(found.lower().split())
    return plain if plain in told else plain.removesuffix("s")


@cache
def _phrases() -> tuple[re.Pattern[str], dict[str, tuple[frozenset[str], str]]]:
    """One pattern of all phrases, the longest first, and what each of them is."""
    kinds: dict[str, set[str]] = {}
    concept: dict[str, str] = {}
    for kind in _KINDS:
        for phrase in lexicon()[kind]:
            kinds.setdefault(phrase, set()).add(kind)
    for name, phrases in lexicon()["concepts"].items():
        for phrase in phrases:
            concept[phrase] = name
            kinds.setdefault(phrase, set())
    pattern = re.compile("|".join(_by_first_letter(kinds, concept)))
    return pattern, {phrase: (frozenset(kinds[phrase]), concept.get(phrase, "")) for phrase in kinds}


def _by_first_letter(phrases: Iterable[str], concept: Mapping[str, str]) -> Iterator[str]:
    """A pattern for each first letter, so that at most places of a text nothing is tried."""
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    for letter in sorted({phrase[0] for phrase in ordered}):
        left = r"(?<!\w)" if letter.isalnum() else ""
        rest = "|".join(_rest(phrase, phrase in concept) for phrase in ordered if phrase[0] == letter)
        yield f"{left}{re.escape(letter)}(?:{rest})"


def _rest(phrase: str, counted: bool) -> str:
    """The pattern behind the first letter, with the plural of a finding."""
    inner = re.escape(phrase[1:]).replace(r"\ ", r"\s+")
    plural = "s?" if counted and not phrase.endswith("s") else ""
    right = r"(?!\w)" if phrase[-1].isalnum() else ""
    return f"{inner}{plural}{right}"
