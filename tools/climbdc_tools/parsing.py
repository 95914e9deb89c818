"""Numbers and dates out of text, by stated rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["NumberStyle", "parse_number", "read_dates", "read_numbers", "rewritten", "split_unit"]

Censored = Literal["value", "half", "missing"]


class NumberStyle(NamedTuple):
    """How numbers are written in a column."""

    decimal: str = "."
    thousands: str = ""
    percent: bool = False
    censored: Censored = "value"
    units: tuple[str, ...] = ()


_SIGNED = re.compile(r"([<>≤≥]=?)?\s*([+\-−]?)\s*(.+)", re.DOTALL)
_DIGITS = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?")
_ZONE = re.compile(r"([T ]\d{2}:\d{2}[\d:.]*)(?:Z|[+\-]\d{2}:?\d{2})$")
_UNIT = re.compile(r"\s*([+\-−]?[\d.,]*\d(?:[eE][+\-]?\d+)?)(\s*)(\D.*)?", re.DOTALL)


def parse_number(text: str, style: NumberStyle) -> float | None:
    """The number a cell stands for, None if it cannot be read in this style.

    A value below or above a limit of detection ("<5") is the limit itself, half of it, or missing (NaN), as `censored`
    says.

    >>> parse_number("1.250,5", NumberStyle(decimal=",", thousands="."))
    1250.5
    >>> parse_number("<5", NumberStyle(censored="half")), parse_number("12 kg", NumberStyle(units=("kg",)))
    (2.5, 12.0)
    >>> parse_number("twelve", NumberStyle()) is None
    True
    """
    found = _SIGNED.fullmatch(text.strip())
    if found is None:
        return None
    beyond, sign, rest = found.groups()
    digits = _plain_digits(rest, style)
    if digits is None:
        return None
    number = float(digits) * (-1 if sign in {"-", "−"} else 1)
    if beyond and style.censored != "value":
        return (
            number / 2
            if style.censored == "half" and beyond[0] in "<≤"
            else number
            if style.censored == "half"
            else np.nan
        )
    return number


def _plain_digits(text: str, style: NumberStyle) -> str | None:
    """The digits as Python writes them, or None."""
    text = text.strip()
    for unit in sorted((*style.units, *("%",) * style.percent), key=len, reverse=True):
        if unit and text.casefold().endswith(unit.casefold()):
            text = text[: -len(unit)].strip()
            break
    if style.thousands:
        groups = text.split(style.decimal)[0].split(style.thousands)
        if len(groups) > 1 and not (groups[0].isdigit() and all(re.fullmatch(r"\d{3}", part) for part in groups[1:])):
            return None
        text = text.replace(style.thousands, "")
    if style.decimal != ".":
        if "." in text:
            return None
        text = text.replace(style.decimal, ".")
    return text if _DIGITS.fullmatch(text) and text.isascii() else None


def _by_value(column: pd.Series) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Number of the value of each cell (-1 where missing), and the values as text, whole numbers without a fraction."""
    codes, values = pd.factorize(column)
    if column.dtype.kind == "f":
        return codes.astype("int64"), [repr(int(value)) if value % 1 == 0 else repr(float(value)) for value in values]
    return codes.astype("int64"), [str(value) for value in values]


def rewritten(column: pd.Series, write: Callable[[str], str]) -> pd.Series:
    """A column of text with each value written anew."""
    codes, values = pd.factorize(column)
    texts = pd.Series([write(value) for value in values], dtype=column.dtype)
    return pd.Series(texts.array.take(codes, allow_fill=True), index=column.index, name=column.name)


def read_numbers(column: pd.Series, style: NumberStyle) -> tuple[pd.Series, pd.Series]:
    """A column of text as numbers, and which of its cells cannot be read."""
    codes, values = _by_value(column)
    parsed = [parse_number(value, style) for value in values]
    numbers = np.array([np.nan if number is None else number for number in parsed] + [np.nan])
    unread = np.array([number is None for number in parsed] + [False])
    return pd.Series(numbers[codes], column.index), pd.Series(unread[codes], column.index)


def read_dates(column: pd.Series, formats: Sequence[str]) -> tuple[pd.Series, pd.Series]:
    """A column of text as dates, and which of its cells cannot be read."""
    codes, values = _by_value(column)
    texts = pd.Series(values, dtype=object).str.strip() if values else pd.Series([], dtype=object)
    moments = pd.Series(np.full(len(texts), np.datetime64("NaT"), dtype="datetime64[us]"))
    for form in formats or ("ISO8601",):
        read = _excel_days(texts) if form == "excel" else _moments(texts, form)
        moments = moments.fillna(read.astype("datetime64[us]"))
    dates = np.append(moments.to_numpy(), np.datetime64("NaT"))
    unread = np.append(moments.isna().to_numpy(), False)
    return pd.Series(dates[codes], column.index), pd.Series(unread[codes], column.index)


def _moments(texts: pd.Series, form: str) -> pd.Series:
    """Texts of one format as local clock time; what does not fit is missing."""
    if form == "ISO8601" and len(texts):
        texts = texts.str.replace(_ZONE, r"\1", regex=True)
    return pd.to_datetime(texts, format=form, errors="coerce")


def _excel_days(texts: pd.Series) -> pd.Series:
    """Days since 30 December 1899, as spreadsheets count them."""
    days = pd.to_numeric(texts, errors="coerce")
    return pd.to_datetime(days.where(days.between(1, 109_574)), unit="D", origin="1899-12-30")


def split_unit(text: str) -> tuple[str, str, str] | None:
    """Number, space and unit of a cell as they are written, None where it does not begin with a number.

    >>> split_unit("12.0 ounce"), split_unit("sober")
    (('12.0', ' ', 'ounce'), None)
    """
    found = _UNIT.fullmatch(text)
    return (found[1], found[2], (found[3] or "").strip()) if found else None
