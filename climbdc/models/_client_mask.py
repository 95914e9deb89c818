"""The key of a server is kept nowhere, not even where the server says it back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

__all__ = ["MARK", "Mask"]

MARK = "[masked key]"
"""Stands in everything that is kept, told or shown where the key stood."""
_SHORTEST = 8
_WORD = 16
"""More letters than a mere word has: `EMPTY` and `not-needed` are given to servers that want no key, and may well be
written by a model."""


class Mask:
    """Takes a key out of bytes and text: as it is, percent-encoded, escaped in JSON, and cut up over a stream.

    Args:
        key: It; nothing is masked where it is shorter than 8 characters or a mere word, which guards nothing.
    """

    def __init__(self, key: str) -> None:
        secret = len(key) >= _SHORTEST and not (len(key) < _WORD and key.replace("-", "").replace("_", "").isalpha())
        forms = {key, quote(key, safe=""), json.dumps(key)[1:-1]} if secret else set()
        self._forms = sorted(forms, key=lambda form: (-len(form), form))
        self._bytes = [form.encode() for form in self._forms]

    def __call__(self, text: str) -> str:
        """A text without the key.

        >>> Mask("sk-0123456789")("Bearer sk-0123456789 is wrong.")
        'Bearer [masked key] is wrong.'
        """
        for form in self._forms:
            text = text.replace(form, MARK)
        return text

    def growing(self, text: str) -> str:
        """A text that is not whole yet: what may be the beginning of the key is held back."""
        text = self(text)
        return text[: len(text) - max((_begun(text, form) for form in self._forms), default=0)]

    def stream(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Bytes as they come, without the key; what may be its beginning waits for what follows."""
        held = b""
        for piece in pieces:
            held = self._without(held + piece)
            keep = max((_begun(held, form) for form in self._bytes), default=0)
            ready, held = held[: len(held) - keep], held[len(held) - keep :]
            if ready:
                yield ready
        if held:
            yield MARK.encode() if len(held) >= _SHORTEST else held

    def kept(self, content: bytes) -> bytes:
        """A request or reply as the ledger keeps it: the very bytes, but for the key.

        Where the key was cut up over the events of a stream, or escaped, the text in which it stood is put into the
        first of these events.
        """
        content = self._without(content)
        if not self._forms:
            return content
        lines = content.split(b"\n") if b"data:" in content else [content]
        bodies = [_body(line) for line in lines]
        try:
            told: dict[tuple[str | int, ...], str] = {}
            for body in bodies:
                for path, text in _leaves(body):
                    told[path] = told.get(path, "") + text
            bad = {path: self(text) for path, text in told.items() if self(text) != text}
            if not bad:
                return content
            return b"\n".join(_rewritten(line, body, bad) for line, body in zip(lines, bodies, strict=True))
        except RecursionError:
            return content

    def _without(self, content: bytes) -> bytes:
        for form in self._bytes:
            content = content.replace(form, MARK.encode())
        return content


def _begun(text: Any, form: Any) -> int:
    """How much of the end of a text is the beginning of a form of the key."""
    return next((size for size in range(min(len(form) - 1, len(text)), 0, -1) if text.endswith(form[:size])), 0)


def _body(line: bytes) -> Any:
    """What a line of a stream holds as JSON; None where it is none."""
    try:
        return json.loads(line.removeprefix(b"data:"))
    except (ValueError, RecursionError):
        return None


def _leaves(body: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in it, with where it stands."""
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(body, dict):
        inside = body.items()
    elif isinstance(body, list):
        inside = enumerate(body)
    elif isinstance(body, str):
        yield path, body
    for name, part in inside:
        yield from _leaves(part, (*path, name))


def _rewritten(line: bytes, body: Any, bad: dict[tuple[str | int, ...], str]) -> bytes:
    """A line with its part of the texts that held the key: all of it in the first, nothing in those that follow."""
    found = [path for path, _ in _leaves(body) if path in bad]
    for path in found:
        place = body
        for name in path[:-1]:
            place = place[name]
        if not path:
            body = bad[path]
        else:
            place[path[-1]] = bad[path]
        bad[path] = ""
    if not found:
        return line
    start = b"data: " if line.startswith(b"data:") else b""
    return start + json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
