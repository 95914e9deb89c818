"""A large JSON value as pieces of bounded size, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from climbdc.errors import ToolError

__all__ = ["DEEPEST", "PIECE", "from_pieces", "json_size", "to_pieces"]

PIECE = 1 << 18
"""Bytes of JSON of one piece: small enough that even a piece of nothing but brackets is quickly read and checked."""

DEEPEST = 64
"""Keys that may lead to a piece; more is no answer of a tool of ours and would make the whole too deep to walk."""

Place = tuple[str | int, ...]


def json_size(value: Any) -> int:
    """Bytes of a value as JSON with every character beyond ASCII escaped, so never fewer than as UTF-8.

    >>> json_size(["é"])
    10
    """
    return len(json.dumps(value))


def to_pieces(value: Any, most: int = PIECE) -> list[Any]:
    """Take a value apart by its keys and positions, as far as it must be.

    Args:
        value: JSON.
        most: Bytes of a piece, give or take its place in the whole.

    Returns:
        Pieces `[place, part]`: the keys that lead to the part, and the part.

    Raises:
        ToolError: One text or name alone is longer; code `answer-too-large`.

    >>> to_pieces({"a": 1, "b": [1, 2, 3]}, most=12)
    [[[], {}], [[], {'a': 1}], [['b'], [1, 2, 3]]]
    """
    return [[list(place), part] for place, part in _taken_apart((), value, json_size(value), most)]


def _taken_apart(place: Place, value: Any, size: int, most: int) -> Iterator[tuple[Place, Any]]:
    if size <= most:
        yield place, value
        return
    if not isinstance(value, dict | list) or json_size(place) > most or len(place) == DEEPEST:
        raise ToolError(
            f"One value of the answer has {size:,} bytes; {most:,} are allowed.",
            fix="Answer with a table instead.",
            code="answer-too-large",
        )
    yield place, type(value)()
    kept: list[tuple[str | int, Any]] = []
    room = most
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        own = json_size(item)
        needed = own + (json_size(key) + 4 if isinstance(value, dict) else 2)
        if kept and needed > room:
            yield place, _container(value, kept)
            kept, room = [], most
        if needed > room:
            yield from _taken_apart((*place, key), item, own, most)
        else:
            kept.append((key, item))
            room -= needed
    if kept:
        yield place, _container(value, kept)


def _container(like: dict[str, Any] | list[Any], items: list[tuple[Any, Any]]) -> Any:
    return dict(items) if isinstance(like, dict) else [item for _, item in items]


def from_pieces(pieces: Iterable[Any]) -> Any:
    """Put the pieces of `to_pieces` together, in their order; they may come from anyone.

    Raises:
        ValueError: They do not fit together.

    >>> from_pieces(to_pieces({"a": ["x" * 9, "y" * 9], "b": {}}, most=24))
    {'a': ['xxxxxxxxx', 'yyyyyyyyy'], 'b': {}}
    """
    whole: dict[str, Any] = {}
    for piece in pieces:
        if not (isinstance(piece, list) and len(piece) == 2 and isinstance(piece[0], list)):
            raise ValueError("a piece is not a place and a part")
        _put(whole, ["", *piece[0]], piece[1])
    if "" not in whole:
        raise ValueError("there is no piece")
    return whole[""]


def _put(whole: dict[str, Any], place: list[Any], part: Any) -> None:
    if len(place) > DEEPEST + 1:
        raise ValueError("a piece lies too deep")
    at: Any = whole
    for key in place[:-1]:
        at = _inside(at, key)
    key = place[-1]
    if isinstance(at, dict) and isinstance(key, str) and key not in at:
        at[key] = part
    elif isinstance(at, list) and type(key) is int and key == len(at):
        at.append(part)
    else:
        _join(_inside(at, key), part)


def _inside(at: Any, key: Any) -> Any:
    if isinstance(at, dict) and isinstance(key, str) and key in at:
        return at[key]
    if isinstance(at, list) and type(key) is int and 0 <= key < len(at):
        return at[key]
    raise ValueError("a piece has no place in the whole")


def _join(at: Any, part: Any) -> None:
    """Add a part to the container it belongs to."""
    if isinstance(at, dict) and isinstance(part, dict) and not at.keys() & part.keys():
        at.update(part)
    elif isinstance(at, list) and isinstance(part, list):
        at.extend(part)
    else:
        raise ValueError("two pieces say different things of one place")
