"""The line of a terminal that says that something is done, and what is waited for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

__all__ = ["Waiting"]


class Waiting:
    """A status line; none where nobody looks at a terminal.

    Args:
        console: Where it is shown.
        always: What it says while nothing in particular is waited for; there is no line then where this is empty, as
            beside somebody who is asked questions.
    """

    def __init__(self, console: Console, always: str = "") -> None:
        self._console = console
        self._always = always
        self._line: Status | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Show it."""
        self._say(self._always)
        return self

    def __exit__(self, *error: object) -> None:
        """Take it away."""
        self._say("")

    def tell(self, tool: str, fraction: float, text: str) -> None:
        """What is waited for, or nothing in particular; what a tool says of itself is passed over."""
        if not tool:
            self._say(text or self._always)

    def _say(self, text: str) -> None:
        from rich.markup import escape

        if not self._console.is_terminal:
            return
        with self._lock:
            if self._line is not None and text:
                self._line.update(escape(text))
            elif self._line is not None:
                self._line.stop()
                self._line = None
            elif text:
                self._line = self._console.status(escape(text))
                self._line.start()
