"""The words of a column's name, and whether one of a list is among them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["contradiction_words", "holds_word", "spoken"]


def spoken(name: str) -> str:
    """A name as words in small letters, with a blank before and after.

    >>> spoken("dateOfBirth"), spoken("DBP_max")
    (' date of birth ', ' dbp max ')
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = " ".join(re.findall(r"[^\W_]+", parted.casefold()))
    return f" {words} "


def holds_word(text: str, words: Iterable[str]) -> str:
    """The first of the words that begins a word of `text` (see `spoken`), or nothing.

    >>> holds_word(spoken("Pregnancy test"), ["pregnan"]), holds_word(spoken("suspect"), ["us"])
    ('pregnan', '')
    """
    return next((word for word in words if f" {word}" in text), "")


@lru_cache(maxsize=1)
def contradiction_words() -> dict[str, Any]:
    """The lists of `contradictions.yaml`."""
    lists: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("contradictions.yaml").read_text("utf-8"))
    return lists
