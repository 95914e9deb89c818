"""What is stored of a session, read once for all parts of the page that are drawn together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from climbdc.store import SessionStore

__all__ = ["read_once"]

READINGS: Final = frozenset(
    {
        "applied_events", "attempt", "backend", "branch_rows", "checkpoint", "decisions", "edits", "events",
        "finding_rows", "findings", "get", "lineage", "looks", "need", "pending", "plans", "runs", "version",
        "version_steps",
    }
)  # fmt: skip
"""Methods of a store that only read."""


def read_once(stored: SessionStore) -> SessionStore:
    """The same store, but what was read is not read again; for drawing a page, and thrown away with it.

    Parts then agree on what they show, even where work goes on meanwhile. Who writes needs the store itself.
    """
    return cast("SessionStore", _Once(stored))


class _Once:
    """Stands in for a store."""

    def __init__(self, stored: SessionStore) -> None:
        self._stored = stored
        self._known: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name == "status":
            return self._read(name, lambda: self._stored.status)
        found = getattr(self._stored, name)
        if name not in READINGS:
            return found

        def reading(*arguments: Any, **more: Any) -> Any:
            return self._read((name, arguments, *sorted(more.items())), lambda: found(*arguments, **more))

        return reading

    def _read(self, key: Any, read: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = read()
        found = self._known[key]
        return found.copy() if isinstance(found, list | dict) else found
