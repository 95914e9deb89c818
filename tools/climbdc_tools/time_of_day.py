"""Times of day written in several ways, such as 7:10 a.m., 7:10am and 07:10."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["clock_forms"]

_CLOCK: Final = re.compile(r"(\d{1,2})([:.h])(\d{2})(?::(\d{2}))?(\s*)([aApP]\.?\s?[mM]\.?)?")
_PREVAILS: Final = 0.6
_LEAST: Final = 20


class _Style(NamedTuple):
    """How a time is written: sign after the hour, seconds, gap and the word for the morning, if any."""

    sign: str
    seconds: bool
    gap: str
    half: str


class _Clock(NamedTuple):
    """A time of day, how it is written, and whether its hour has a leading zero (None where that cannot show)."""

    hour: int
    minute: int
    second: int
    style: _Style
    zero: bool | None


def clock_forms(counts: Mapping[str, int]) -> dict[str, tuple[str, float]]:
    """Time of day written unlike most of its column -> the same time as they are written.

    Nine in ten cells must be times, and one way of writing must prevail. A time from 1:00 to 12:59 without a half of
    the day is left alone in a column that writes it, for it may be either.

    >>> usual = {f"{hour}:10 a.m.": 4 for hour in range(5, 12)}
    >>> clock_forms(usual | {"7:15am": 1, "19:05": 1, "8:30": 1})
    {'7:15am': ('7:15 a.m.', 0.95), '19:05': ('7:05 p.m.', 0.95)}
    """
    read = {text: clock for text in counts if (clock := _read(text)) is not None}
    rows = sum(counts[text] for text in read)
    if rows < max(_LEAST, 0.9 * sum(counts.values())):
        return {}
    styles: Counter[_Style] = Counter()
    zeros: Counter[bool] = Counter()
    for text, clock in read.items():
        styles[clock.style] += counts[text]
        if clock.zero is not None:
            zeros[clock.zero] += counts[text]
    style, times = styles.most_common(1)[0]
    if times < _PREVAILS * rows or (style.sign == "." and not style.half):  # 7.10 may be a number
        return {}
    odd = {text: clock for text, clock in read.items() if clock.style != style and _is_one_time(clock, style)}
    return {text: (_written(clock, style, zero=zeros[True] > zeros[False]), 0.95) for text, clock in odd.items()}


def _is_one_time(clock: _Clock, style: _Style) -> bool:
    """Whether the time is the same, and no other, when it is written in the style."""
    either = style.half and not clock.style.half and 1 <= clock.hour <= 12
    return not either and (style.seconds or not clock.second)


def _half(word: str) -> str:
    """How a half of the day is written, whichever it is: the morning's word."""
    return re.sub("p", "a", re.sub("P", "A", word))


def _read(text: str) -> _Clock | None:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    first, sign, minute, second, gap, word = found.groups()
    hour = int(first)
    if int(minute) > 59 or int(second or 0) > 59 or hour > 23 or (word and not 1 <= hour <= 12):
        return None
    zero = first[0] == "0" if len(first) == 2 and hour < 10 else False if len(first) == 1 else None
    if word:
        hour = hour % 12 + (12 if word[0] in "pP" else 0)
    style = _Style(sign, second is not None, gap if word else "", _half(word or ""))
    return _Clock(hour, int(minute), int(second or 0), style, zero)


def _written(clock: _Clock, style: _Style, *, zero: bool) -> str:
    hour = (clock.hour % 12 or 12) if style.half else clock.hour
    text = f"{hour:02d}" if zero else str(hour)
    text += f"{style.sign}{clock.minute:02d}" + (f":{clock.second:02d}" if style.seconds else "")
    if not style.half:
        return text
    word = style.half if clock.hour < 12 else style.half.replace("a", "p", 1).replace("A", "P", 1)
    return f"{text}{style.gap}{word}"
