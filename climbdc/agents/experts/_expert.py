"""Whoever answers checkpoints: a person, a file, a rule."""

from __future__ import annotations

from typing import Protocol

from climbdc.agents._pause import Answer, Checkpoint

__all__ = ["Expert"]


class Expert(Protocol):
    """Answers one checkpoint at a time; what it does not approve does not happen."""

    @property
    def name(self) -> str:
        """As recorded with each decision: human, auto, file or simulated."""
        ...

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The answer.

        Raises:
            Stopped: The expert wants to stop; the session can be resumed.
        """
        ...
