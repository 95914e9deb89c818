"""Talking with a session's language model: beside its work, one sentence at a time, streamed, stopped by a press."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from climbdc.conversation import STOPPED, put_to_model
from climbdc.models import ModelError
from climbdc.sandbox import Cancellation

if TYPE_CHECKING:
    from climbdc.copilot import Session

__all__ = ["Talking", "Talks"]

PATIENCE = 5.0
"""Seconds that the end of the program waits for an answer to be let go."""
LET_GO = "The page was closed before the language model had answered. Ask again if you like."


@dataclass
class Talking:
    """One sentence that is being answered.

    Args:
        said: What was typed.
        model: Who answers.
        so_far: As much of the reply as can be shown.
    """

    said: str
    model: str
    so_far: str = ""
    cancel: Cancellation = field(default_factory=Cancellation)
    stopped: bool = False
    thread: threading.Thread | None = None


class Talks:
    """What is being said in the sessions of this process.

    Args:
        poke: Called whenever there is more to show.
    """

    def __init__(self, poke: Callable[[], None]) -> None:
        self.poke = poke
        self._now: dict[str, Talking] = {}
        self._lock = threading.Lock()

    def now(self, session_id: str) -> Talking | None:
        """What is being answered in a session; None where nothing is."""
        return self._now.get(session_id)

    def mark(self, session_id: str) -> str:
        """A short text that changes whenever what is shown of it does."""
        talking = self._now.get(session_id)
        return "" if talking is None else f"t{len(talking.so_far)}{talking.stopped}"

    def ask(self, session: Session, said: str, orders: Sequence[str], offers: Sequence[str] = ()) -> bool:
        """Let the session's model answer, and return at once; False where it still answers something else.

        Args:
            session: The session; the reply becomes part of its conversation.
            said: What was typed.
            orders: What it may propose just now.
            offers: What may be typed instead, told where it cannot answer.
        """
        waiting = session.stored.pending()
        question = "" if waiting is None else str(waiting["id"])
        talking = Talking(said, session.options.model)
        talking.thread = threading.Thread(
            target=self._run, args=(session, talking, tuple(orders), tuple(offers), question),
            name=f"climbdc-talk-{session.id}", daemon=True,
        )  # fmt: skip
        with self._lock:  # its end, too, waits for this lock
            if session.id in self._now:
                return False
            talking.thread.start()
            self._now[session.id] = talking
        self.poke()
        return True

    def stop(self, session_id: str) -> None:
        """Let go of the answer that is under way."""
        talking = self._now.get(session_id)
        if talking is not None:
            talking.stopped = True
            talking.cancel.cancel()

    def close(self) -> None:
        """Let go of all."""
        under_way = list(self._now.items())
        for _, talking in under_way:
            talking.cancel.cancel()
        for _, talking in under_way:
            if talking.thread is not None:
                talking.thread.join(PATIENCE)

    def _run(
        self, session: Session, talking: Talking, orders: tuple[str, ...], offers: tuple[str, ...], question: str
    ) -> None:  # fmt: skip
        def grown(text: str) -> None:
            talking.so_far = text
            self.poke()

        body: dict[str, Any]
        try:
            body = put_to_model(
                session, talking.said, orders, offers, question=question, on_text=grown, cancel=talking.cancel
            )
        except ModelError:
            body = {"text": STOPPED if talking.stopped else LET_GO, "said": []}
        try:
            session.stored.say("replied", body)
        finally:
            with self._lock:
                self._now.pop(session.id, None)
            self.poke()
