"""Dates as people write them: which formats a column mixes, and whether the day or the month comes first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

__all__ = ["DateForm", "date_forms"]

_MONTHS: Final = r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_LONG: Final = r"january|february|march|april|june|july|august|september|october|november|december"
_TIME: Final = re.compile(r"(?P<day>.*?\d)(?P<gap>[T ])(?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2})?)$")
_NUMERIC: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_FIXED: Final = (
    (re.compile(r"\d{4}-\d{1,2}-\d{1,2}"), "%Y-%m-%d"),
    (re.compile(r"\d{4}/\d{1,2}/\d{1,2}"), "%Y/%m/%d"),
    (re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}"), "%Y.%m.%d"),
    (re.compile(rf"\d{{1,2}} (?:{_MONTHS}) \d{{4}}", re.I), "%d %b %Y"),
    (re.compile(rf"\d{{1,2}}-(?:{_MONTHS})-\d{{4}}", re.I), "%d-%b-%Y"),
    (re.compile(rf"\d{{1,2}}-(?:{_MONTHS})-\d{{2}}", re.I), "%d-%b-%y"),
    (re.compile(rf"\d{{1,2}}(?:{_MONTHS})\d{{4}}", re.I), "%d%b%Y"),
    (re.compile(rf"\d{{1,2}} (?:{_LONG}) \d{{4}}", re.I), "%d %B %Y"),
    (re.compile(rf"(?:{_MONTHS}) \d{{1,2}}, \d{{4}}", re.I), "%b %d, %Y"),
    (re.compile(rf"(?:{_LONG}) \d{{1,2}}, \d{{4}}", re.I), "%B %d, %Y"),
)


@dataclass
class DateForm:
    """One way of writing dates: its format, its cells, and how sure the order of day and month is.

    Args:
        format: A strptime format.
        sure: 1 where the format tells, 0.95 where some day is above 12, 0.5 where none is.
        texts: Text -> rows.
        conflict: Some cells are dates only with the day first and others only with the month first.
    """

    format: str
    sure: float = 1.0
    texts: dict[str, int] = field(default_factory=dict)
    conflict: bool = False

    @property
    def rows(self) -> int:
        """How many rows are written this way."""
        return sum(self.texts.values())


def date_forms(vocabulary: Mapping[str, int]) -> list[DateForm]:
    """The ways in which texts are dates, the most frequent first; texts that are none are left out.

    >>> [(form.format, form.sure) for form in date_forms({"31/01/2020": 2, "2020-02-01": 1, "late": 9})]
    [('%d/%m/%Y', 0.95), ('%Y-%m-%d', 1.0)]
    >>> [(form.format, form.sure) for form in date_forms({"03/04/2020": 1})]
    [('%d/%m/%Y', 0.5)]
    """
    fixed: dict[str, DateForm] = {}
    numeric: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for text, count in vocabulary.items():
        day, suffix = _without_clock(text.strip())
        found = next((format_ for pattern, format_ in _FIXED if pattern.fullmatch(day)), None)
        if found and _is_date(day, found):
            fixed.setdefault(found + suffix, DateForm(found + suffix)).texts[text] = count
        elif match := _NUMERIC.fullmatch(day):
            year = "%Y" if len(match[4]) == 4 else "%y"
            numeric[match[2], year + suffix][text] = count
    forms = [*fixed.values(), *(form for key, texts in numeric.items() for form in _ordered(*key, texts))]
    return sorted(forms, key=lambda form: (-form.rows, form.format))


def _without_clock(text: str) -> tuple[str, str]:
    match = _TIME.fullmatch(text)
    if match is None:
        return text, ""
    return match["day"], match["gap"] + ("%H:%M:%S" if match["seconds"] else "%H:%M")


def _ordered(sign: str, rest: str, texts: dict[str, int]) -> list[DateForm]:
    """One form by the order that the days above 12 ask for, or two in conflict."""
    firsts, seconds = {}, {}
    for text, count in texts.items():
        match = _NUMERIC.match(text.strip())
        first, second = (int(match[1]), int(match[3])) if match else (0, 0)
        if first > 31 or second > 31 or (first > 12 and second > 12) or not first or not second:
            continue
        if first > 12:
            firsts[text] = count
        elif second > 12:
            seconds[text] = count
    day_first, month_first = f"%d{sign}%m{sign}{rest}", f"%m{sign}%d{sign}{rest}"
    either = {text: count for text, count in texts.items() if _both(text)}
    if firsts and seconds:
        return [
            DateForm(day_first, 0.5, {**firsts, **either}, conflict=True),
            DateForm(month_first, 0.5, seconds, conflict=True),
        ]
    if seconds:
        return [DateForm(month_first, 0.95, {**seconds, **either})]
    if not firsts and not either:
        return []
    return [DateForm(day_first, 0.95 if firsts else 0.5, {**firsts, **either})]


def _both(text: str) -> bool:
    match = _NUMERIC.match(text.strip())
    return match is not None and 1 <= int(match[1]) <= 12 and 1 <= int(match[3]) <= 12


def _is_date(text: str, format_: str) -> bool:
    try:
        datetime.strptime(text, format_)
    except ValueError:
        return False
    return True
