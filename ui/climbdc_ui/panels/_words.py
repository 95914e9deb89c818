"""What the page calls things: dimensions, numbers behind a finding; texts are in `words.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from climbdc_taxonomy import Challenge, Taxonomy

__all__ = [
    "challenge_of", "counted", "counts_in_words", "dimension", "evidence_rows", "figure", "first_sentence", "listed",
    "setting_rows", "short", "spoken", "taxonomy", "words",
]  # fmt: skip

LONGEST = 200
SHARES = re.compile(r"share$|^threshold$")


@cache
def words() -> dict[str, dict[str, Any]]:
    """All texts."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(
        files("climbdc_ui.panels").joinpath("words.yaml").read_text("utf-8")
    )
    return loaded


@cache
def taxonomy() -> Taxonomy:
    """What can be wrong with a table, loaded once."""
    import climbdc_taxonomy

    return climbdc_taxonomy.load()


def challenge_of(name: str) -> Challenge | None:
    """A challenge, or None where a newer or older program knows it."""
    return taxonomy().get(name)


def spoken(name: str) -> str:
    """A name from a program in words.

    >>> spoken("rows_counted"), spoken("not-applicable")
    ('Rows counted', 'Not applicable')
    """
    said = re.sub(r"[_-]+", " ", name).strip()
    return said[:1].upper() + said[1:]


def short(text: object, most: int = 60) -> str:
    """Text cut to `most` characters, on one line.

    >>> short("a very long name of a column", 10)
    'a very lo…'
    """
    said = " ".join(str(text).split())
    return said if len(said) <= most else said[: most - 1] + "…"


def dimension(name: str) -> str:
    """A dimension of the taxonomy in plain words.

    >>> dimension("labels"), dimension("")
    ('The outcome', 'Other')
    """
    return str(words()["dimensions"].get(name) or spoken(name) or "Other")


def counted(size: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "step"), counted(1200, "row")
    ('1 step', '1,200 rows')
    """
    return f"{size:,} {one if size == 1 else many or one + 's'}"


def counts_in_words(counts: Mapping[str, int], tool: str = "") -> list[str]:
    """The size of a change, one text a kind.

    >>> counts_in_words({"cells": 1, "dropped_rows": 0, "dropped_columns": 1200})
    ['1 cell changed', '1,200 columns taken out']
    >>> counts_in_words({"dropped_rows": 9}, "split_data")
    ['9 rows set aside']
    """
    nouns: dict[str, list[str]] = dict(words()["counts"])
    if tool == "split_data":
        nouns["dropped_rows"] = ["row set aside", "rows set aside"]
    return [counted(counts[name], *both) for name, both in nouns.items() if counts.get(name)]


def figure(value: object, *, share: bool = False) -> str:
    """A number as a person reads it; a share as percent.

    >>> figure(12345), figure(0.1794, share=True), figure(0.00001), figure(15.0), figure(True), figure("x")
    ('12,345', '17.9 %', 'below 0.0001', '15', 'yes', 'x')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return short(value, LONGEST)
    if share and 0 <= value <= 1:
        return f"{100 * value:.1f}".removesuffix(".0") + " %"
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}".replace("-", "−")
    if 0 < abs(value) < 0.0001:
        return "below 0.0001"
    return f"{value:,.4f}".rstrip("0").rstrip(".").replace("-", "−")


def evidence_rows(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The numbers behind a finding with their names; lists may hold single rows and are left to `findings.json`.

    >>> evidence_rows({"total": 920, "share": 0.5, "percent": 50.0, "first": [1]})
    [('Rows there are', '920'), ('Share of rows', '50 %')]
    """
    told = []
    for name, value in evidence.items():
        if name == "percent" and "share" in evidence:
            continue
        if isinstance(value, bool | int | float) or (isinstance(value, str) and value):
            label = str(words()["evidence"].get(name) or spoken(name))
            told.append((label, figure(value, share=bool(SHARES.search(name)))))
    return told


def setting_rows(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The settings of a step, those that say something.

    >>> setting_rows({"columns": ["a", "b"], "numeric": "median", "indicators": [], "codes": {"a": ["0"]}})
    [('Columns', 'a, b'), ('Numbers', 'median'), ('Codes that become empty', 'a: 0')]
    """
    return [
        (str(words()["settings"].get(name) or spoken(name)), _setting(value))
        for name, value in params.items()
        if value not in ([], {}, "", None)
    ]


def _setting(value: object) -> str:
    if isinstance(value, Mapping):
        return listed([f"{short(key, 40)}: {_setting(inner)}" for key, inner in value.items()], 12, "; ")
    if isinstance(value, list):
        return listed([short(item, 40) if not isinstance(item, Mapping) else _setting(item) for item in value], 12)
    return figure(value)


def listed(names: Sequence[str], most: int = 6, between: str = ", ") -> str:
    """Names in a row, cut short where there are many.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    if len(names) <= most:
        return between.join(names)
    return f"{between.join(names[:most])} and {len(names) - most:,} more"


def first_sentence(text: str) -> str:
    """The first sentence of a text.

    >>> first_sentence("One thing. Another (Smith et al. 2001).")
    'One thing.'
    """
    return re.split(r"(?<=[.!?]) ", text.strip(), maxsplit=1)[0]
