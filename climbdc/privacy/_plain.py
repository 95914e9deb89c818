"""Words that say nothing of anybody: those that this software itself is written in."""

from __future__ import annotations

import re
from functools import cache

from climbdc.registry import registry
from climbdc_taxonomy import load

__all__ = ["plain_words"]

_WORD = re.compile(r"[a-z]+")


@cache
def plain_words() -> frozenset[str]:
    """Small words of letters, from the taxonomy and from what the tools say of themselves.

    >>> {"rows", "why", "missing"} <= plain_words()
    True
    """
    texts = [challenge.model_dump_json() for challenge in load()]
    texts += [tool.spec.doc for tool in registry().values()]
    return frozenset(word for text in texts for word in _WORD.findall(text.casefold()))
