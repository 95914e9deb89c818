"""What can go wrong with a taxonomy."""

from __future__ import annotations


class TaxonomyError(ValueError):
    """A taxonomy file breaks a rule; the message names the file, the entry and what to do."""

    def __str__(self) -> str:
        """Say it in one line."""
        return " ".join(str(part) for part in self.args)


class UnknownChallengeError(TaxonomyError, KeyError):
    """A challenge was asked for that the taxonomy does not hold."""
