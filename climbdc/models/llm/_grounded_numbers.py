"""Numbers in English prose, in digits and in words, with what stands around them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from climbdc.models.llm._grounded_words import spelled

__all__ = ["Figure", "Span", "figures", "lexicon", "name_spans"]

Span = tuple[int, int]
BEFORE = 28
"""Characters before a number that may say "about" or "fewer than"."""

_ALIKE = str.maketrans(
    "аеорсухіѕјһԁԛԝοαειντυχАВЕКМНОРСТХІЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisjhdqwoaeivtuxABEKMHOPCTXISABEZHIKMNOPTYX",
)
"""Letters of other scripts that look like ours."""
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?|\d+(?:\.\d+){2,}", re.ASCII
)
_CODE = re.compile(r"(?<![\w.])(?:[^\W\d]\w*\d\w*(?:-\d\w*)*|[^\W\d_]+-\d+(?![\d.,]*\s?%)\w*|\d+[^\W\d]+\d\w*)")
_RATIO = re.compile(
    r"(?<![\d.,])(\d+)\s?[/⁄]\s?(\d+)(?![\d.,]*\d)"
    r"|(?<![\d.,])(?<!is )(?<!was )(?<!are )(?<!= )([1-9]\d?) in (?:every )?(\d{1,3})(?![\d.,]*\d)"
)
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.)\]])[-+−])?(?P<whole>\d{1,3}(?:[, ]\d{3})+(?!\d)|\d+|(?<!\d)(?=\.\d))(?P<rest>[.,]\d+)?"
    r"(?P<exp>[eE][-+]?\d+|\s?[x×·]\s?10\s?\^\s?[-+−]?\d+)?"
)
_ORDERED = re.compile(r"^[ \t]*(\d{1,2})[.)](?=\s)", re.MULTILINE)


@dataclass(frozen=True)
class Figure:
    """One number as it was written.

    Args:
        start: Where it begins.
        end: Where it ends, with its unit of percent.
        text: As it was written.
        value: What it is; None for what is no number but a code, a date or a quantity too vague to be backed.
        decimals: Digits behind the point.
        percent: Whether it is of a hundred.
        bound: Whether it is said as a limit.
        inclusive: Whether the limit itself is meant, too.
        about: Whether it is said to be rough.
        signed: Whether it has a sign.
        fraction: Whether it is a part of one, such as a third.
        verbatim: Whether it must stand in the context as it is.
        counts: Whether it says how many rows, patients and the like.
    """

    start: int
    end: int
    text: str
    value: float | None
    decimals: int = 0
    percent: bool = False
    bound: Literal["", "below", "above"] = ""
    inclusive: bool = False
    about: bool = False
    signed: bool = False
    fraction: bool = False
    verbatim: bool = False
    counts: bool = False


@cache
def lexicon() -> dict[str, Any]:
    """The words, from `grounded.yaml`."""
    told: dict[str, Any] = yaml.safe_load((files("climbdc.models.llm") / "grounded.yaml").read_text("utf-8"))
    return told


def figures(text: str, names: tuple[str, ...] = ()) -> list[Figure]:
    """All numbers of a text in their order, but for those that are part of a name.

    >>> [(f.text, f.value, f.percent) for f in figures("About 14.3 % of 920, forty-two or a third of them")]
    [('14.3 %', 14.3, True), ('920', 920.0, False), ('forty-two', 42.0, False), ('a third', 0.3333333333333333, False)]
    """
    plain = text.translate(_ALIKE)
    taken = [span for _, span in name_spans(plain, (*names, *lexicon()["names"]))] + _numbering(plain)
    found: list[Figure] = []
    for figure in _candidates(plain):
        if all(figure.end <= start or end <= figure.start for start, end in taken):
            figure = _complete(plain, figure)
            taken.append((figure.start, figure.end))
            found.append(replace(figure, text=text[figure.start : figure.end]))
    return _ranges(text, sorted(found, key=lambda figure: figure.start))


def name_spans(text: str, names: tuple[str, ...]) -> list[tuple[str, Span]]:
    """Where names stand, each with its name; one with a blank only in quotes, as it may else be a sentence's words."""
    found: list[tuple[str, Span]] = []
    for name in sorted({name for name in names if re.search(r"[^\W\d_]", name)}, key=len, reverse=True):
        quoted = rf"[\"'“‘`]{re.escape(name)}[\"'”’`]" if " " in name and name not in lexicon()["names"] else ""
        pattern = quoted or rf"(?<!\w){re.escape(name)}(?!\w)"
        for match in re.finditer(pattern, text, re.IGNORECASE):
            if all(match.end() <= start or end <= match.start() for _, (start, end) in found):
                found.append((name, match.span()))
    return found


def _numbering(text: str) -> list[Span]:
    """Numbers of a list that counts its own lines from one."""
    spans: list[Span] = []
    for match in _ORDERED.finditer(text):
        if int(match[1]) == len(spans) + 1:
            spans.append(match.span(1))
    return spans


def _candidates(text: str) -> Iterator[Figure]:
    """What may be a number; where two overlap, the first that is given."""
    vague = re.compile(rf"\b(?:{'|'.join(lexicon()['vague'])})\b", re.IGNORECASE)
    for pattern, verbatim in ((vague, False), (_DATE, True), (_CODE, True)):
        for match in pattern.finditer(text):
            yield Figure(*match.span(), match[0], None, verbatim=verbatim)
    for match in _RATIO.finditer(text):
        above, below = [int(part) for part in match.groups() if part is not None]
        yield Figure(*match.span(), match[0], above / below if below else None, fraction=True)
    for match in _NUMBER.finditer(text):
        if match[0]:
            yield _in_digits(match)
    for start, end, value, fraction in spelled(text, lexicon()):
        yield Figure(start, end, text[start:end], value, fraction=fraction)
    for match in re.finditer(r"[^\W\d_]+", text):
        if any(unicodedata.category(char) in {"Lo", "Nl", "No"} and _counts(char) for char in match[0]):
            yield Figure(*match.span(), match[0], None)


def _counts(char: str) -> bool:
    return unicodedata.numeric(char, None) is not None


def _in_digits(match: re.Match[str]) -> Figure:
    whole, rest = re.sub("[, ]", "", match["whole"]), (match["rest"] or "")[1:]
    value = float(f"{whole or 0}.{rest or 0}")
    power = 0
    if match["exp"]:
        power = int(re.sub(r"^.*(?:[eE]|\^)\s?", "", match["exp"]).replace("−", "-"))
        value *= 10.0 ** max(min(power, 300), -300)
    sign = (match["sign"] or "").strip()
    value = -value if sign in {"-", "−"} else value
    return Figure(*match.span(), match[0], value, decimals=min(max(len(rest) - power, 0), 300), signed=bool(sign))


def _complete(text: str, figure: Figure) -> Figure:
    """The number with its scale, its percent and what stands before it."""
    behind = text[figure.end :]
    if figure.value is not None and not figure.fraction:
        scale = re.match(rf"(?:({_any('suffixes')})(?!\w)|[\s-]({_any('scales')}|dozen)s?\b)", behind)
        if scale:
            size = lexicon()["suffixes"].get(scale[1]) or lexicon()["scales"].get(scale[2]) or 12
            figure = replace(figure, value=figure.value * size, decimals=0, end=figure.end + scale.end())
            behind = text[figure.end :]
    percent = re.match(rf"[\s-]?(?:{_any('percent')})(?!\w)", behind, re.IGNORECASE)
    if percent and not figure.verbatim:
        figure = replace(figure, percent=True, end=figure.end + percent.end())
    counted = re.match(rf"\s+(?:[\w-]+\s+)?(?:{_any('counted')})\b", text[figure.end :], re.IGNORECASE)
    figure = replace(figure, counts=counted is not None)
    before = text[max(0, figure.start - BEFORE) : figure.start]
    for kind in ("below", "above"):
        bound = _said_before(before, kind)
        if bound:
            inclusive = bound in lexicon()["inclusive"]
            return replace(figure, bound="below" if kind == "below" else "above", inclusive=inclusive)
    return replace(figure, about=bool(_said_before(before, "about")))


@cache
def _any(key: str) -> str:
    return "|".join(re.escape(str(word)) for word in sorted(lexicon()[key], key=len, reverse=True))


def _said_before(before: str, key: str) -> str:
    found = re.search(rf"(?:^|(?<!\w))({_any(key)})\s*(?:a\s+|the\s+)?$", before, re.IGNORECASE)
    return found[1].casefold() if found else ""


def _ranges(text: str, found: list[Figure]) -> list[Figure]:
    """In "10 to 20 %" both are of a hundred."""
    for at in range(len(found) - 2, -1, -1):
        between = text[found[at].end : found[at + 1].start].strip().casefold()
        if between in {"-", "–", "to", "and", "or"} and found[at + 1].percent and not found[at].verbatim:
            found[at] = replace(found[at], percent=True)
    return found
