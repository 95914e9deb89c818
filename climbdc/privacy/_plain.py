"""Words that say nothing of anybody."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml

from climbdc.registry import built_in
from climbdc_taxonomy import load

__all__ = ["function_words", "plain_words"]

_WORD = re.compile(r"[a-z]+")


@cache
def function_words() -> frozenset[str]:
    """Small words without which a sentence is none; told even where a cell holds nothing else.

    >>> "not" in function_words(), "sepsis" in function_words()
    (True, False)
    """
    return frozenset(yaml.safe_load((files("climbdc.privacy") / "plain.yaml").read_text("utf-8"))["function"])


@cache
def plain_words() -> frozenset[str]:
    """Words that this software itself is written in: the taxonomy, and what the tools say of themselves.

    >>> {"rows", "why", "imputed"} <= plain_words()
    True
    """
    texts = [challenge.model_dump_json() for challenge in load()]
    texts += [tool.spec.doc for tool in built_in().values()]
    return function_words() | {word for text in texts for word in _WORD.findall(text.casefold())}
