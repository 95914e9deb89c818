"""Who may see and do what; alone on this computer, everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from climbdc.store import Right

__all__ = ["Access", "Alone"]


class Access(Protocol):
    """What the page asks before it shows or does anything; `climbdc.store.Access` answers where there are accounts."""

    def may(self, person: str | None, session_id: str, right: Right) -> bool:
        """Whether somebody may look at a session, change it, or owns it."""

    def visible(self, person: str | None) -> set[str] | None:
        """Ids of the sessions that somebody may see; None for all."""

    def room(self, person: str | None) -> None:
        """See that somebody may start one more session.

        Raises:
            InputError: They have too many.
        """

    def own(self, person: str | None, session_id: str) -> None:
        """Say that a new session is somebody's."""

    def owner(self, session_id: str) -> str | None:
        """Whose it is."""

    def shares(self, session_id: str) -> Mapping[str, Right]:
        """With whom it is shared, by name."""

    def share(self, session_id: str, name: str, right: Right) -> None:
        """Let somebody else look at it, or change it too."""

    def unshare(self, session_id: str, name: str) -> None:
        """Take a share back."""


class Alone:
    """One person, who has the token of the address and may do everything; there is nobody to share with."""

    def may(self, person: str | None, session_id: str, right: Right) -> bool:
        """Everything."""
        return True

    def visible(self, person: str | None) -> set[str] | None:
        """All."""
        return None

    def room(self, person: str | None) -> None:
        """There is."""

    def own(self, person: str | None, session_id: str) -> None:
        """Nothing is to be kept."""

    def owner(self, session_id: str) -> str | None:
        """Nobody by name."""
        return None

    def shares(self, session_id: str) -> Mapping[str, Right]:
        """With nobody."""
        return {}

    def share(self, session_id: str, name: str, right: Right) -> None:
        """There is nobody."""

    def unshare(self, session_id: str, name: str) -> None:
        """There is nobody."""
