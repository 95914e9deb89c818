"""The person in front of the page, as an expert."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import AutoExpert
from climbdc.errors import Stopped
from climbdc.store import SessionStore

__all__ = ["BY_RULE", "PageExpert"]

BY_RULE = "rest-by-rule"
"""Stored result that says that rules decide what is still to be asked."""

LOOK_EVERY = 3.0
"""Seconds between two looks into the store, where another process may have answered."""


class PageExpert:
    """Waits until the answer is in the store; any tab, or another process, may have put it there.

    Args:
        stored: The session.
        patience: Seconds to wait with the session open; it then rests until it is answered.
        resting: Entered for as long as there is nothing to do but wait.
    """

    name = "human"

    def __init__(
        self, stored: SessionStore, *, patience: float = 600,
        resting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:  # fmt: skip
        self.stored = stored
        self.patience = patience
        self.resting = resting
        self.stopping = threading.Event()
        self._answered = threading.Event()
        self._lock = threading.Lock()

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """What the store says once it says something.

        Raises:
            Stopped: The person wants to stop, or has gone.
        """
        known = None if self.stopping.is_set() else self._known(checkpoint, name)
        if known is not None:
            return known
        with self.resting():
            return self._awaited(checkpoint, name)

    def _awaited(self, checkpoint: Checkpoint, name: str) -> Answer:
        until = time.monotonic() + self.patience
        while not self.stopping.is_set():
            self._answered.clear()
            known = self._known(checkpoint, name)
            if known is not None:
                return known
            self._answered.wait(LOOK_EVERY)
            if time.monotonic() > until:
                self._rest()
        raise Stopped("The session rests.", fix="Answer the question on the page, and it goes on.")

    def _known(self, checkpoint: Checkpoint, name: str) -> Answer | None:
        """The answer, if there is one, be it by rule."""
        known = self.stored.checkpoint(name)
        if known is not None and known["answer"] is not None:
            return Answer.model_validate(known["answer"])
        if self.stored.get(BY_RULE) is None:
            return None
        by_rule = AutoExpert()
        answer = by_rule.answer(checkpoint, name)
        self.stored.answer(name, answer.model_dump(mode="json"), by_rule.name)
        return answer

    def wake(self) -> bool:
        """Say that there is an answer; False where the waiting is over and somebody else must take it up."""
        with self._lock:
            if self.stopping.is_set():
                return False
            self._answered.set()
            return True

    def stop(self) -> None:
        """End the waiting, now and next time."""
        with self._lock:
            self.stopping.set()
            self._answered.set()

    def _rest(self) -> None:
        """Stop, unless an answer came in the last moment."""
        with self._lock:
            if not self._answered.is_set():
                self.stopping.set()
