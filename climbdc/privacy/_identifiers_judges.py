"""What kind of personal data a column of text or whole numbers holds: each function knows one kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from climbdc.privacy._identifiers_glance import Glance
from climbdc.privacy._identifiers_rules import PersonKind, rules
from climbdc.privacy._scrub import scrub
from climbdc.privacy._scrub_persons import folded, persons

__all__ = ["How", "Judged", "judge_cells"]

How = Literal["name", "shape", "checksum", "uniqueness"]
_WORDS: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_MOSTLY, _HALF, _SOME = 0.9, 0.5, 0.3
_ENOUGH: Final = 10
"""Distinct cells from which a form or a checksum is no chance: one in ten numbers passes one check digit."""
_PERSONAL: Final = frozenset({"name", "email", "phone", "id", "address"})
_IN_TEXT: Final = 0.02


@dataclass(frozen=True)
class Judged:
    """What one column was taken for."""

    kind: PersonKind
    share: float
    how: How
    sure: float
    told: str = ""


def judge_cells(seen: Glance) -> Judged | None:
    """The first kind that fits, the more certain ones first."""
    if not seen.rows or seen.storage not in ("text", "whole"):
        return None
    judges: tuple[Callable[[Glance], Judged | None], ...] = (
        _forms, _national, _birth, _phone, _postcode, _record_number, _place, _address, _person, _free_text,
    )  # fmt: skip
    return next((found for judge in judges if (found := judge(seen)) is not None), None)


def _hint(seen: Glance, kind: PersonKind) -> str:
    return rules().hint(kind, seen.name, seen.meaning)


def _forms(seen: Glance) -> Judged | None:
    """E-mail, web and network addresses have a form of their own."""
    kinds: tuple[PersonKind, ...] = ("email", "url", "ip")
    for kind in kinds:
        share = seen.share(rules().shapes[kind].fullmatch) if seen.storage == "text" else 0.0
        if share >= _HALF:
            return Judged(kind, share, "shape", 0.97)
    return None


def _national(seen: Glance) -> Judged | None:
    """Numbers of a known form, nearly all of which pass their checksum; else a name that says so."""
    hint = _hint(seen, "national_id")
    for rule in rules().numbers:
        share = seen.share(rule.fits)
        if share >= _MOSTLY and len(seen.cells) >= (3 if hint else _ENOUGH):
            return Judged("national_id", share, "checksum" if rule.check else "shape", 0.97, rule.told)
    share = seen.share(lambda cell: sum(map(str.isdigit, cell)) >= 6)
    return Judged("national_id", share, "name", 0.92) if hint and share >= 0.8 else None


def _birth(seen: Glance) -> Judged | None:
    if _hint(seen, "birth_date") != "strong":
        return None
    share = seen.share(rules().shapes["date" if seen.storage == "text" else "date_digits"].fullmatch)
    return Judged("birth_date", share, "name", 0.95) if share >= _HALF else None


def _phone(seen: Glance) -> Judged | None:
    shapes = rules().shapes
    if _hint(seen, "phone"):
        share = seen.share(shapes["phone_digits"].fullmatch)
        return Judged("phone", share, "name", 0.95) if share >= _HALF else None
    share = seen.share(shapes["phone"].fullmatch) if seen.storage == "text" else 0.0
    return Judged("phone", share, "shape", 0.92) if share >= _MOSTLY and len(seen.cells) >= _ENOUGH else None


def _postcode(seen: Glance) -> Judged | None:
    shapes = rules().shapes
    if _hint(seen, "postcode"):
        short = {"text": 3, "whole": 4}[seen.storage]
        share = seen.share(lambda cell: len(cell) > short - 1 and shapes["postcode"].fullmatch(cell))
        return Judged("postcode", share, "name", 0.9) if share >= 0.7 else None
    share = seen.share(shapes["postcode_sure"].fullmatch) if seen.storage == "text" else 0.0
    return Judged("postcode", share, "shape", 0.9) if share >= _MOSTLY and len(seen.cells) >= _ENOUGH else None


def _record_number(seen: Glance) -> Judged | None:
    hint = _hint(seen, "id")
    if hint == "strong":
        share = seen.share(lambda cell: any(map(str.isdigit, cell)) and " " not in cell)
        return Judged("id", share, "name", 0.93) if share >= 0.8 and len(seen.cells) >= 3 else None
    if hint != "weak" or len(seen.cells) < _MOSTLY * seen.rows or seen.rows < _ENOUGH:
        return None
    share = seen.share(lambda cell: sum(map(str.isdigit, cell)) >= 6 and " " not in cell)
    return Judged("id", share, "uniqueness", 0.7) if share >= _MOSTLY else None


def _place(seen: Glance) -> Judged | None:
    if seen.storage != "text" or not _hint(seen, "place"):
        return None
    share = seen.share(_LETTERS.search)
    return Judged("place", share, "name", 0.8) if share >= _MOSTLY and len(seen.cells) >= 3 else None


def _address(seen: Glance) -> Judged | None:
    if seen.storage != "text":
        return None
    loose = seen.share(rules().shapes["address_loose"].fullmatch)
    if _hint(seen, "address"):
        return Judged("address", loose, "name", 0.94) if loose >= _HALF else None
    if loose < 0.8 or seen.share(lambda cell: " " in cell) < 0.8:
        return None
    share, hits = seen.share_of_few(lambda cell: "address" in scrub(cell).found)
    return Judged("address", share, "shape", 0.92) if share >= _HALF and hits >= _ENOUGH else None


def _person(seen: Glance) -> Judged | None:
    """Names: by the column's name and the shape of its cells, or by how many of them the lexicon knows."""
    if seen.storage != "text" or seen.share_of_few(rules().shapes["name"].fullmatch)[0] < 0.7:
        return None
    hint = _hint(seen, "name")
    if seen.share_of_few(_is_organisation)[0] >= _SOME:
        return None
    share, hits = seen.share_of_few(_is_person)
    if hint == "strong":
        plain, _ = seen.share_of_few(_is_plain)
        return Judged("name", max(share, 1 - plain), "name", 0.95) if len(seen.cells) >= 3 and plain < _HALF else None
    if hint == "weak" and share >= _SOME and hits >= 3:
        return Judged("name", share, "name", 0.93 if share >= _HALF else 0.75)
    if share >= _HALF and hits >= _ENOUGH:
        full, _ = seen.share_of_few(lambda cell: len(_WORDS.findall(cell)) >= 2)
        return Judged("name", share, "shape", 0.92 if full >= _HALF else 0.75)
    return None


def _is_organisation(cell: str) -> bool:
    return not rules().organisations.isdisjoint(map(folded, _WORDS.findall(cell)))


def _is_plain(cell: str) -> bool:
    """Whether a cell holds ordinary words only, such as yes, no or the name of a ward."""
    known = persons()
    words = [word for word in _WORDS.findall(cell) if len(word) > 1]
    return bool(words) and all(known.is_word(word) and not known.is_given(word) for word in words)


def _is_person(cell: str) -> bool:
    """Whether a cell is the name of a person as far as the lexicon knows, in capitals or not."""
    known = persons()
    words = [folded(word) for word in _WORDS.findall(cell)]
    long = [word for word in words if len(word) > 1 and word not in known.titles and word not in known.particles]
    if not long or len(words) > 6:
        return False
    if len(long) == 1:
        alone = known.is_surely_given(long[0]) or long[0] in known.alone
        return alone or (len(words) > 1 and long[0] in known.family)
    given = any(map(known.is_surely_given, long)) or (any(map(known.is_given, long)) and long[-1] in known.family)
    strange = sum(1 for word in long if not known.is_word(word) or known.is_given(word))
    return (given or long[-1] in known.family) and strange >= len(long) - (0 if not given else 1)


def _free_text(seen: Glance) -> Judged | None:
    """Long texts some of which hold what names a person."""
    if seen.storage != "text" or seen.share(lambda cell: cell.count(" ") >= 3) < _SOME:
        return None
    if seen.share_of_few(_is_organisation)[0] >= _SOME:
        return None
    share, _ = seen.share_of_few(lambda cell: not _PERSONAL.isdisjoint(scrub(cell).found))
    return Judged("text", share, "shape", 0.7) if share >= _IN_TEXT and share * seen.rows >= 3 else None
