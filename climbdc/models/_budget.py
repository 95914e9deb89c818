"""What a language model may use and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from climbdc.models._errors import ModelError

__all__ = ["MOST", "Prices", "check_budget", "estimate", "sane_count"]

BYTES_A_TOKEN = 3.5
"""Bytes of UTF-8 that make a token, for want of a count by the server. English prose has about 4, JSON with numbers 3;
so this errs on the side of more tokens for prose. `docs/models.md` has what was measured."""

MOST = 10_000_000
"""More tokens than any request has: a server that counts more is not believed."""


@dataclass(frozen=True)
class Prices:
    """Of a million tokens sent and of a million received, in whatever currency."""

    sent: float = 0.0
    received: float = 0.0

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """Of one call.

        >>> Prices(2.0, 8.0).cost(500_000, 250_000)
        3.0
        """
        return (tokens_in * self.sent + tokens_out * self.received) / 1_000_000


def estimate(content: bytes | str) -> int:
    """Tokens of a text, roughly.

    >>> estimate("x" * 35), estimate(b"")
    (10, 0)
    """
    size = len(content.encode("utf-8", "replace")) if isinstance(content, str) else len(content)
    return math.ceil(size / BYTES_A_TOKEN)


def sane_count(value: object) -> int | None:
    """A server's count of tokens, or None where it cannot be one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST else None


def check_budget(used: int, needed: int, limit: int) -> None:
    """See that a call fits.

    Args:
        used: Tokens of the session so far.
        needed: Tokens of the call: what is sent and the most that may come.
        limit: Tokens of a session.

    Raises:
        ModelError: It does not.
    """
    if used + needed > limit:
        raise ModelError(
            f"This session may use {limit:,} tokens of a language model; {used:,} are used and the next call may need "
            f"{needed:,}.",
            fix="Raise CLIMBDC_MODEL_TOKENS, or go on with the rules alone.",
            code="budget",
        )
