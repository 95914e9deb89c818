"""One session's turn at working: so many work at once, the others wait for theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from climbdc.sandbox import Cancellation
from climbdc.turns import Turns

__all__ = ["Turn"]


class Turn:
    """A session's turn; used by the session's own thread, but looked at by any.

    Args:
        turns: Hands them out.
        session: Id of the session.
        cancel: Ends the waiting; from then on there is no turn to be had, and none is needed to end.
    """

    def __init__(self, turns: Turns, session: str, cancel: Cancellation) -> None:
        self.turns = turns
        self.session = session
        self.cancel = cancel
        self._mine = False

    @property
    def behind(self) -> int:
        """How many sessions it waits for; 0 where it does not wait."""
        return self.turns.before(self.session) or 0

    def take(self) -> bool:
        """Wait for it; False where the waiting was ended."""
        if not self._mine:
            self._mine = self.turns.take(self.session, self.cancel)
        return self._mine

    def give_back(self) -> None:
        """Let another one work."""
        if self._mine:
            self._mine = False
            self.turns.give_back(self.session)

    def pass_on(self) -> None:
        """Let those who wait work first, if there are any."""
        if self._mine and self.turns.waiting:
            self.give_back()
            self.take()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let others work while there is nothing to do."""
        self.give_back()
        try:
            yield
        finally:
            self.take()
