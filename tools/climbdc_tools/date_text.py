"""What is to be said of a column of text that holds dates."""

from __future__ import annotations

from typing import Any

import pandas as pd

from climbdc.sdk import Finding, Suggestion
from climbdc_tools.calendar_date import DateForm, date_forms
from climbdc_tools.vocabulary import joined, rounded, rows_holding

__all__ = ["date_finding"]


def date_finding(series: pd.Series[Any], vocabulary: dict[str, int], share: float, *, tidy: bool) -> Finding | None:
    """The finding on a column of dates, or None where it holds something else.

    Args:
        series: The column.
        vocabulary: Its texts with their counts, those that stand for missing left out.
        share: Share of the cells that must be dates.
        tidy: Nothing is to be predicted, so one consistent way of writing is no fault.
    """
    forms = date_forms(vocabulary)
    total, dates = sum(vocabulary.values()), sum(form.rows for form in forms)
    if not forms or dates < share * total or (tidy and len(forms) == 1):
        return None
    kind = _kind(forms)
    shown = [next(iter(form.texts)) for form in forms]
    minority = {text: count for form in forms[1:] for text, count in form.texts.items()}
    return Finding(
        kind,
        "major" if kind != "date-as-text" else "minor",
        (str(series.name),),
        rows=rows_holding(series, set(minority)) if len(forms) > 1 else None,
        evidence={
            "formats": ", ".join(form.format for form in forms),
            "counts": {form.format: form.rows for form in forms},
            "example": joined(shown),
            "share": rounded(dates / total),
            "unread": total - dates,
        },
        suggestions=_suggestions(str(series.name), forms, dates / total, tidy=tidy, gaps=int(series.count()) > dates),
    )


def _kind(forms: list[DateForm]) -> str:
    if any(form.conflict for form in forms):
        return "conflicting-dates"
    if any(form.sure < 0.9 for form in forms):
        return "undecidable-dates"
    return "date-as-text" if len(forms) == 1 else "mixed-dates"


def _suggestions(name: str, forms: list[DateForm], share: float, *, tidy: bool, gaps: bool) -> tuple[Suggestion, ...]:
    sure = min(form.sure for form in forms) * (0.97 if share == 1 else 0.9)
    if tidy:
        return _rewrite(name, forms, sure)
    formats = [form.format for form in forms]
    why = "As dates they can be ordered and subtracted."
    made = [_fix(name, formats, sure, why, gaps=gaps)]
    if any(form.sure < 0.9 and not form.conflict for form in forms):
        other = [_swapped(form) for form in forms]
        made.append(_fix(name, other, sure * 0.8, "The same with the month first.", gaps=gaps))
    return tuple(made)


def _rewrite(name: str, forms: list[DateForm], sure: float) -> tuple[Suggestion, ...]:
    """Write the rarer forms as the most frequent one; nothing where the order of day and month is not certain."""
    usual, rarer = forms[0], forms[1:]
    if any(form.sure < 0.9 for form in forms) or usual.rows < 2 * sum(form.rows for form in rarer):
        return ()
    change = {name: {"to": "text", "format": [form.format for form in forms], "form": usual.format}}
    why = "Written as the other dates of the column are."
    return (Suggestion(tool="fix_types", params={"columns": change}, why=why, confidence=sure, backed_by="rule"),)


def _fix(name: str, formats: list[str], sure: float, why: str, *, gaps: bool) -> Suggestion:
    rule = {"to": "date", "format": formats, **({"errors": "missing"} if gaps else {})}
    change = {name: rule}
    return Suggestion(tool="fix_types", params={"columns": change}, why=why, confidence=rounded(sure), backed_by="rule")


def _swapped(form: DateForm) -> str:
    if form.sure >= 0.9 or not form.format.startswith("%d"):
        return form.format
    return form.format.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
