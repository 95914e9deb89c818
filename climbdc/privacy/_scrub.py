"""Identifiers of persons taken out of free text, and names of columns that are data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from climbdc.privacy._scrub_checks import CHECKS
from climbdc.privacy._scrub_names import name_spans
from climbdc.privacy._scrub_persons import persons

__all__ = ["Scrubbed", "looks_like_data", "scrub"]

LONGEST_NAME = 60
"""A column's name with more characters is taken for data."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER: Final = re.compile(r"\s*[<>≤≥~+-]?\s*[\d.,'\s]*\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s*%?\s*")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\s]+")
_MARK: Final = re.compile(r"\[(?:name|date|age|email|url|phone|address|postcode|id|ip)\]")


@dataclass(frozen=True)
class Scrubbed:
    """A text without the identifiers that were found in it.

    Args:
        text: Each identifier is its kind in brackets, such as `[name]`.
        found: The kinds found, each once, by name.
    """

    text: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Rule:
    kind: str
    pattern: re.Pattern[str]
    check: str


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    kind: str


def scrub(text: str) -> Scrubbed:
    """Take names, dates, addresses and numbers that name a person out of free text.

    What goes follows the list of HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i). Rules and lexicon are
    `scrub.yaml` and `persons.yaml`; a name that is in no lexicon and follows no title is not seen.

    >>> scrub("Mrs Jane Miller, born 3/4/1951, K 5.1 mmol/L, call 020 7946 0123").text
    'Mrs [name], born [date], K 5.1 mmol/L, call [phone]'
    >>> scrub("Exclude bilirubin above 20 mg/dL").found
    ()
    """
    hits: list[_Hit] = []
    for hit in _all_hits(text):
        _put(hits, hit)
    told = sorted((hit for hit in hits if hit.kind), key=lambda hit: hit.start)
    parts, done = [], 0
    for hit in told:
        parts += [text[done : hit.start], f"[{hit.kind}]"]
        done = hit.end
    return Scrubbed("".join([*parts, text[done:]]), tuple(sorted({hit.kind for hit in told})))


def looks_like_data(name: str) -> bool:
    """Whether a column's name is a value rather than a name, so that it must not be shown as it is.

    >>> [looks_like_data(name) for name in ("2019-03-12", "John Smith", "17.5", "serum_creatinine", "visit_2")]
    [True, True, True, False, False]
    """
    bare = name.strip()
    if len(bare) > LONGEST_NAME or not bare.isprintable() or (bare and _NUMBER.fullmatch(bare)):
        return True
    spaced = _CAMEL.sub(" ", bare)
    if scrub(bare).found or scrub(spaced).found:
        return True
    words = spaced.split()
    known = persons()
    if len(words) == 1:
        return len(bare) > 3 and known.is_surely_given(bare)
    return _is_written_small(words)


def _is_written_small(words: list[str]) -> bool:
    """Whether two or three words without capitals are a given and a family name."""
    known = persons()
    if not 1 < len(words) <= 3 or not all(map(str.isalpha, words)):
        return False
    return known.is_surely_given(words[0]) and words[-1].casefold() in known.family


def _all_hits(text: str) -> Iterator[_Hit]:
    """What each rule sees, in the order in which they count; a kind of its own, empty, for what stays."""
    kept, rules = _rules()
    for pattern in (*kept, _MARK):
        yield from (_Hit(match.start(), match.end(), "") for match in pattern.finditer(text))
    for rule in rules:
        for match in rule.pattern.finditer(text):
            start, end = next((match.span(part) for part in rule.pattern.groupindex if match[part]), match.span())
            if start < end and (not rule.check or CHECKS[rule.check](text[start:end])):
                yield _Hit(start, end, rule.kind)
    yield from (_Hit(start, end, "name") for start, end in name_spans(text))


def _put(hits: list[_Hit], new: _Hit) -> None:
    """Add a hit; what overlaps an earlier one widens it and takes its kind, and what stays is not touched."""
    over = [hit for hit in hits if hit.start < new.end and new.start < hit.end]
    if not over:
        hits.append(new)
    elif all(hit.kind for hit in over):
        for hit in over:
            hits.remove(hit)
        start, end = min(new.start, *(hit.start for hit in over)), max(new.end, *(hit.end for hit in over))
        hits.append(_Hit(start, end, over[0].kind))


@cache
def _rules() -> tuple[tuple[re.Pattern[str], ...], tuple[_Rule, ...]]:
    with Path(__file__).with_name("scrub.yaml").open(encoding="utf-8") as file:
        read: dict[str, Any] = yaml.load(file, Loader=_LOADER)

    def compiled(pattern: str) -> re.Pattern[str]:
        for name, fragment in read["fragments"].items():
            pattern = pattern.replace(f"<{name}>", fragment)
        return re.compile(pattern)

    rules = tuple(_Rule(rule["kind"], compiled(rule["pattern"]), rule.get("check", "")) for rule in read["rules"])
    return tuple(compiled(pattern) for pattern in read["kept"]), rules
