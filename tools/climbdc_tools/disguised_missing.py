"""Values that look like data and stand for missing."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import yaml

from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.numeral import is_number
from climbdc_tools.sentinel import Code, sentinel_codes, zero_code
from climbdc_tools.vocabulary import counts, is_text, joined, rounded, rows_holding

__all__ = ["DisguisedMissing", "DisguisedMissingParams"]

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class DisguisedMissingParams(Params):
    """What is looked for."""

    zeros: bool = Field(True, description="Look for zeros that stand for missing.")
    sentinels: bool = Field(True, description="Look for numbers such as -9 and 999 that stand for missing.")


@inspect("completeness/disguised-missing")
class DisguisedMissing(Inspection[DisguisedMissingParams]):
    """Find codes, words and impossible zeros that stand for a missing value.

    Words and numbers come from the knowledge pack. A number is a code where the variable cannot have that value, or
    where it is repeated at the edge of the column, apart from the rest (Pearson, SIGKDD Explor 2006;8(1):83-92 on
    disguised missing data). A zero is one where it cannot be measured in a living patient.
    """

    says: ClassVar[dict[str, str]] = {
        "token": "{columns} holds {codes} in {rows} rows, which stands for missing.",
        "sentinel": "{columns} holds {codes} in {rows} rows, apart from all other values, as codes for missing do.",
        "zero": "{columns} is 0 in {rows} rows, which is hardly a measurement and probably means missing.",
        "declared": "{columns} holds {codes} in {rows} rows, declared as missing by the dictionary.",
        "default-date": "{columns} holds {codes} in {rows} rows, dates a program writes when none was entered.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding a column."""
        if not len(data.train) or not data.train.shape[1]:
            return NotApplicable("There are no rows or no columns to look at.")
        found = ((str(name), self._codes(data, str(name))) for name in data.train.columns)
        return [_finding(data, name, codes) for name, codes in found if codes]

    def _codes(self, data: Dataset, name: str) -> list[Code]:
        series, column = data.train[name], data.column(name)
        reserved = name in data.roles.reserved
        declared = _declared(series, column.missing_codes, guessed=column.sources.get("missing_codes") == "model")
        known = {code.text for code in declared}
        if is_text(series):
            found = _tokens(series, reserved)
        elif pd.api.types.is_numeric_dtype(series.dtype):
            found = [] if reserved or column.type == "identifier" else self._numbers(data, name)
        else:
            found = _default_dates(series)
        return declared + [code for code in found if code.text not in known]

    def _numbers(self, data: Dataset, name: str) -> list[Code]:
        values = data.train[name].to_numpy(dtype="float64")
        values = values[np.isfinite(values)]
        limits = data.column(name).limits
        found = (
            sentinel_codes(values, frozenset(knowledge().numeric_sentinels), limits) if self.params.sentinels else []
        )
        zero = zero_code(values, limits) if self.params.zeros and len(values) else None
        return [*found, zero] if zero else found


def _finding(data: Dataset, name: str, codes: list[Code]) -> Finding:
    series = data.train[name]
    texts = [code.text for code in codes]
    rows = rows_holding(series, _cells(series, texts))
    first = max(codes, key=lambda code: (code.confidence, code.count))
    share = len(rows) / len(series)
    return Finding(
        first.kind,
        "major" if share > 0.05 or (first.kind == "zero" and first.backed_by == "knowledge") else "minor",
        (name,),
        rows=rows,
        evidence={
            "codes": joined(texts),
            "counts": {code.text: code.count for code in codes},
            "share": rounded(share),
            "total": len(series),
        },
        suggestions=_suggestions(data, name, codes),
    )


def _suggestions(data: Dataset, name: str, codes: list[Code]) -> tuple[Suggestion, ...]:
    """The sure codes together, and the doubtful ones apart, so that one can be taken without the other."""
    if data.roles.kind == "none" and _doubtful_and_uniform(data.train[name], codes):
        return ()
    made = []
    for group in ([code for code in codes if code.confidence >= 0.8], [c for c in codes if c.confidence < 0.8]):
        if group:
            least = min(group, key=lambda code: code.confidence)
            made.append(
                Suggestion(
                    tool="mark_missing",
                    params={"codes": {name: [code.text for code in group]}},
                    why="A code taken for a value distorts every average, range and model.",
                    confidence=least.confidence,
                    backed_by=least.backed_by,
                )
            )
    return tuple(made)


def _doubtful_and_uniform(series: pd.Series[Any], codes: list[Code]) -> bool:
    """Whether one word that may also be a value is all there is; a table that is only tidied keeps it."""
    uniform = is_text(series) and len(codes) == 1 and not series.isna().any()
    return uniform and knowledge().is_missing_token(codes[0].text) != "certain"


def _declared(series: pd.Series[Any], codes: tuple[str, ...], *, guessed: bool) -> list[Code]:
    """Codes of the dictionary; those that only a language model says are missing are as doubtful as any guess."""
    held = [(code, len(rows_holding(series, _cells(series, [code])))) for code in dict.fromkeys(codes)]
    if guessed:
        return [Code(code, "declared", count, 0.5, "") for code, count in held if count]
    return [Code(code, "declared", count, 0.99, "dictionary") for code, count in held if count]


def _cells(series: pd.Series[Any], codes: list[str]) -> list[Any]:
    """Codes as values of the column; those it cannot hold are left out."""
    if is_text(series):
        return codes
    if pd.api.types.is_numeric_dtype(series.dtype):
        return [float(code) for code in codes if is_number(code)]
    return [np.datetime64(code, "us") for code in codes if _ISO_DATE.fullmatch(code)]


def _tokens(series: pd.Series[Any], reserved: bool) -> list[Code]:
    found, numbers, others = [], 0, 0
    vocabulary = counts(series)
    for text, count in vocabulary.items():
        if knowledge().is_missing_token(text):
            found.append((text, count))
        elif is_number(text):
            numbers += count
        else:
            others += count
    numeric = numbers > 9 * others and numbers > 0
    rest = {text: count for text, count in vocabulary.items() if not knowledge().is_missing_token(text)}
    found = [(text, count) for text, count in found if not _is_one_of_codes(text, rest)]
    graded = [Code(text, "token", count, *_token_grade(text, numeric)) for text, count in found]
    # In a target or an id only what can be nothing else; "-" may well be a class.
    return [code for code in graded if code.confidence >= (0.95 if reserved else 0.3)]


def _is_one_of_codes(text: str, rest: dict[str, int]) -> bool:
    """Whether the token is two or three letters among codes of the same shape, as ND is among states."""
    if not text.isalpha() or len(text) > 3:
        return False
    alike = [other for other in rest if other.isalpha() and len(other) == len(text)]
    same_case = [other for other in alike if other.isupper() == text.isupper()]
    return len(same_case) >= 3 and sum(rest[other] for other in same_case) >= 0.8 * sum(rest.values())


def _token_grade(text: str, numeric: bool) -> tuple[float, Any]:
    word = text.strip().casefold()
    if knowledge().is_missing_token(text) == "certain":
        return (0.97, "knowledge")
    if word in _lexicon()["signs"]:
        return (0.95 if numeric else 0.85), "knowledge"
    if numeric:
        return 0.9, "knowledge"
    return (0.1 if word in _lexicon()["own_category"] else 0.55), "statistics"


def _default_dates(series: pd.Series[Any]) -> list[Code]:
    """Default dates that are repeated and stand at least five years before or after all other dates."""
    dates = series.to_numpy()
    dates = dates[~np.isnat(dates)]
    odd = np.isin(dates, np.array(_lexicon()["default_dates"], dtype=dates.dtype))
    others = dates[~odd]
    if not odd.any() or not len(others):
        return []
    away = np.timedelta64(5 * 365, "D")
    apart = dates[odd & ((dates < others.min() - away) | (dates > others.max() + away))]
    held = zip(*np.unique(apart, return_counts=True), strict=True)
    return [
        Code(str(date)[:10], "default-date", int(count), 0.9 if count > 1 else 0.6, "statistics")
        for date, count in held
    ]


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = yaml.safe_load(files(__package__).joinpath("disguises.yaml").read_text("utf-8"))
    return found
