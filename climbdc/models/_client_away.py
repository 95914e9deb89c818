"""A server that is away: knocked at once a turn, briefly, until it is back."""

from __future__ import annotations

import time

from climbdc.models._errors import ModelError

__all__ = ["KNOCK_SECONDS", "Away"]

KNOCK_SECONDS = 2.0
"""For a connection to a server that was away the last time."""
SHARE = 20
"""After a knock this many times as long passes before the next: so waiting for a server that is away takes a twentieth
of a run at most, whether its computer refuses in a millisecond or says nothing at all."""


class Away:
    """Remembers that no connection to a server came about."""

    def __init__(self) -> None:
        self.found = False
        self._until = 0.0

    def check(self) -> None:
        """See that it may be knocked again.

        Raises:
            ModelError: It was a moment ago.
        """
        if self.found and time.monotonic() < self._until:
            raise still_away()

    def missed(self, error: ModelError, seconds: float) -> ModelError:
        """What is said where no connection came about, which took so long to find out: all of it only once."""
        known, self.found = self.found, True
        self._until = time.monotonic() + SHARE * seconds
        return still_away() if known else error

    def back(self) -> None:
        """It was reached."""
        self.found = False


def still_away() -> ModelError:
    """What is said from the second time on."""
    return ModelError("The model's server is still away.", code="unreachable", away=True)
