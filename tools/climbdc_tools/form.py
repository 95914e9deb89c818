"""The form in which most cells of a text column are written, and cells rewritten to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from climbdc_tools.parsing import NumberStyle, parse_number, read_dates, rewritten, split_unit

__all__ = ["Form", "prevailing", "written"]


class Form(NamedTuple):
    """How a column is written.

    Args:
        pattern: `{number}` with what stands around it, such as `{number} oz`, or a date format; empty for none.
        padded: Whether days and months have two digits.
        units: Units that are rewritten, in any case and punctuation.
    """

    pattern: str
    padded: bool = True
    units: tuple[str, ...] = ()


def prevailing(column: pd.Series, pattern: str, formats: Sequence[str], units: Sequence[str]) -> Form:
    """The form asked for, or that of most cells."""
    counts = column.value_counts(sort=False)
    values = pd.Series(counts.index, dtype=column.dtype)
    weights = counts.to_numpy()
    if formats:
        chosen = pattern or max(formats, key=lambda form: int(weights[read_dates(values, [form])[0].notna()].sum()))
        fits = read_dates(values, [chosen])[0].notna().to_numpy()
        bare = np.array([bool(re.search(r"(?<!\d)\d(?!\d)", value)) for value in values], dtype=bool)
        zero = np.array([bool(re.search(r"(?<!\d)0\d(?!\d)", value)) for value in values], dtype=bool)
        return Form(chosen, padded=bool(weights[fits & zero].sum() >= weights[fits & bare].sum()))
    if pattern:
        return Form(pattern, units=tuple(sorted({_plain(unit) for unit in units})))
    tails: dict[tuple[str, str], int] = {}
    for value, weight in sorted(zip(values, weights.tolist(), strict=True)):
        if parts := split_unit(value):
            tails[parts[1:]] = tails.get(parts[1:], 0) + weight
    if not tails:
        return Form("")
    space, unit = max(tails, key=lambda tail: tails[tail])
    safe = unit.replace("{", "{{").replace("}", "}}")
    known = {_plain(text) for text in units} if units else {_plain(unit)}
    return Form(f"{{number}}{space}{safe}", units=tuple(sorted(known)))


def written(column: pd.Series, form: Form, formats: Sequence[str], style: NumberStyle) -> pd.Series:
    """The column with its cells in the form; those that have it, or cannot be read, stay as they are."""
    if not form.pattern:
        return column
    if "{number" in form.pattern:
        return rewritten(column, lambda text: _number(text, form, style))
    dates = read_dates(column, [each for each in formats if each != form.pattern])[0] if formats else None
    already = read_dates(column, [form.pattern])[0].notna()
    if dates is None:
        return column
    texts = dates.dt.strftime(form.pattern).astype(object)
    if not form.padded:
        texts = texts.str.replace(r"(?<!\d)0(\d)(?!\d)", r"\1", regex=True)
    return column.mask(dates.notna() & ~already, texts.astype(column.dtype))


def _number(text: str, form: Form, style: NumberStyle) -> str:
    """A cell in the form, or as it is where its unit is another one."""
    parts = split_unit(text)
    if parts is None or (form.units and _plain(parts[2]) not in form.units):
        return text
    if "{number}" in form.pattern:
        return form.pattern.format(number=parts[0])
    number = parse_number(parts[0], style)
    return text if number is None else form.pattern.format(number=number)


def _plain(unit: str) -> str:
    """A unit without case, dots and blanks.

    >>> _plain("OZ.") == _plain(" oz")
    True
    """
    return re.sub(r"[\s.]", "", unit).casefold()
