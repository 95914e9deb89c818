"""Values that are slips, with what was meant, from the look of all values of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd

from climbdc.knowledge import knowledge
from climbdc_tools.cell_form import (
    binary_noise,
    blotted,
    doubled_quotes,
    misformed,
    out_of_sequence,
    trailing_signs,
    without_content,
)
from climbdc_tools.constant_year import constant_year
from climbdc_tools.garbled_phrases import garbled_phrases, words_in
from climbdc_tools.garbling import Channel, Words, ambiguous, garbled_words, learn_channel, words_of
from climbdc_tools.numeral import read_numeral
from climbdc_tools.time_of_day import clock_forms
from climbdc_tools.vocabulary import counts, distinct, is_text

__all__ = ["Slip", "Slips", "slips"]

Found = dict[str, tuple[str, float]]

_MOST_VALUES: Final = 5_000  # a column with more different texts is free text
_LONG: Final = 300  # letters a cell has on average; longer ones are reports
_SEQUENCE: Final = 20_000


class Slip(NamedTuple):
    """What was meant (nothing for missing), how sure that is, and on what ground."""

    right: str
    confidence: float
    because: str


class Slips(NamedTuple):
    """What was found in a table.

    Args:
        clear: Column -> value that is a slip -> what was meant.
        several: Column -> value that is a slip -> the values it may have been.
    """

    clear: dict[str, dict[str, Slip]]
    several: dict[str, dict[str, list[str]]]


def slips(frame: pd.DataFrame, names: Sequence[str], rarer: float) -> Slips:
    """Values of a table that are slips.

    Looks at the values of each column, at how the whole table was garbled, and at the words that other cells use.

    Args:
        frame: Rows to learn from.
        names: Columns to look at.
        rarer: A slip is at most this many times as frequent as what was meant.
    """
    first = {name: _plain_faults(frame[name]) for name in names if _readable(frame[name])}
    vocabularies = {name: _after(counts(frame[name]), found) for name, found in first.items()}
    words = {name: words_of(_of_words(vocabulary), rarer) for name, vocabulary in vocabularies.items()}
    channel = learn_channel(words, rarer)
    channel.blotted = any(blotted(vocabulary) for vocabulary in vocabularies.values())
    every = sum((words_in(vocabulary) for vocabulary in vocabularies.values()), Counter[str]())
    table: dict[str, dict[str, Slip]] = {}
    for name, found in first.items():
        second = _second_look(frame[name], vocabularies[name], words[name], channel, every)
        if merged := _merged(counts(frame[name]), found, second):
            table[name] = merged
    for name in names:
        if name not in first and (years := constant_year(frame[name], name)):
            table[name] = {wrong: Slip(right, sure, "constant") for wrong, (right, sure) in years.items()}
    several = {name: meant for name in first if (meant := ambiguous(words[name], channel))}
    return Slips(table, several)


def _readable(series: pd.Series) -> bool:
    if not is_text(series) or not series.notna().any() or distinct(series) > _MOST_VALUES:
        return False
    return float(series.str.len().mean()) <= _LONG


def _plain_faults(series: pd.Series) -> dict[str, Slip]:
    """Faults that need no comparison: noise of binary numbers, apostrophes written twice."""
    vocabulary = counts(series)
    found = {text: Slip(right, sure, "form") for text, (right, sure) in binary_noise(vocabulary).items()}
    return found | {text: Slip(right, sure, "form") for text, (right, sure) in doubled_quotes(vocabulary).items()}


def _after(vocabulary: Mapping[str, int], found: Mapping[str, Slip]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for text, count in vocabulary.items():
        total[found[text].right if text in found else text] += count
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _of_words(vocabulary: Mapping[str, int]) -> dict[str, int]:
    """Without plain numbers, which no look can tell from a slip; codes of one length stay."""
    numbers = {text for text in vocabulary if read_numeral(text) is not None}
    if len(numbers) >= 0.9 * len(vocabulary) and len({len(text) for text in numbers}) > 3:
        return {text: count for text, count in vocabulary.items() if text not in numbers}
    return dict(vocabulary)


def _second_look(
    series: pd.Series, vocabulary: Mapping[str, int], words: Words, channel: Channel, every: Counter[str]
) -> dict[str, Slip]:
    """Slips seen by comparing values, the surest ground first."""
    looks: list[tuple[str, Callable[[], Found]]] = []
    if len(series) <= _SEQUENCE:
        looks.append(("sequence", lambda: out_of_sequence([None if pd.isna(cell) else str(cell) for cell in series])))
    if channel.open or channel.blotted:
        looks.append(("signs", lambda: without_content(vocabulary, len(series))))
        looks.append(("signs", lambda: trailing_signs(vocabulary)))
    looks.append(("form", lambda: clock_forms(vocabulary)))
    looks.append(("form", lambda: misformed(vocabulary, garbled=channel.open)))
    looks.append(("spelling", lambda: garbled_words(words, channel, 0.1)))
    looks.append(("wording", lambda: garbled_phrases(vocabulary, channel, every)))
    found: dict[str, Slip] = {}
    for because, look in looks:
        for text, (right, sure) in look().items():
            if text not in found or sure > found[text].confidence:
                found[text] = Slip(right, sure, because)
    return {text: slip for text, slip in found.items() if knowledge().is_missing_token(text) is None}


def _merged(vocabulary: Mapping[str, int], first: Mapping[str, Slip], second: Mapping[str, Slip]) -> dict[str, Slip]:
    """Both looks in one step: value as it stands -> what was meant in the end."""
    merged: dict[str, Slip] = {}
    for text in vocabulary:
        one = first.get(text)
        between = one.right if one else text
        other = second.get(between)
        if other is None and one is not None:
            merged[text] = one
        elif other is not None and one is None:
            merged[text] = other
        elif one is not None and other is not None:
            merged[text] = Slip(other.right, min(one.confidence, other.confidence), other.because)
    merged = {text: _settled(slip, merged) for text, slip in merged.items()}
    return {text: slip for text, slip in merged.items() if slip.right != text}


def _settled(slip: Slip, merged: Mapping[str, Slip]) -> Slip:
    """What was meant, where that in turn is a slip of something else."""
    after = merged.get(slip.right)
    return slip if after is None else Slip(after.right, min(slip.confidence, after.confidence), slip.because)
