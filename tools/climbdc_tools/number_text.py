"""What is to be said of a column of text that holds numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Finding, Severity, Suggestion
from climbdc_tools.numeral import Numeral, Writing, has_leading_zeros, is_number, read_numeral, writing_of
from climbdc_tools.vocabulary import examples, joined, rounded, rows_holding

__all__ = ["number_finding"]

_ORDINALS: Final = frozenset({"st", "nd", "rd", "th"})
_MOST_UNITS: Final = 10


@dataclass(frozen=True)
class _Column:
    """A column's texts, apart: those that read as numbers, and the others, both with their rows."""

    series: pd.Series[Any]
    vocabulary: dict[str, int]
    numerals: dict[str, Numeral]
    others: dict[str, int]
    tidy: bool

    @property
    def name(self) -> str:
        return str(self.series.name)

    @property
    def share(self) -> float:
        return 1 - sum(self.others.values()) / sum(self.vocabulary.values())

    def rows_by(self, kind: str) -> Counter[str]:
        """Rows by unit ("unit"), by its spelling ("spelling")."""
        total: Counter[str] = Counter()
        for text, numeral in self.numerals.items():
            key = knowledge().units.known(numeral.unit) or numeral.unit_key
            total[key if kind == "unit" else numeral.unit] += self.vocabulary[text]
        return total


def number_finding(series: pd.Series[Any], vocabulary: dict[str, int], share: float, *, tidy: bool) -> Finding | None:
    """The finding on a column of numbers, or None where it holds something else or is in order.

    Args:
        series: The column.
        vocabulary: Its texts with their counts, those that stand for missing left out.
        share: Share of the cells that must be numbers.
        tidy: Nothing is to be predicted, so one consistent way of writing is no fault.
    """
    read = {text: read_numeral(text) for text in vocabulary}
    numerals = {text: numeral for text, numeral in read.items() if numeral is not None}
    others = {text: count for text, count in vocabulary.items() if text not in numerals}
    column = _Column(series, vocabulary, numerals, others, tidy)
    if _are_truth_values(column):
        return _truth_values(column)
    units = [unit for unit in column.rows_by("unit") if unit]
    if column.share < share or len(numerals) < (3 if units else 2) or _are_codes(column) or not _are_units(column):
        return None
    return _mixed_forms(column, units) if tidy else _typed(column, units)


def _are_truth_values(column: _Column) -> bool:
    """Whether the column holds 0 or 1, and otherwise words for yes and no."""
    words = column.others
    return (
        bool(words)
        and bool(column.numerals)
        and set(column.numerals) <= {"0", "1", "0.0", "1.0"}
        and all(knowledge().synonym_family(word) == "answer" for word in words)
    )


def _truth_values(column: _Column) -> Finding:
    by_word = sum(column.others.values()) >= sum(column.vocabulary[text] for text in column.numerals)
    usual: dict[str, str] = {}
    for text in column.vocabulary:  # the most frequent first
        if (text in column.others) is by_word:
            usual.setdefault(_truth(text), text)
    wrong = [text for text in column.vocabulary if (text in column.others) is not by_word]
    pairs = {text: usual[_truth(text)] for text in wrong if _truth(text) in usual}
    why = "Yes and no written in one way; 1 is taken for yes."
    step = Suggestion(
        tool="harmonise_categories", params={"maps": {column.name: pairs}}, why=why, confidence=0.75, backed_by="rule"
    )
    return _finding(column, "truth-values", "major", wrong, (step,) if pairs else ())


def _truth(text: str) -> str:
    return {"0": "no", "1": "yes", "0.0": "no", "1.0": "yes"}.get(text) or knowledge().synonym_group(text) or ""


def _are_codes(column: _Column) -> bool:
    """Whether the digits are a code: leading zeros, or all of one length of five or more."""
    plain = [text for text in column.numerals if text.strip().isdigit()]
    if any(has_leading_zeros(text) for text in plain):
        return True
    lengths = {len(text.strip()) for text in plain}
    return len(plain) == len(column.numerals) and len(lengths) == 1 and lengths.pop() >= 5


def _are_units(column: _Column) -> bool:
    """Whether what follows the numbers are units: few, and one of them usual."""
    units = Counter({unit: rows for unit, rows in column.rows_by("unit").items() if unit})
    if not units:
        return True
    common = units.most_common(1)[0][1]
    return len(units) <= _MOST_UNITS and common >= 0.5 * units.total() and not set(units) <= _ORDINALS


def _typed(column: _Column, units: list[str]) -> Finding | None:
    """Where a model is to learn from the column: the step that makes numbers of it."""
    writing = writing_of(_numbers(column))
    odd = [text for text in column.numerals if not is_number(text)]
    if writing is None:
        return _finding(column, "mixed-forms", "major", odd, ())
    if len(units) > 1:  # to take different units off would make one column of several quantities
        return _finding(column, "several-units", "major", odd, ())
    kind = "codes-among-numbers" if column.others else "number-as-text"
    sure = 0.95 * writing.sure * (1.0 if not column.others else 0.75)
    if _percent_differs(column):
        sure *= 0.4
    change = _change(column, writing)
    why = "As text a model sees every number as a category of its own."
    step = Suggestion(
        tool="fix_types",
        params={"columns": {column.name: change}},
        why=why,
        confidence=rounded(sure),
        backed_by="rule" if sure > 0.9 else "statistics",
    )
    shown = list(column.others) or odd or list(column.numerals)
    return _finding(column, kind, "major", shown, (step,))


def _change(column: _Column, writing: Writing) -> dict[str, Any]:
    """What `fix_types` is told; only what differs from a plain number."""
    change: dict[str, Any] = {"to": "number"}
    if writing.decimal != ".":
        change["decimal"] = writing.decimal
    if writing.thousands:
        change["thousands"] = writing.thousands
    spellings = sorted({numeral.unit for numeral in column.numerals.values()} - {"", "%"})
    if any(numeral.percent for numeral in column.numerals.values()):
        change["percent"] = True
    if spellings:
        change["units"] = spellings
    if any(numeral.mark for numeral in column.numerals.values()):
        change["censored"] = "value"
    if column.others or column.series.count() > sum(column.vocabulary.values()):
        change["errors"] = "missing"
    return change


def _mixed_forms(column: _Column, units: list[str]) -> Finding | None:
    """Where the table is only to be tidied: cells whose unit is written unlike that of most others."""
    spellings = column.rows_by("spelling")
    usual, rows = spellings.most_common(1)[0]
    if len(spellings) < 2:
        return None
    wrong = [text for text, numeral in column.numerals.items() if numeral.unit != usual]
    if unit := _spelt_freely(column, rows, spellings):
        change = {"to": "number", "units": sorted(set(spellings) - {""})}
        step = Suggestion(
            tool="fix_types",
            params={"columns": {column.name: change}},
            why=f"No way of writing prevails, and all say {unit}; the number is written and the unit noted.",
            confidence=0.9,
            backed_by="rule",
        )
        return _finding(column, "mixed-forms", "minor", list(column.numerals), (step,))
    alike = len(units) == 1 and (usual or not _percent_differs(column)) and not _percent_differs(column)
    if not alike or rows < 2 * (spellings.total() - rows) or (not usual and units != ["%"]):
        return _finding(column, "mixed-forms", "minor", wrong, ())
    model = next(text for text in column.vocabulary if text in column.numerals and column.numerals[text].unit == usual)
    ending = model.strip()[model.strip().index(column.numerals[model].number) + len(column.numerals[model].number) :]
    form = "{number}" + ending.replace("{", "{{").replace("}", "}}")
    change = {"to": "text", "form": form, "units": sorted(set(spellings) - {usual, ""})}
    step = Suggestion(
        tool="fix_types",
        params={"columns": {column.name: change}},
        why="Written as the other cells of the column are.",
        confidence=0.9,
        backed_by="rule",
    )
    return _finding(column, "mixed-forms", "minor", wrong, (step,))


def _spelt_freely(column: _Column, rows: int, spellings: Counter[str]) -> str:
    """The one unit that all cells name, where they name it in so many ways that none prevails; else nothing."""
    if rows >= 2 * (spellings.total() - rows) or column.others or "" in spellings or len(spellings) < 3:
        return ""
    named = {knowledge().units.known(unit.split()[0].rstrip(".,")) for unit in spellings}
    return next(iter(named)) or "" if len(named) == 1 else ""


def _percent_differs(column: _Column) -> bool:
    """Whether numbers with and without per cent are of different size, so that taking the sign off changes them."""
    sizes: dict[bool, list[float]] = {True: [], False: []}
    for numeral in column.numerals.values():
        if is_number(numeral.number):
            sizes[numeral.percent].append(abs(float(numeral.number)))
    if not sizes[True] or not sizes[False]:
        return False
    with_sign, without = median(sizes[True]), median(sizes[False])
    return not 0.2 <= (with_sign or 1e-9) / (without or 1e-9) <= 5


def _numbers(column: _Column) -> dict[str, int]:
    total: Counter[str] = Counter()
    for text, numeral in column.numerals.items():
        total[numeral.number] += column.vocabulary[text]
    return dict(total)


def _finding(
    column: _Column, kind: str, severity: Severity, shown: list[str], suggestions: tuple[Suggestion, ...]
) -> Finding:
    part = kind not in {"number-as-text", "several-units"}
    units = column.rows_by("spelling")
    return Finding(
        kind,
        severity,
        (column.name,),
        rows=rows_holding(column.series, set(shown)) if part else None,
        evidence={
            "example": joined(shown, 3),
            "units": joined([unit for unit, _ in units.most_common() if unit]),
            "share": rounded(column.share),
            "others": examples(list(column.others)),
        },
        suggestions=suggestions,
    )
