"""Who may see and do what; alone on this computer, everything."""

from __future__ import annotations

from typing import Literal, Protocol

__all__ = ["Access", "Alone", "Right"]

Right = Literal["view", "edit"]


class Access(Protocol):
    """What the page asks before it shows or does anything."""

    def may(self, person: str | None, session: str, right: Right) -> bool:
        """Whether somebody may look at a session, or change it."""

    def visible(self, person: str | None) -> set[str] | None:
        """Ids of the sessions that somebody may see; None for all."""

    def own(self, person: str | None, session: str) -> None:
        """Say that a new session is somebody's.

        Raises:
            ClimbdcError: They have too many.
        """


class Alone:
    """One person, who has the token of the address."""

    def may(self, person: str | None, session: str, right: Right) -> bool:
        """Everything."""
        return True

    def visible(self, person: str | None) -> set[str] | None:
        """All."""
        return None

    def own(self, person: str | None, session: str) -> None:
        """Nothing is to be kept."""
