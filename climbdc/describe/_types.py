"""Semantic types: what the values of a column are, whatever they are stored as."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from climbdc.describe._profile import LEVELS, Profile, profile
from climbdc.describe._words import bare, spoken, words
from climbdc.sdk import SemanticType

__all__ = ["Clues", "code_name", "identifier_name", "infer_type", "row_number_name", "type_of"]

_DATE = re.compile(
    r"\s*(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|"
    r"\d{1,2}[- ]?[a-z]{3,9}\.?[-, ]*\d{2,4}|[a-z]{3,9}\.? \d{1,2},? \d{4})"
    r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(am|pm|z|[+-]\d{2}:?\d{2})?)?\s*",
    re.IGNORECASE,
)
_YEAR_FIRST_PARTS: Final = re.compile(r"\s*\d{1,4}\.\d{1,2}\s*")  # 2020.5 is a number, not a month
_NUMBER = re.compile(r"\s*[<>≤≥~]?=?\s*[-+]?\d[\d.,']*([eE][-+]?\d+)?\s*(%|[a-zµ/^0-9]{1,8}\.?)?\s*", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"\s*0\d")
_RANGE = re.compile(
    r"\D{0,12}[\d.,]+\s?k?\s*(-|–|to|bis|a|,|\+|years?|and)+\s*\D{0,3}[\d.,]*\D{0,12}|\D{1,12}[\d.,]+\D{0,12}"
)
_RANK: Final = r"[\s._-]*(\d{1,2}|[ivx]{1,4})[a-d]?"
_MOSTLY: Final = 0.9  # share of a glance that must read as a date
_MIXED: Final = 0.8  # share of a glance that must read as a number: such columns often hold a few words
_NEARLY_UNIQUE: Final = 0.9
_FEW_RANKS: Final = 5  # so many grades have the usual clinical scales
_ENOUGH: Final = 20  # below so many rows uniqueness says little


@dataclass(frozen=True)
class Clues:
    """What is known of a column beside its values.

    Args:
        name: Its name.
        meaning: What a dictionary says it is.
        unit: Its unit.
        labels: Code -> label.
        nature: Its type where it is a clinical variable that the knowledge pack describes.
    """

    name: str
    meaning: str = ""
    unit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    nature: SemanticType | None = None


def infer_type(name: str, values: pd.Series[Any]) -> SemanticType:
    """The semantic type of a column by its name and values.

    Text that reads as numbers or dates is typed as what it reads as; nothing is converted.

    >>> infer_type("nyha", pd.Series([1, 3, 2, 4, 2, 1, 3]))
    'ordinal'
    """
    return type_of(profile(values), Clues(name))


def type_of(seen: Profile, clues: Clues) -> SemanticType:
    """The semantic type by what a glance showed and what else is known."""
    if seen.rows > 1 and seen.distinct <= 1:
        return "constant"
    if seen.storage == "date":
        return "date"
    if seen.present < 2:
        return _by_storage(seen)
    labelled = _by_labels(seen, clues.labels)
    if labelled:
        return labelled
    if _has_two_values(seen):
        return "binary"
    return _text_type(seen, clues) if seen.storage == "text" else _number_type(seen, clues)


def row_number_name(name: str) -> bool:
    """Whether a column's name says that it numbers the rows."""
    return spoken(name) in words().identifier.row_numbers


def identifier_name(name: str) -> bool:
    """Whether a column's name alone says that it names a patient, a visit or a record."""
    said, known = spoken(name), words().identifier
    return said in known.names or said.split(" ")[-1] in known.endings


def code_name(name: str) -> bool:
    """Whether a column's name says that its numbers are codes, not quantities."""
    return spoken(name).split(" ")[-1] in words().identifier.code_endings


def _by_storage(seen: Profile) -> SemanticType:
    kinds: dict[str, SemanticType] = {"whole": "integer", "decimal": "continuous", "text": "categorical"}
    return kinds[seen.storage]


def _has_two_values(seen: Profile) -> bool:
    """Whether there are two values; in text, small or capital letters and spaces around it do not count."""
    if seen.distinct == 2 and seen.present == 2 and seen.levels not in ((0, 1), (1, 2)):
        return False
    if seen.storage != "text":
        return seen.distinct == 2
    said = {cell.strip().casefold() for cell in seen.levels}
    return len(said) == 2 and not any(map(_DATE.fullmatch, said))


def _by_labels(seen: Profile, labels: Mapping[str, str]) -> SemanticType | None:
    """The type when most of the values have a label: then they are codes."""
    codes = [str(int(level)) if seen.storage == "whole" else str(level) for level in seen.levels]
    if not codes or sum(code in labels for code in codes) <= len(codes) / 2:
        return None
    if len(codes) == 2:
        return "binary"
    ordered = all(code in labels for code in codes) and _is_scale([labels[code] for code in codes])
    return "ordinal" if ordered else "categorical"


def _number_type(seen: Profile, clues: Clues) -> SemanticType:
    if seen.storage == "decimal":
        return "duration" if _is_duration(seen, clues) else "continuous"
    if _is_number_id(seen, clues):
        return "identifier"
    if clues.nature in ("categorical", "ordinal") and seen.levels:
        return clues.nature
    if clues.nature is None and _is_ranked(seen, clues):
        return "ordinal"
    if _is_duration(seen, clues):
        return "duration"
    if seen.levels and clues.nature is None and code_name(clues.name):
        return "categorical"
    return "integer"


def _is_number_id(seen: Profile, clues: Clues) -> bool:
    if clues.nature not in (None, "identifier") or _is_time_word(clues.name):
        return False
    if seen.ascending and seen.dense and (seen.present >= _ENOUGH or row_number_name(clues.name)):
        return not _looks_like_years(seen)
    if row_number_name(clues.name):
        return seen.unique and seen.present >= _ENOUGH
    return _is_named_id(seen, clues)


def _is_named_id(seen: Profile, clues: Clues) -> bool:
    """The name says id and the values do not contradict; weak names need values that are nearly all different."""
    known, said = words().identifier, spoken(clues.name)
    if identifier_name(clues.name):
        return seen.distinct > LEVELS or (seen.distinct > 2 and seen.share_distinct >= 0.2)
    weak = said in known.weak_names or said.split(" ")[-1] in known.weak_endings
    return weak and seen.present >= _ENOUGH and seen.share_distinct >= _NEARLY_UNIQUE


def _is_ranked(seen: Profile, clues: Clues) -> bool:
    """Few whole numbers that are grades: the name or the meaning says so, or they run 1, 2, 3 ... without a gap."""
    if not 2 < seen.distinct <= 3 * _FEW_RANKS:
        return False
    said = {*spoken(clues.name).split(" "), *re.findall(r"\w+", bare(clues.meaning).casefold())}
    if not words().ordinal.words.isdisjoint(said):
        return True
    runs = seen.low == 1 and seen.high == seen.distinct <= _FEW_RANKS
    return runs and seen.present > 2 * seen.distinct and not clues.unit and not code_name(clues.name)


def _is_duration(seen: Profile, clues: Clues) -> bool:
    known, said = words().duration, spoken(clues.name)
    if clues.nature is not None or said in known.exceptions:
        return clues.nature == "duration"
    if clues.meaning:
        timed = clues.unit.strip().casefold() in known.units or not clues.unit
        return timed and any(phrase.search(bare(clues.meaning).casefold()) for phrase in known.meanings)
    if _looks_like_years(seen):
        return False
    moment = said in known.moments and seen.storage == "decimal"
    return moment or said in known.names or said.split(" ")[-1] in known.endings


def _is_time_word(name: str) -> bool:
    known, said = words().duration, spoken(name)
    return said in known.names or said in known.moments or said.split(" ")[-1] in known.endings


def _looks_like_years(seen: Profile) -> bool:
    return seen.storage == "whole" and 1800 <= seen.low and seen.high <= 2200


def _text_type(seen: Profile, clues: Clues) -> SemanticType:
    read = _reads_as(seen)
    if read == "date":
        return "date"
    if _is_named_id(seen, clues) or (row_number_name(clues.name) and seen.unique and seen.present >= _ENOUGH):
        return "identifier"
    if read is not None and not _names_codes(clues.name):
        return read
    if clues.nature in ("categorical", "ordinal") and seen.levels:
        return clues.nature
    if seen.levels and _is_scale([str(level) for level in seen.levels]):
        return "ordinal"
    return _wordy_type(seen)


def _names_codes(name: str) -> bool:
    return code_name(name) or spoken(name).split(" ")[-1] in words().identifier.weak_endings


def _wordy_type(seen: Profile) -> SemanticType:
    """Tell free text, codes that are all different, and categories apart by how many words there are and how often."""
    many_words = sum(len(cell.split()) for cell in seen.glance) / len(seen.glance)
    if seen.distinct > 20 and (
        (many_words >= 5 and seen.share_distinct >= 0.2) or seen.share_distinct >= _NEARLY_UNIQUE
    ):
        return "text" if many_words >= 1.5 else "identifier"
    return "categorical"


def _reads_as(seen: Profile) -> SemanticType | None:
    """What text is when it is written numbers or dates, judged by a glance."""
    cells = [str(level) for level in seen.levels] or [
        str(cell) for cell in seen.glance[:: max(len(seen.glance) // 300, 1)]
    ]
    dates = [cell for cell in cells if _DATE.fullmatch(cell) and not _YEAR_FIRST_PARTS.fullmatch(cell)]
    if len(dates) >= _MOSTLY * len(cells):
        return "date"
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    if len(numbers) < max(_MIXED * len(cells), 2) or any(map(_LEADING_ZERO.match, numbers)):
        return None
    return "integer" if all(cell.strip("<>≤≥~=% ").isdigit() for cell in numbers) else "continuous"


def _is_scale(levels: list[str]) -> bool:
    """Whether three or more levels are steps of one known scale, numbered grades or ranges of a quantity.

    >>> _is_scale(["high", "low", "medium"]), _is_scale(["T1", "T3", "T2"]), _is_scale(["a", "b", "c"])
    (True, True, False)
    """
    said = {bare(level).strip().casefold() for level in levels}
    if len(said) < 3:
        return False
    if any(said <= scale for scale in words().ordinal.scales):
        return True
    if any(all(re.fullmatch(prefix + _RANK, level) for level in said) for prefix in words().ordinal.prefixes):
        return True
    return all(map(_RANGE.fullmatch, said)) or all(re.fullmatch("i{1,3}|iv|vi{0,3}", level) for level in said)
