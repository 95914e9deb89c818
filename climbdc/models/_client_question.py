"""What is asked of a model, and how long one waits before asking again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from climbdc.models._budget import estimate
from climbdc.models._client_json import heeds, read_text
from climbdc.models._client_mask import Mask
from climbdc.models._client_reply import Reply, judged
from climbdc.models._errors import ModelError

if TYPE_CHECKING:
    from climbdc.sandbox import Cancellation

__all__ = ["Question", "Raised", "Waiting"]

R = TypeVar("R")

LONGEST_WAIT = 60.0
"""Seconds between two attempts at most, whatever the server asks for."""


class Raised(BaseException):
    """Carries what `on_text` raised past those who would take it for a fault of the reply."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True)
class Question(Generic[R]):
    """One question.

    Args:
        purpose: What for.
        messages: As they are sent.
        read: Makes the answer of a reply's text, or raises `ModelError`.
        max_tokens: The most that may come.
        on_text: Told the text so far.
        schema: The form wanted.
        name: Of the form.
    """

    purpose: str
    messages: Sequence[Mapping[str, str]]
    read: Callable[[str], R]
    max_tokens: int
    on_text: Callable[[str], None] | None
    schema: Mapping[str, Any]
    name: str

    @property
    def tokens(self) -> int:
        """Of the messages, roughly."""
        return sum(estimate(message["content"]) for message in self.messages)

    def shown(self, mask: Mask) -> Callable[[str], None] | None:
        """`on_text`, told nothing of the key, and with what it raises marked as its own."""
        on_text = self.on_text
        if on_text is None:
            return None

        def told(text: str) -> None:
            try:
                on_text(mask.growing(text))
            except Exception as error:
                raise Raised(error) from error

        return told

    def answer(self, reply: Reply, *, ended: bool) -> R:
        """The answer in a reply.

        Raises:
            ModelError: There is none, with a hint where the reply shows why.
        """
        try:
            return self.read(judged(reply, ended=ended))
        except ModelError as error:
            if error.code in ("bad-answer", "empty") and not self.heeded(reply):
                error.hint = "unheeded"
            elif reply.finish == "length" and _only_thoughts(reply.text):
                error.hint = "thinking"
            raise

    def heeded(self, reply: Reply) -> bool:
        """Whether a reply shows that its writer was held to the form, even if it is not right."""
        return heeds(reply.text, self.schema)


def _only_thoughts(text: str) -> bool:
    """Whether nothing but thoughts came; blanks without end are none, as weak models make under a grammar."""
    return not text or ("<think" in text and not read_text(text))


class Waiting:
    """Waits between attempts: twice as long each time, not all at the same moment, and as a server asks."""

    def __init__(self, cancel: Cancellation | None, pause: Callable[[float], None] | None) -> None:
        self._cancel = cancel
        self._pause = pause or self._sleep
        self._random = random.Random()

    def after(self, failed: int, asked: float | None) -> None:
        """Wait after so many failures; `asked` are the seconds that the server asked for."""
        jitter = self._random.random() / 2
        seconds = min(8.0, 0.5 * 2.0 ** (failed - 1)) * (1 + jitter) if asked is None else asked + jitter
        self._pause(min(LONGEST_WAIT, seconds))

    def _sleep(self, seconds: float) -> None:
        """Not longer than the person wants."""
        woken = threading.Event()
        if self._cancel is None:
            woken.wait(seconds)
            return
        with self._cancel.stopping(woken.set):
            woken.wait(seconds)
