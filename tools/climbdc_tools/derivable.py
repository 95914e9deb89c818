"""Clinical scores and time spans whose parts are in a table."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset
from climbdc_tools.formulas import Formula, formulas
from climbdc_tools.vocabulary import is_text

__all__ = ["derivable"]

_FILLED: Final = 0.5  # parts known in fewer rows make a score for too few
_MOST_SPANS: Final = 5


def derivable(data: Dataset) -> list[dict[str, Any]]:
    """The features that `derive_features` can work out, in its form: scores first, then time spans.

    Each part must be recognised in the dictionary, be in a unit the formula takes, be no outcome and not be known later
    than the others. What the table has already is not worked out again.
    """
    variables = _variables(data)
    have = {data.column(str(name)).variable for name in data.train.columns}
    wanted = [formula for formula in formulas().values() if not formula.makes or formula.makes not in have]
    scores = [made for formula in wanted if (made := _score(formula, variables, data))]
    return [*scores, *_spans(data)]


def _usable(data: Dataset) -> list[str]:
    return [
        name
        for name in data.features
        if data.column(name).known_at != "after" and data.train[name].notna().mean() >= _FILLED
    ]


def _variables(data: Dataset) -> dict[str, str]:
    """Variable -> the one column that is it; none where two columns are."""
    found: dict[str, list[str]] = {}
    for name in _usable(data):
        if data.column(name).variable:
            found.setdefault(data.column(name).variable, []).append(name)
    return {variable: names[0] for variable, names in found.items() if len(names) == 1}


def _score(formula: Formula, variables: dict[str, str], data: Dataset) -> dict[str, Any] | None:
    columns = [variables.get(part.variable) for part in formula.parts]
    known = [name for name in columns if name is not None]
    if len(known) < len(columns):
        return None
    for name, part in zip(known, formula.parts, strict=True):
        if part.female and not _says_sex(data, name):
            return None
        if part.units and (data.column(name).unit not in part.units or data.train[name].dtype.kind not in "if"):
            return None
    return {"name": formula.id, "operation": formula.id, "columns": known}


def _says_sex(data: Dataset, name: str) -> bool:
    """Whether the values, or their labels, are words for woman and man."""
    labels = data.column(name).labels
    texts = data.train[name].dropna().unique().tolist() if is_text(data.train[name]) else list(labels)
    return {knowledge().synonym_group(labels.get(str(text), str(text))) for text in texts[:20]} >= {"female", "male"}


def _spans(data: Dataset) -> list[dict[str, Any]]:
    """Ages at a date, and days between two dates, where the first is nearly always the earlier."""
    dates = [name for name in _usable(data) if data.train[name].dtype.kind == "M"]
    births = [name for name in dates if data.column(name).variable == "date_of_birth" or _is_birth(data, name)]
    spans = []
    for one in dates:
        for other in dates:
            if one == other or other in births:
                continue
            if not _goes_forward(data.train[one], data.train[other]):
                continue
            age = one in births
            if age and any(data.column(name).variable == "age" for name in data.features):
                continue
            operation = "years_between" if age else "days_between"
            spans.append({"name": f"{one} to {other}", "operation": operation, "columns": [one, other]})
    return spans[:_MOST_SPANS]


def _is_birth(data: Dataset, name: str) -> bool:
    told = f"{name} {data.column(name).meaning}".casefold().replace("_", " ")
    return any(word in told for word in ("birth", "dob", "geburt", "naissance", "nacimiento"))


def _goes_forward(one: pd.Series, other: pd.Series) -> bool:
    days = (other - one).dropna()
    return len(days) > 0 and bool((days >= pd.Timedelta(0)).mean() >= 0.95) and days.nunique() > 1
