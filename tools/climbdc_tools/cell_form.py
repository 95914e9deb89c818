"""Cells that break the form of their column, and the one value they can have been."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from climbdc.knowledge import knowledge

__all__ = [
    "binary_noise", "blotted", "doubled_quotes", "misformed", "out_of_sequence", "trailing_signs", "without_content",
]  # fmt: skip

_LEAST: Final = 20  # cells of one form before it is the column's
_PREVAILS: Final = 0.7
_MOST_ODD: Final = 400
_BLOTS: Final = 3
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOISE: Final = re.compile(r"-?\d+\.\d{14,}")
_TAIL: Final = re.compile(r"[*#_~^|\\]+$|^[*#_~^|\\]+")
_LETTER: Final = re.compile(r"[^\W\d_]")
_LETTERED: Final = 0.5
_GRADED: Final = set("+-<>=%")


def mask(text: str) -> str:
    """The form of a text: digits as 9, letters as a.

    >>> mask("2021-02-04"), mask("AB 12")
    ('9999-99-99', 'aa 99')
    """
    return "".join("9" if letter.isdigit() else "a" if letter.isalpha() else letter for letter in text)


def misformed(counts: Mapping[str, int], *, garbled: bool) -> dict[str, tuple[str, float]]:
    """Cell that breaks the form of nearly all others -> the only value of that form one slip away.

    Forms of digits and signs only, such as dates and codes; what is one slip away must be a value of the column.

    Args:
        counts: Values of the column with their counts.
        garbled: Whether the table has other slips; on its own a broken form is not put right with confidence.
    """
    lettered = sum(count for text, count in counts.items() if _LETTER.search(text))
    if lettered > _LETTERED * sum(counts.values()):
        return {}
    spoken = {text: count for text, count in counts.items() if _says(text)}
    forms: dict[str, int] = {}
    for text, count in spoken.items():
        forms[mask(text)] = forms.get(mask(text), 0) + count
    if not forms:
        return {}
    form = max(forms, key=lambda one: (forms[one], one))
    if forms[form] < max(_LEAST, _PREVAILS * sum(forms.values())) or not _of_digits(form):
        return {}
    held = {text: count for text, count in spoken.items() if mask(text) == form}
    if sum(held.values()) <= 1.1 * len(held):
        return {}
    odd = [text for text in spoken if mask(text) != form and abs(len(text) - len(form)) <= 1][:_MOST_ODD]
    repaired = {}
    for text in odd:
        meant = [other for other in set(_one_slip(text, form)) if held.get(other, 0) >= 2]
        if len(meant) == 1 and (garbled or len(odd) >= 5):
            repaired[text] = (meant[0], 0.92)
    return repaired


def _of_digits(form: str) -> bool:
    return len(form) >= 5 and "9" in form and "a" not in form


def out_of_sequence(cells: Sequence[str | None]) -> dict[str, tuple[str, float]]:
    """Cell that is no date of its column -> the only date, one slip away, that the column lacks.

    For columns of dates that do not come back. The date must lie within the column's range, and between its two
    neighbours where those go up.

    Args:
        cells: The column in file order.
    """
    days = np.array([_ordinal(text) for text in cells], dtype="float64")
    known = days[~np.isnan(days)]
    if len(known) < _LEAST or len(known) < _PREVAILS * len(cells) or len(np.unique(known)) < 0.9 * len(known):
        return {}
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
    days[(days < low - (middle - low)) | (days > high + (high - middle))] = np.nan
    taken = set(days[~np.isnan(days)].astype("int64").tolist())
    if len(taken) < 0.5 * (max(taken) - min(taken) + 1):
        return {}
    before, after = pd.Series(days).ffill().to_numpy(), pd.Series(days).bfill().to_numpy()
    repaired: dict[str, tuple[str, float]] = {}
    for at in np.flatnonzero(np.isnan(days)).tolist():
        text = cells[at]
        if text is None or cells.count(text) > 1:
            continue
        free = {one for one in _one_slip(text, "9999-99-99") if _is_date(one)}
        due = {one: int(_ordinal(one)) for one in free if min(taken) - 1 <= _ordinal(one) <= max(taken) + 1}
        fitting = [one for one, day in due.items() if day not in taken]
        if before[at] < after[at]:
            fitting = [one for one in fitting if before[at] < due[one] < after[at]]
        if len(fitting) == 1:
            repaired[text] = (fitting[0], 0.95 if before[at] < after[at] else 0.9)
    return repaired


def _ordinal(text: str | None) -> float:
    return float(dt.date.fromisoformat(text).toordinal()) if text is not None and _is_date(text) else math.nan


def _is_date(text: str) -> bool:
    if not _ISO.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _one_slip(text: str, form: str) -> Iterator[str]:
    """Texts of the form that one slip turns into `text`: a sign too many, too few, another, or two exchanged."""
    fits = re.compile(re.escape(form).replace("9", r"\d"))
    made: list[str] = []
    for at in range(len(text) + 1):
        made.append(text[:at] + text[at + 1 :])
        made.extend(text[:at] + sign + text[at:] for sign in "0123456789-/.: ")
        made.extend(text[:at] + sign + text[at + 1 :] for sign in "0123456789-/.: ")
        if at + 1 < len(text):
            made.append(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    return (one for one in made if fits.fullmatch(one) and one != text)


def trailing_signs(counts: Mapping[str, int]) -> dict[str, tuple[str, float]]:
    """Rare value with signs such as *** before or after it -> the value without them, where that is a frequent one."""
    repaired = {}
    for text, count in counts.items():
        bare = _TAIL.sub("", text).strip()
        if bare and bare != text and counts.get(bare, 0) >= max(5, 10 * count):
            signs = text.replace(bare, "", 1).strip()
            repaired[text] = (bare, 0.92 if len(signs) >= 2 else 0.7)
    return repaired


def blotted(counts: Mapping[str, int]) -> list[str]:
    """Values that are one letter beside a sign for nothing (e., w., t.), where there are three or more of them."""
    beside = [text for text in counts if _letter_beside_nothing(text)]
    return beside if len(beside) >= _BLOTS else []


def without_content(counts: Mapping[str, int], rows: int) -> dict[str, tuple[str, float]]:
    """Rare value of signs only -> the sign that this column writes for nothing, or missing where it writes none.

    So do single letters beside such a sign (e., w., t.) where there are three or more of them: a slip hit the sign.
    Where the signs alone come in several lengths (*, **) they are grades and stay.

    Args:
        counts: Values of the column with their counts.
        rows: Rows of the column, the missing ones included.
    """
    signs = [text for text in counts if not _says(text)]
    nothing = [text for text in signs if knowledge().is_missing_token(text) is not None]
    usual = max(nothing, key=lambda text: counts[text], default="")
    odd = [text for text in signs if text != usual and not set(text) & _GRADED and len(text.strip()) >= 2]
    repaired = {}
    for text in odd:
        if counts[text] <= 0.2 * counts[usual] if usual else len(odd) == 1 and counts[text] <= 0.2 * rows:
            repaired[text] = (usual, 0.92)
    beside = blotted(counts)
    if all(counts[text] <= 0.02 * rows + 2 for text in beside):
        repaired |= dict.fromkeys(beside, (usual, 0.92))
    return repaired


def _letter_beside_nothing(text: str) -> bool:
    """Whether the text is one letter and a sign for nothing, such as "e."."""
    letters = [letter for letter in text if letter.isalnum()] if len(text) <= 6 else []
    if len(letters) != 1 or not letters[0].isalpha() or set(text) & _GRADED:
        return False
    rest = text.replace(letters[0], "")
    return bool(rest.strip()) and knowledge().is_missing_token(rest) is not None


def _says(text: str) -> bool:
    return text.isalnum() or any(letter.isalnum() for letter in text)


def binary_noise(counts: Mapping[str, int]) -> dict[str, tuple[str, float]]:
    """Number with the rounding error of a computer -> the decimal number that was meant.

    >>> binary_noise({"0.052000000000000005": 3, "0.1": 9})
    {'0.052000000000000005': ('0.052', 0.97)}
    """
    repaired = {}
    for text in counts:
        if not _NOISE.fullmatch(text):
            continue
        short = f"{float(text):.10g}"
        if (
            len(short) <= len(text) - 8
            and "e" not in short
            and abs(float(short) - float(text)) <= 1e-14 * max(1.0, abs(float(text)))
        ):
            repaired[text] = (short, 0.97)
    return repaired


def doubled_quotes(counts: Mapping[str, int]) -> dict[str, tuple[str, float]]:
    """Apostrophe written twice, as databases do inside a quotation -> written once.

    >>> doubled_quotes({"St Mary''s": 2, "''": 1})
    {"St Mary''s": ("St Mary's", 0.93)}
    """
    inside = re.compile(r"(?<=\w)''(?=\w|\s)")
    return {text: (inside.sub("'", text), 0.93) for text in counts if inside.search(text)}
