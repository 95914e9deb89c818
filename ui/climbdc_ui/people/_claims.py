"""Whose uploaded file and whose open page it is.

Gradio keeps uploads and queues for everyone alike: who names one has it. Here each belongs to who made it.
"""

from __future__ import annotations

import json
import os
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

__all__ = ["Claims", "Files"]

_MOST: Final = 100_000


class Claims:
    """Names that browsers make up, each belonging to the person who used it first."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, str] = OrderedDict()

    def take(self, name: str, person: str) -> bool:
        """Whether the name is this person's; a new one becomes so."""
        owner = self._owners.setdefault(name, person)
        self._owners.move_to_end(name)
        if len(self._owners) > _MOST:
            self._owners.popitem(last=False)
        return owner == person


class Files:
    """Uploaded files by who uploaded them; two who upload the same file both have it.

    Args:
        folder: Where Gradio puts them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.realpath(folder))
        self._owners: dict[str, set[str]] = {}

    def sweep(self, age: float = 86400) -> int:
        """Remove what was uploaded and not used for so many seconds, halves of uploads that broke off among it."""
        old = [path for path in self._folder.rglob("*") if path.is_file() and path.stat().st_mtime < time.time() - age]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def add(self, person: str, answer: bytes) -> None:
        """Note the paths that Gradio answered an upload with."""
        try:
            paths = json.loads(answer)
        except ValueError:
            return
        for path in paths if isinstance(paths, list) else []:
            self._owners.setdefault(os.path.realpath(str(path)), set()).add(person)
        if len(self._owners) > _MOST:
            self._owners = {path: owners for path, owners in self._owners.items() if os.path.exists(path)}

    def has(self, person: str, path: str) -> bool:
        """Whether a path is a file that this person uploaded."""
        if "\0" in path or "://" in path:
            return False
        real = os.path.realpath(path)
        return person in self._owners.get(real, ()) and Path(real).is_relative_to(self._folder)

    def all_own(self, person: str, body: Any) -> bool:
        """Whether every file that a call names is this person's."""
        return all(self.has(person, path) for path in _paths(body))


def _paths(value: Any) -> Iterator[str]:
    """Paths in what Gradio takes for files, at any depth."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            path = one.get("path")
            if isinstance(path, str):
                yield path
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
