"""What can go wrong between asking a language model and having an answer."""

from __future__ import annotations

from typing import Literal

from climbdc.errors import ClimbdcError

__all__ = ["ModelCode", "ModelError"]

ModelCode = Literal[
    "unreachable", "rate-limited", "refused", "cut", "empty", "bad-answer", "budget", "cancelled", "too-long", "no-key",
]  # fmt: skip


class ModelError(ClimbdcError):
    """A language model gave no usable answer; the rules go on without it.

    The codes: `unreachable` (no connection, silence, a failing server), `rate-limited`, `refused` (by the model, its
    filter or its server), `cut` (at the token limit or by a lost connection), `empty`, `bad-answer` (not of the form
    asked for), `budget` (the session's tokens are used up), `cancelled`, `too-long` (a prompt or a reply), `no-key`.

    Args:
        message: What came and what was wanted, in words that may be sent back to the model through the gate.
        fix: What a person can do about it.
        code: One of the above.
        again: Whether the very same request may well succeed in a moment.
        wait: Seconds the server asked to wait before that.
        http: Status of the server's response; 0 where there was none.
        said: What the server said, as it came; not to be trusted.
        away: Whether there was no connection at all, so that nothing was sent.

    `hint` is set where the reply shows why: `unheeded` (the form was not known to who answered) or `thinking` (all
    tokens went into thoughts).
    """

    default_code = "bad-answer"

    def __init__(
        self, message: str, *, fix: str = "", code: ModelCode = "bad-answer", again: bool = False,
        wait: float | None = None, http: int = 0, said: str = "", away: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(message, fix=fix, code=code)
        self.again = again
        self.wait = wait
        self.http = http
        self.said = said
        self.away = away
        self.hint: Literal["", "unheeded", "thinking"] = ""
