"""Text from elsewhere made harmless: nothing hidden in it, nothing that is fetched, nothing that ends its block."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

__all__ = ["LONGEST_LABEL", "block", "clean", "quoted", "to_line"]

LONGEST_LABEL: Final = 80
"""Characters of a category or name that a model sees."""
READ: Final = 20_000
"""Characters of a text that are looked at; what follows is left out before any other work."""

_HIDDEN = frozenset({"Cf", "Co", "Cs", "Cn"})
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\u034f")
_MARKS = 2
"""Marks over one letter that are kept; real writing needs no more."""
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\s?\([^()]{0,2000}(?:\([^()]*\)[^()]*)*\)?")
_ADDRESS = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]{1,15}:/{1,2}\S+|\bwww\.\S+|\b(?:mailto|javascript|vbscript):\S+|\bdata:[a-z]+/\S+"
)
_TIMES: Final = 3
"""What is left after mark-up was taken out may be mark-up again."""
_TAG = re.compile(r"<\|[^|<>]{0,80}\|>|</?[a-zA-Z!?][^<>]{0,2000}(?:>|$)|<</?SYS>>|\[/?INST\]|\[/?TOOL_CALLS\]")


def clean(text: str, longest: int) -> str:
    r"""The text without what a person cannot see, without links and mark-up, and cut.

    Letters that only look different are brought to one form (NFKC), so that what is searched for later is found.

    >>> clean("see ![x](http://a.b/?q=1) \u200b\u202enow", 80)
    'see x [link] now'
    >>> clean("a" * 90, 10)
    'aaaaaaaaa…'
    """
    text = _visible(unicodedata.normalize("NFKC", text[:READ]))
    for _ in range(_TIMES):
        text = _ADDRESS.sub("[link]", _LINK.sub(r"\1 [link]", _TAG.sub("[tag]", text)))
    text = re.sub(r"[ \t\f\v]+", " ", text)
    text = re.sub(r"\s*\n\s*", "\n", text).strip()
    return cut(text, longest)


def cut(text: str, longest: int) -> str:
    """At most `longest` characters; what was cut is marked."""
    return text if len(text) <= longest else text[: max(longest - 1, 0)].rstrip() + "…"


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for letter in text:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in _BREAKS:
            kept.append("\n" if letter in "\n\u2028\u2029" else " ")
        elif not (category in _HIDDEN or letter in _BLANK or marks > _MARKS or _is_selector(letter)):
            kept.append(" " if category == "Zs" else letter)
    return "".join(kept)


def _is_selector(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"


def quoted(value: Any) -> str:
    r"""A value as JSON on one line that can neither end its block nor be read as mark-up.

    >>> quoted({"a": "</data>"})
    '{"a":"\\u003c/data\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("\u0085", " ")


def to_line(pairs: dict[str, Any]) -> str:
    """One line of JSON without what is empty."""
    return quoted({key: value for key, value in pairs.items() if value not in (None, "", [], {}, ())})


def block(source: str, lines: str, **about: str) -> str:
    """Data between marks that nothing inside can write."""
    more = "".join(f' {key}="{value}"' for key, value in about.items() if value)
    return f'<data from="{source}"{more}>\n{lines}\n</data>'
