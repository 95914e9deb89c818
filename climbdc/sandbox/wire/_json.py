"""A look at JSON that may be hostile, before a parser is let at it.

A parser builds objects many times larger than their text, and calls itself once for each bracket. What is counted here
needs no parser: strings are cut out, and what is left is looked at byte by byte.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

__all__ = ["JSON_BYTES", "check_json"]

JSON_BYTES: Final = 1 << 20
"""Longest JSON text that is parsed."""
_DEPTH: Final = 64
_TOKENS: Final = 1 << 18
_DIGITS: Final = 400

# The closing quote is optional, so that a text without one is one match and not a new try at every quote.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NUMBER: Final = re.compile(rb"[0-9]{%d}" % (_DIGITS + 1))
_STEPS: Final = np.zeros(256, dtype=np.int8)
_STEPS[[ord("["), ord("{")]] = 1
_STEPS[[ord("]"), ord("}")]] = -1


def check_json(body: bytes) -> int:
    """Refuse a text that is short to send and costly to read.

    >>> check_json(b'{"a": [1, 2.5, "text with [[[ brackets"]}')
    7
    >>> check_json(b"[" * 65)
    Traceback (most recent call last):
      ...
    ValueError: the JSON is nested 65 deep, 64 are allowed

    Returns:
        How many brackets, commas, colons and strings it has: about as many objects come of it.

    Raises:
        ValueError: It is longer than 1 MiB, nested deeper than 64, has a number of more than 400 digits, or more than
            262,144 brackets, separators and strings.
    """
    if len(body) > JSON_BYTES:
        raise ValueError(f"the JSON has {len(body)} bytes, {JSON_BYTES} are allowed")
    bare = _STRING.sub(b'"', body)
    tokens = sum(map(bare.count, (b"[", b"{", b",", b":", b'"')))
    if tokens > _TOKENS:
        raise ValueError(f"the JSON has {tokens} brackets, separators and strings, {_TOKENS} are allowed")
    if _NUMBER.search(bare):
        raise ValueError(f"the JSON has a number of more than {_DIGITS} digits")
    if bare.count(b"[") + bare.count(b"{") > _DEPTH:
        depth = int(np.cumsum(_STEPS[np.frombuffer(bare, dtype=np.uint8)], dtype=np.int32).max())
        if depth > _DEPTH:
            raise ValueError(f"the JSON is nested {depth} deep, {_DEPTH} are allowed")
    return tokens
