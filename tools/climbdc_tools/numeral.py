"""Numbers as people write them: "<5", "1,200", "12.0 oz", "5 %", "0,75"."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Numeral", "Writing", "has_leading_zeros", "is_number", "read_numeral", "writing_of"]

_PLAIN: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NUMERAL: Final = re.compile(
    r"(?P<mark><=|>=|[<>≤≥~])?\s*(?P<currency>[$€£])?\s*"
    r"(?P<number>[+-]?(?:\d[\d.,' \u00a0\u202f]*\d|\d)(?:[eE][+-]?\d+)?|[+-]?[.,]\d+)[.]?"
    r"\s*(?P<unit>%|[a-zA-Zµμ°][^\d<>]{0,23}|[$€£])?"
)
_SIGNS: Final = re.compile(r"[\s.]+")


@dataclass(frozen=True)
class Numeral:
    """The parts of a written number; `number` keeps its separators."""

    number: str
    mark: str = ""
    unit: str = ""

    @property
    def percent(self) -> bool:
        """Whether it is written as per cent."""
        return self.unit == "%"

    @property
    def unit_key(self) -> str:
        """The unit without case, dots and spaces, so that "oz." and "OZ" are one."""
        return _SIGNS.sub("", self.unit).casefold()


@dataclass(frozen=True)
class Writing:
    """How a column writes its numbers; `sure` says how certain the reading of commas and dots is."""

    decimal: str = "."
    thousands: str = ""
    sure: float = 1.0


def is_number(text: str) -> bool:
    """Whether the text is a number as a computer writes it.

    >>> is_number(" 1.2e3 "), is_number("1,200"), is_number("nan")
    (True, False, False)
    """
    return _PLAIN.fullmatch(text.strip()) is not None and math.isfinite(float(text))


def has_leading_zeros(text: str) -> bool:
    """Whether the text is a code of digits such as 00123, whose zeros would be lost.

    >>> has_leading_zeros("007"), has_leading_zeros("0.7"), has_leading_zeros("0")
    (True, False, False)
    """
    stripped = text.strip()
    return len(stripped) > 1 and stripped.isdigit() and stripped[0] == "0"


def read_numeral(text: str) -> Numeral | None:
    """The parts of a written number, or None where the text is something else.

    >>> read_numeral("<5"), read_numeral("12.0 oz")
    (Numeral(number='5', mark='<', unit=''), Numeral(number='12.0', mark='', unit='oz'))
    >>> read_numeral("126/83") is None
    True
    """
    match = _NUMERAL.fullmatch(text.strip())
    if match is None:
        return None
    unit = (match["unit"] or match["currency"] or "").strip()
    number = re.sub(r"[' \u00a0\u202f]", " ", match["number"])
    if " " in number and not re.fullmatch(r"[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?", number):
        return None
    return Numeral(number, match["mark"] or "", unit)


def writing_of(numbers: Mapping[str, int]) -> Writing | None:
    """How numbers with commas, dots and spaces are to be read together; None where they contradict each other.

    A lone comma before exactly three digits may be either; zeros after it, or several such groups, speak for thousands.

    >>> writing_of({"1,200": 5, "12,345,678": 1})
    Writing(decimal='.', thousands=',', sure=0.97)
    >>> writing_of({"0,75": 5, "1,2": 1})
    Writing(decimal=',', thousands='', sure=0.97)
    """
    seen: Counter[str] = Counter()
    for number, count in numbers.items():
        seen[_separators(number)] += count
    forms = {form for form in seen if form}
    thousands = " " if any(" " in form for form in forms) else ""
    forms = {form for form in (form.replace(" ", "") for form in forms) if form}
    if not forms:
        return Writing(thousands=thousands)
    comma = any(form in {"decimal,", "group.", "group.decimal,"} for form in forms)
    dot = any(form in {"decimal.", "group,", "group,decimal."} for form in forms)
    if (comma and dot) or "other" in forms:
        return None
    if comma:
        return Writing(",", "." if any("." in form for form in forms) else thousands, 0.97)
    if "either," not in forms:
        return Writing(".", "," if "group," in forms or "group,decimal." in forms else thousands, 0.97 if dot else 1.0)
    return Writing(".", ",", 0.97 if dot else _thousands_sureness(numbers))


def _separators(number: str) -> str:
    """What the separators of one number allow: decimal or group, and of which sign."""
    body = re.split(r"[eE]", number)[0].lstrip("+-")
    signs = re.sub(r"[\d]", "", body)
    if not signs:
        return ""
    if set(signs) == {" "}:
        return " "
    if re.fullmatch(r"[\d ]*\.\d+|\d+\.", body):
        return "decimal." + (" " if " " in body else "")
    if re.fullmatch(r"[1-9]\d{0,2},\d{3}", body):
        return "either,"
    if re.fullmatch(r"[\d ]*,\d+", body):
        return "decimal," + (" " if " " in body else "")
    for group, decimal in ((",", "."), (".", ",")):
        grouped = rf"\d{{1,3}}(?:\{group}\d{{3}})+"
        if re.fullmatch(grouped, body):
            return f"group{group}"
        if re.fullmatch(rf"{grouped}\{decimal}\d+", body):
            return f"group{group}decimal{decimal}"
    return "other"


def _thousands_sureness(numbers: Mapping[str, int]) -> float:
    """How surely commas before three digits part thousands, where nothing else tells."""
    commas = [number for number in numbers if "," in number]
    plain = [float(number) for number in numbers if is_number(number)]
    if plain and max(map(abs, plain)) < 1000 and len(plain) >= 3:
        return 0.9
    round_share = sum(number.endswith("0") for number in commas) / len(commas)
    return 0.9 if round_share >= 0.25 and len(commas) >= 3 else 0.6
