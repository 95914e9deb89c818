"""What a session tells while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Event", "EventKind"]

EventKind = Literal[
    "read", "found", "planned", "asked", "previewed", "applied", "set-aside", "backtracked", "tried", "invalid",
    "answered", "said", "replied", "finished", "edited", "kept", "mind", "concluded",
]  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Args:
        kind: What sort of thing.
        text: It in plain words.
        data: Its ids and numbers.
    """

    kind: EventKind
    text: str
    data: dict[str, Any]

    def __str__(self) -> str:
        """The plain words.

        >>> str(Event("read", "Read 3 rows.", {}))
        'Read 3 rows.'
        """
        return self.text
