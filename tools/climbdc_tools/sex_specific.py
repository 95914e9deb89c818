"""What only one sex has, found in the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc.knowledge import knowledge
from climbdc_tools.naming_words import contradiction_words, holds_word, spoken
from climbdc_tools.numeral import is_number
from climbdc_tools.vocabulary import counts, distinct, is_text

__all__ = ["OtherSex", "sex_codes", "sex_specific"]

_MOST_VALUES: Final = 2_000
_NOT: Final = (
    "no ",
    "not ",
    "none",
    "denies",
    "without",
    "negative",
    "never",
    "false",
    "nein",
    "absent",
    "unknown",
    "n a ",
)
_USUAL: Final = 0.8  # of those who have it are of the sex that can


@dataclass(frozen=True)
class OtherSex:
    """Rows in which a column says what only the other sex (`sex`) has; `word` is what told it."""

    column: str
    sex: str
    word: str
    rows: Any


def sex_codes(series: pd.Series[Any], labels: Mapping[str, str]) -> np.ndarray[Any, np.dtype[np.object_]] | None:
    """Male, female or None for each row, or None where the column does not tell the sex.

    Args:
        series: The column.
        labels: What its codes mean, by the dictionary.
    """
    numbers, values = pd.factorize(series)
    said = [knowledge().synonym_group(labels.get(_plain(value), str(value)).strip()) for value in values]
    told = {sex for sex in said if sex in {"male", "female"}}
    if told != {"male", "female"} or len(values) > 6:
        return None
    table = np.array([*(sex if sex in told else None for sex in said), None], dtype=object)
    found: np.ndarray[Any, np.dtype[np.object_]] = table[numbers]
    return found


def sex_specific(
    frame: pd.DataFrame, sexes: np.ndarray[Any, np.dtype[np.object_]], meanings: Mapping[str, str], names: Sequence[str]
) -> list[OtherSex]:
    """Cells that say what the patient's sex excludes.

    Args:
        frame: The rows.
        sexes: Sex of each row.
        meanings: Column -> its name and meaning in words.
        names: Columns to look at.
    """
    words = contradiction_words()["sexes"]
    found: list[OtherSex] = []
    for name in names:
        if holds_word(meanings[name], words["not"]):
            continue
        for sex, other in (("female", "male"), ("male", "female")):
            word = holds_word(meanings[name], words[sex])
            has = _has(frame[name]) if word else _mentions(frame[name], words[sex], words["not"])
            wrong = has & (sexes == other)
            right = int((has & (sexes == sex)).sum())
            if wrong.any() and right >= _USUAL * (right + int(wrong.sum())):
                found.append(OtherSex(name, sex, word or _said_in(frame[name][wrong], words[sex]), wrong))
    return found


def _has(series: pd.Series[Any]) -> Any:
    """Where a column named after something sex-specific says that the patient has it."""
    if series.dtype.kind in "if":
        return (series.to_numpy(dtype="float64") > 0) & series.notna().to_numpy()
    if not is_text(series):
        return np.zeros(len(series), dtype=bool)
    return _holding(series, [text for text in counts(series) if _affirms(text)])


def _affirms(text: str) -> bool:
    if knowledge().is_missing_token(text) is not None or knowledge().synonym_group(text.strip()) in {"no", "negative"}:
        return False
    if is_number(text):
        return float(text) > 0
    return not holds_word(spoken(text), (*_NOT, "na ", "not applicable"))


def _mentions(series: pd.Series[Any], words: Sequence[str], excluded: Sequence[str]) -> Any:
    """Where a cell names something sex-specific itself, such as a diagnosis."""
    if not is_text(series) or distinct(series) > _MOST_VALUES:
        return np.zeros(len(series), dtype=bool)
    said = [text for text in counts(series) if len(text) <= 80 and _names(text, words, excluded)]
    return _holding(series, said)


def _names(text: str, words: Sequence[str], excluded: Sequence[str]) -> bool:
    told = spoken(text)
    return bool(holds_word(told, words)) and not holds_word(told, (*excluded, *_NOT))


def _said_in(series: pd.Series[Any], words: Sequence[str]) -> str:
    return holds_word(spoken(str(series.iloc[0])), words)


def _holding(series: pd.Series[Any], values: Sequence[str]) -> Any:
    return series.isin(list(values)).to_numpy() if values else np.zeros(len(series), dtype=bool)


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
