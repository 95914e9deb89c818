"""Numbers and names as a person reads them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

__all__ = [
    "anchor", "clean", "count", "counts_in_words", "listed", "number", "pretty", "score", "share", "short", "signed",
    "spoken",
]  # fmt: skip

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MINUS = "\N{MINUS SIGN}"
_NOUNS = {
    "cells": ("cell changed", "cells changed"),
    "dropped_rows": ("row dropped", "rows dropped"),
    "added_rows": ("row added", "rows added"),
    "dropped_columns": ("column dropped", "columns dropped"),
    "added_columns": ("column added", "columns added"),
}


def clean(text: object) -> str:
    r"""Text without characters that HTML and XML forbid.

    >>> clean("a\x00b")
    'a\ufffdb'
    """
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text))


def short(text: object, most: int = 28) -> str:
    """Text cut to `most` characters; a dash where there is none.

    >>> short("a very long name of a column", 10)
    'a very lo…'
    """
    if text is None:
        return "–"
    said = " ".join(clean(text).split())
    return said if len(said) <= most else said[: most - 1] + "…"


def number(value: object, digits: int = 3) -> str:
    """A number with a thousands separator and at most `digits` decimals; a dash where there is none.

    >>> number(12345), number(0.81234), number(-0.5), number(None), number(1234.5)
    ('12,345', '0.812', '−0.5', '–', '1,234.5')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None else clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "–"
    if isinstance(value, int) or float(value).is_integer():
        text = f"{int(value):,}"
    elif 0 < abs(value) < 10**-digits:
        text = f"{value:.1e}"
    else:
        text = f"{value:,.{digits}f}".rstrip("0").rstrip(".")
    return text.replace("-", _MINUS)


def score(value: float) -> str:
    """A measured value with three decimals, fewer where it is large.

    >>> score(0.04), score(-1.5), score(1234.56)
    ('0.040', '−1.500', '1,234.6')
    """
    if not math.isfinite(value):
        return "–"
    return f"{value:,.{3 if abs(value) < 100 else 1}f}".replace("-", _MINUS)


def signed(value: float) -> str:
    """A change with its sign and three decimals.

    >>> signed(0.0123), signed(-0.2), signed(0.0)
    ('+0.012', '−0.200', '0.000')
    """
    text = f"{value:+.3f}".replace("-", _MINUS)
    return text if any(digit in text for digit in "123456789") else "0.000"


def share(value: float | None) -> str:
    """A share (0..1) in percent.

    >>> share(0.1234), share(0.0), share(0.0002), share(1.0), share(None)
    ('12.3 %', '0 %', '< 0.1 %', '100 %', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if 0 < value < 0.001:
        return "< 0.1 %"
    if 0.999 < value < 1:
        return "> 99.9 %"
    return f"{100 * value:.1f}".removesuffix(".0") + " %"


def count(size: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> count(1, "row"), count(1200, "row"), count(0, "category", "categories")
    ('1 row', '1,200 rows', '0 categories')
    """
    return f"{size:,} {one if size == 1 else many or one + 's'}"


def spoken(name: str) -> str:
    """A tool's name in words.

    >>> spoken("mark_missing")
    'Mark missing'
    """
    return clean(name).replace("_", " ").replace("-", " ").capitalize()


def listed(names: Sequence[object], most: int = 8) -> str:
    """Names in a row, cut short where there are many.

    >>> listed(["a", "b", "c"]), listed(range(5), 2)
    ('a, b and c', '0, 1 and 3 more')
    """
    said = [clean(name) for name in names]
    if len(said) > most:
        return f"{', '.join(said[:most])} and {len(said) - most:,} more"
    return said[0] if len(said) == 1 else " and ".join([", ".join(said[:-1]), said[-1]]) if said else ""


def counts_in_words(counts: dict[str, int], tool: str = "") -> list[str]:
    """The size of a change, one text a kind; a split sets rows aside.

    >>> counts_in_words({"cells": 1, "dropped_rows": 0, "dropped_columns": 1200})
    ['1 cell changed', '1,200 columns dropped']
    >>> counts_in_words({"dropped_rows": 9}, "split_data")
    ['9 rows set aside']
    """
    aside = {"dropped_rows": ("row set aside", "rows set aside")} if tool == "split_data" else {}
    return [count(counts[key], *nouns) for key, nouns in {**_NOUNS, **aside}.items() if counts.get(key)]


def anchor(prefix: str, name: object) -> str:
    """An id for an element.

    >>> anchor("step", "S01"), anchor("finding", "a b<c")
    ('step-S01', 'finding-a-b-c')
    """
    return f"{prefix}-" + re.sub(r"[^A-Za-z0-9_-]", "-", str(name))


def pretty(value: Any, most: int = 4000) -> str:
    r"""JSON to read, cut where it is very long.

    >>> pretty({"b": 1, "a": [2]})
    '{\n  "a": [\n    2\n  ],\n  "b": 1\n}'
    """
    text = clean(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str))
    return text if len(text) <= most else text[:most] + "\n… (cut here; recipe.json has all of it)"
