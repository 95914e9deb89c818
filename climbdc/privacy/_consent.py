"""Which columns a person has shown to the model."""

from __future__ import annotations

from climbdc.store import SessionStore, Turns

__all__ = ["Consent"]

_STORED = "disclosed/consent"


class Consent:
    """Kept with the session, for all its branches; what was said is kept too, in order."""

    def __init__(self, stored: SessionStore, turns: Turns | None = None) -> None:
        self.stored = stored.on("main")
        self.turns = turns or stored.turns("gate")

    @property
    def columns(self) -> frozenset[str]:
        """Columns whose values may be shown at this moment."""
        given: set[str] = set()
        for word, column in self._said():
            given = given | {column} if word == "reveal" else given - {column}
        return frozenset(given)

    def say(self, word: str, column: str) -> None:
        """`reveal` or `revoke` a column."""
        with self.turns.taken():
            self.stored.put(_STORED, {"said": [*self._said(), [word, column]]})

    def _said(self) -> list[list[str]]:
        return list((self.stored.get(_STORED) or {"said": []})["said"])
